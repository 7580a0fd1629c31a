import { parseAddress } from "./addresses.ts";
import { parseDate } from "./dates.ts";
import { parseDecimal } from "./decimals.ts";
import type { ContextKeys } from "./keys.ts";

/** A condition key as the simulator's request gives it. */
export interface ContextEntry {
  readonly ContextKeyName?: string | undefined;
  readonly ContextKeyType?: string | undefined;
  readonly ContextKeyValues?: readonly string[] | undefined;
}

interface ValueType {
  /** The form of a text of this type for comparison; undefined if it is not of the type. */
  readonly normal: (text: string) => string | undefined;
  /** What the error message says was expected. */
  readonly expected: string;
}

// The text for dates is not recorded; it is worded like the others (evidence: simulator-context-entries).
const TYPES: Readonly<Record<string, ValueType>> = {
  string: { normal: (text) => text, expected: "" },
  boolean: { normal: (text) => text, expected: "" },
  numeric: { normal: normalNumber, expected: "numeric format" },
  date: { normal: normalDate, expected: "date format" },
  ip: { normal: (text) => (parseAddress(text) ? text : undefined), expected: "IP address" },
  binary: {
    normal: (text) => (Buffer.from(text, "base64").toString("base64") === text ? text : undefined),
    expected: "base-64 encoded binary format",
  },
};

/** The condition keys that entries give, or AWS's message for the first entry that is wrong. */
export type KeysOrFault =
  | { readonly keys: ContextKeys; readonly fault?: undefined }
  | { readonly keys?: undefined; readonly fault: string };

/**
 * Reads entries. An entirely empty one is ignored, and the last of two for one key counts. A list type makes a
 * multivalued key, even with one value (evidence: simulator-context-entries, simulator-context-types).
 */
export function keysOf(entries: readonly ContextEntry[]): KeysOrFault {
  const keys = new Map<string, readonly [name: string, value: string | readonly string[]]>();
  for (const entry of entries) {
    const { ContextKeyName: name, ContextKeyType: type, ContextKeyValues: values = [] } = entry;
    if (name === undefined && type === undefined && values.length === 0) continue;
    if (name === undefined) return { fault: "ContextKeyName cannot be null or empty." };
    if (type === undefined) return { fault: `Context key ${name} has invalid type null.` };
    if (values.length === 0) return { fault: `Context values for context key ${name} cannot be null or empty.` };
    const isList = type.endsWith("List");
    const { normal, expected } = TYPES[isList ? type.slice(0, -"List".length) : type]!;
    const normals = values.map(normal);
    if (!normals.every((value) => value !== undefined)) {
      return { fault: `Invalid context value for key ${name}: expected ${expected}.` };
    }
    // AWS's behaviour for several values of a scalar type is not known; here they make a multivalued key.
    keys.set(name.toLowerCase(), [name, isList || normals.length > 1 ? normals : normals[0]!]);
  }
  return { keys: Object.fromEntries(keys.values()) };
}

/** The latest time of a JavaScript Date, in milliseconds. */
const LAST_TIME = 8.64e15;

/** `yyyy-MM-ddTHH:mm:ss.SSSZ` in UTC (evidence: simulator-context-types). */
function normalDate(text: string): string | undefined {
  const time = parseDate(text);
  if (time === undefined) return undefined;
  return Math.abs(time) <= LAST_TIME ? new Date(time).toISOString() : text;
}

/**
 * A number as text. AWS compares `01.00` neither as `01.00` nor as `1` (evidence: simulator-context-types). Presumably
 * it writes numbers as Java's BigDecimal does: `1.00`, and `1E+2` for `1e2`.
 */
function normalNumber(text: string): string | undefined {
  if (parseDecimal(text) === undefined) return undefined;
  const [mantissa = "", exponent = "0"] = text.toLowerCase().split("e");
  const [whole = "", fraction = ""] = mantissa.replace(/^[+-]/, "").split(".");
  const digits = (whole + fraction).replace(/^0+(?=.)/, "");
  const scale = fraction.length - Number(exponent);
  const sign = text.startsWith("-") && /[1-9]/.test(digits) ? "-" : "";
  const leading = digits.length - 1 - scale;
  if (scale >= 0 && leading >= -6) {
    const padded = digits.padStart(scale + 1, "0");
    const point = padded.length - scale;
    return sign + padded.slice(0, point) + (scale > 0 ? `.${padded.slice(point)}` : "");
  }
  const rest = digits.length > 1 ? `.${digits.slice(1)}` : "";
  return `${sign}${digits[0]}${rest}E${leading < 0 ? "" : "+"}${leading}`;
}
