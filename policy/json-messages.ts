import type { Expected, JsonFault } from "./json.ts";

const DETAILS: Readonly<Record<Expected, string>> = {
  value: "A value is expected here: a text in double quotes, a number, true, false, null, a list or an object.",
  name: "The name of an element, in double quotes, is expected here; after the last element there is no comma.",
  colon: "A colon is expected here.",
  "object comma": "A comma or the object's closing brace is expected here.",
  "list comma": "A comma or the list's closing bracket is expected here.",
  text: "This text is not closed, or has a line break, a control character or an unknown escape in it.",
  end: "Nothing may come after the policy.",
  "shallower value": "This is nested deeper than any policy.",
};

/** What is wrong, in plain words. */
export function jsonDetail({ expected, start, end }: JsonFault, text: string): string {
  if (expected === undefined) return `${text.slice(start, end)} is there twice.`;
  return start === text.length ? `The text ends too early. ${DETAILS[expected]}` : DETAILS[expected];
}

/**
 * The messages of the parser for session policies (evidence: session-policy-parser-message). The one for a missing
 * value was seen; it has the form of Jackson's, so the others are Jackson's too. Messages for other faults are not
 * known.
 */
export function parserMessage({ expected, start }: JsonFault, text: string): string {
  const asked = expected && EXPECTATIONS[expected];
  if (asked === undefined || start === text.length) return UNKNOWN;
  return `Unexpected character ('${text[start]}' (code ${text.charCodeAt(start)})): ${asked}`;
}

const UNKNOWN = "Syntax errors in policy.";

const EXPECTATIONS: Partial<Record<Expected, string>> = {
  value: "expected a valid value (JSON String, Number, Array, Object or token 'null', 'true' or 'false')",
  name: "was expecting double-quote to start field name",
  colon: "was expecting a colon to separate field name and value",
  "object comma": "was expecting comma to separate Object entries",
  "list comma": "was expecting comma to separate Array entries",
};
