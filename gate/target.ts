import { ambiguous, CannotMap } from "./cannot-map.ts";

/** A request's target: the path as on the wire, the parameters decoded. */
export interface Target {
  readonly path: string;
  readonly query: ReadonlyMap<string, string>;
}

const NOTHING: ReadonlyMap<string, string> = new Map();
/** What may stand in a target unescaped, less what servers read in different ways in paths: `\` as `/`, `;` as the start of parameters, `#` as the end. */
const PLAIN_PATH = /^\/[\w\-.~!$&'()*,:@/%=]*$/;

/** Takes a target apart. Throws CannotMap where servers would read it in different ways. */
export function readTarget(target: string): Target {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  if (!PLAIN_PATH.test(path)) throw ambiguous("its path has characters that should be escaped");
  return { path, query: mark < 0 ? NOTHING : readParameters(target.slice(mark + 1)) };
}

/**
 * Decodes a query or a form. Throws CannotMap for parameters that occur twice, for a `;`, which parts parameters for some, and for
 * broken escapes and what is no UTF-8.
 */
export function readParameters(text: string): ReadonlyMap<string, string> {
  if (/[;#\\]/.test(text)) throw ambiguous("its parameters have characters that should be escaped");
  const parameters = new Map<string, string>();
  for (const part of text.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    if (parameters.has(name)) throw ambiguous(`its parameter ${name} occurs twice`);
    parameters.set(name, equals < 0 ? "" : decode(part.slice(equals + 1)));
  }
  return parameters;
}

const decode = (text: string) => decodePath(text.includes("+") ? text.replaceAll("+", " ") : text);

/** Decodes the escapes of a text, in which `+` means itself. Throws CannotMap for broken ones, what is no UTF-8, and NUL. */
export function decodePath(text: string): string {
  if (!text.includes("%")) return text;
  try {
    const decoded = decodeURIComponent(text);
    if (!decoded.includes("\0")) return decoded;
  } catch {
    // Refused below.
  }
  throw new CannotMap("The request's target has escapes that are no UTF-8 text.");
}
