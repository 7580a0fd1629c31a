import { ambiguous, CannotMap } from "./cannot-map.ts";

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A body's text. Throws CannotMap for what is no UTF-8. */
export function bodyText(body: Uint8Array): string {
  try {
    return utf8.decode(body);
  } catch {
    throw new CannotMap("The request's body is no UTF-8 text.");
  }
}

/**
 * Reads a JSON object; nothing at all is an empty one. Throws CannotMap for anything else, and where a member is named
 * twice: which of the two counts differs from one reader to the next.
 */
export function readJsonObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  const text = bodyText(body);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new CannotMap("The request's body is not JSON.");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new CannotMap("The request's body is not a JSON object.");
  }
  if (colonsIn(text) !== membersOf(value)) throw ambiguous("its body names a member of an object twice");
  return value as Record<string, unknown>;
}

/** How many members the objects of a JSON text have: as many as there are colons outside of its texts. */
function colonsIn(text: string): number {
  let colons = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x3a) colons++;
    else if (unit === 0x22) at = closingQuote(text, at + 1);
  }
  return colons;
}

function closingQuote(text: string, from: number): number {
  for (let quote = text.indexOf('"', from); ; quote = text.indexOf('"', quote + 1)) {
    let before = quote - 1;
    while (text.charCodeAt(before) === 0x5c) before--;
    if ((quote - before) % 2 === 1) return quote;
  }
}

/** How many members remain in the value that was read: of those of one name, one. */
function membersOf(value: object): number {
  let members = 0;
  const left: object[] = [value];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    const values: unknown[] = Array.isArray(next) ? next : Object.values(next);
    if (!Array.isArray(next)) members += values.length;
    for (const inner of values) if (typeof inner === "object" && inner !== null) left.push(inner);
  }
  return members;
}
