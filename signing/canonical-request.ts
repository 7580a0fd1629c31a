import { SigningError } from "./signing-error.ts";

// The first half of Signature Version 4: both sides write the request in one agreed form and sign its hash. Everything is
// taken as it was on the wire, because what a library has already decoded can no longer be told from what was changed.

/** What a canonical request is made of. */
export interface RequestParts {
  readonly method: string;
  /** The request target as on the wire, such as `/?Action=GetCallerIdentity`. */
  readonly target: string;
  /** Node's flat list of name, value, name, value, decoded as latin1. */
  readonly rawHeaders: readonly string[];
  /** Hex SHA-256 of the body. */
  readonly bodyHash: string;
}

/** A query parameter in canonical percent-encoding; `decodeComponent` gives the text. */
export interface QueryParameter {
  readonly name: string;
  readonly value: string;
}

/**
 * The canonical request; `path` is the service's rule for paths. It is a latin1 string: each character is one byte.
 * `signedHeaders` are lower-case and sorted. `withoutSignature` leaves out the first X-Amz-Signature of the query, which
 * cannot have signed itself; a second one is a parameter like any other.
 * Throws a SigningError for a malformed target.
 */
export function canonicalRequest(
  request: RequestParts,
  signedHeaders: readonly string[],
  withoutSignature: boolean,
  path: (target: string) => string = canonicalPath,
): string {
  const parameters = queryParameters(request.target);
  if (withoutSignature) {
    const signature = parameters.findIndex(({ name }) => name === "X-Amz-Signature");
    if (signature >= 0) parameters.splice(signature, 1);
  }
  return (
    `${request.method}\n${path(request.target)}\n${canonicalQuery(parameters)}\n` +
    `${canonicalHeaders(request.rawHeaders, signedHeaders)}\n${signedHeaders.join(";")}\n${request.bodyHash}`
  );
}

/**
 * The path without dot segments and doubled slashes, percent-encoded once more than on the wire (only S3 differs).
 * Throws a bare 400 for broken escapes and for a path that is not absolute or leaves the root
 * (evidence: sigv4-bare-400).
 */
export function canonicalPath(target: string): string {
  const path = sentPath(target);
  if (path === "/") return path;
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "..") {
      if (segments.pop() === undefined) throw new SigningError(undefined, 400);
    } else if (segment !== "" && segment !== ".") {
      segments.push(percentEncode(segment));
    }
  }
  return segments.length > 0 && path.endsWith("/") ? `/${segments.join("/")}/` : `/${segments.join("/")}`;
}

/**
 * The path as S3 signs it: dots and doubled slashes are parts of an object's name, and each byte is escaped once, however it was
 * sent. An escaped slash stays one, and a plus is a plus (evidence: gate-s3-path). Throws as `canonicalPath` does.
 */
export function pathAsSent(target: string): string {
  const path = sentPath(target);
  if (/^[A-Za-z0-9\-._~/]*$/.test(path)) return path;
  return path.replace(/%([0-9A-Fa-f]{2})|[^A-Za-z0-9\-._~/]+/g, (letters, hex: string | undefined) =>
    hex === undefined ? percentEncode(letters) : ENCODED[parseInt(hex, 16)]!,
  );
}

/** The target up to its query. Throws where it is no path or has broken escapes. */
function sentPath(target: string): string {
  const query = target.indexOf("?");
  const path = query < 0 ? target : target.slice(0, query);
  if (!path.startsWith("/") || /%(?![0-9A-Fa-f]{2})/.test(path)) throw new SigningError(undefined, 400);
  return path;
}

/**
 * Every parameter of the target's query, in order: repeated, empty and oddly named ones included, because a parameter that
 * is lost here could be added to a signed request. Throws MalformedQueryString.
 */
export function queryParameters(target: string): QueryParameter[] {
  const query = target.indexOf("?");
  if (query < 0) return [];
  const parameters: QueryParameter[] = [];
  for (const piece of target.slice(query + 1).split("&")) {
    if (piece === "") continue;
    const equals = piece.indexOf("=");
    parameters.push(
      equals < 0
        ? { name: canonicalComponent(piece), value: "" }
        : { name: canonicalComponent(piece.slice(0, equals)), value: canonicalComponent(piece.slice(equals + 1)) },
    );
  }
  return parameters;
}

/** The first value of a parameter, decoded. */
export function parameter(parameters: readonly QueryParameter[], name: string): string | undefined {
  const found = parameters.find((candidate) => candidate.name === name);
  return found && decodeComponent(found.value);
}

/** The text of a parameter's name or value; bytes that are not UTF-8 become U+FFFD. */
export function decodeComponent(component: string): string {
  if (!component.includes("%")) return component;
  const bytes = component.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}

// By name, then by value: comparing `name=value` as one text would put `a-b=` before `a=`.
function canonicalQuery(parameters: QueryParameter[]): string {
  const sorted = parameters.sort((a, b) => compare(a.name, b.name) || compare(a.value, b.value));
  return sorted.map(({ name, value }) => `${name}=${value}`).join("&");
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

// One pass over the headers that were sent. A signed header that is missing has no line, so the signature cannot match.
function canonicalHeaders(rawHeaders: readonly string[], signedHeaders: readonly string[]): string {
  const values: (string | undefined)[] = signedHeaders.map(() => undefined);
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const position = signedHeaders.indexOf(rawHeaders[i]!.toLowerCase());
    if (position < 0) continue;
    const value = canonicalValue(rawHeaders[i + 1]!);
    const before = values[position];
    values[position] = before === undefined ? value : `${before},${value}`;
  }
  let lines = "";
  for (let i = 0; i < values.length; i++) if (values[i] !== undefined) lines += `${signedHeaders[i]}:${values[i]}\n`;
  return lines;
}

const SPACE = 0x20;
const PERCENT = 0x25;
const PLUS = 0x2b;
const TAB = 0x09;
const CARRIAGE_RETURN = 0x0d;

// Trimmed, inner runs of blanks as one space. Most values have none, and a loop sees that sooner than a regular expression.
function canonicalValue(value: string): string {
  let previous = SPACE;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code === SPACE ? previous === SPACE : code >= TAB && code <= CARRIAGE_RETURN) return collapseBlanks(value);
    previous = code;
  }
  return previous === SPACE ? collapseBlanks(value) : value;
}

// ASCII blanks only: in latin1, the byte A0 that `\s` and `trim` take for a space is a part of some UTF-8 letters.
const collapseBlanks = (value: string): string => value.replace(/[\t-\r ]+/g, " ").replace(/^ | $/g, "");

const UNRESERVED = Uint8Array.from({ length: 256 }, (_, code) =>
  /[A-Za-z0-9\-._~]/.test(String.fromCharCode(code)) ? 1 : 0,
);
const ENCODED = Array.from(UNRESERVED, (unreserved, byte) =>
  unreserved === 1 ? String.fromCharCode(byte) : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
);

function percentEncode(text: string): string {
  let encoded = "";
  for (const byte of Buffer.from(text, "utf8")) encoded += ENCODED[byte];
  return encoded;
}

// A name or value of the query as sent -> as signed: the same bytes, each escaped only where it has to be. A plus is a
// blank, as in a form.
function canonicalComponent(text: string): string {
  let plain = 0;
  while (plain < text.length && UNRESERVED[text.charCodeAt(plain)] === 1) plain++;
  let canonical = text.slice(0, plain);
  for (let i = plain; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === PERCENT) {
      const hex = text.slice(i + 1, i + 3);
      if (hex.length < 2) throw malformed("Incomplete trailing escape % sequence");
      if (!/^[0-9A-Fa-f]{2}$/.test(hex)) throw malformed(`Illegal hex character in escape % pattern: %${hex}`);
      canonical += ENCODED[parseInt(hex, 16)];
      i += 2;
    } else if (code === PLUS) {
      canonical += "%20";
    } else if (code < 0x80) {
      canonical += ENCODED[code];
    } else {
      const letter = String.fromCodePoint(text.codePointAt(i)!);
      canonical += percentEncode(letter);
      i += letter.length - 1;
    }
  }
  return canonical;
}

const malformed = (message: string): SigningError => new SigningError("MalformedQueryString", 400, message);
