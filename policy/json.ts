/** A number, `true`, `false` or `null`, kept as it was written: conditions compare text and exact decimals. */
export class Literal {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object keeps the order of its members; a Map, because `__proto__` is a name like any other. */
export type JsonObject = ReadonlyMap<string, Json>;
export type Json = string | Literal | readonly Json[] | JsonObject;

export const isObject = (json: Json | undefined): json is JsonObject => json instanceof Map;
export const isArray = (json: Json | undefined): json is readonly Json[] => Array.isArray(json);

/** Thrown for a text that is not JSON, that names a member twice or that is nested deeper than any policy. */
export class JsonError extends Error {}

/** Offsets into the text of an object or array: of its opening bracket, and just after its closing one. */
export type Spans = Map<Json, readonly [start: number, end: number]>;

/**
 * Reads strict JSON (RFC 8259). Unlike `JSON.parse` it refuses a member given twice, of which only one could take
 * effect, and can tell where in the text each object stands: pass `spans` to have them noted.
 */
export function readJson(text: string, spans?: Spans): Json {
  return new Reader(text, spans).document();
}

// A statement's condition values lie at depth 6.
const MAX_DEPTH = 16;

const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

class Reader {
  readonly #text: string;
  readonly #spans: Spans | undefined;
  #at = 0;
  #depth = 0;

  constructor(text: string, spans: Spans | undefined) {
    this.#text = text;
    this.#spans = spans;
  }

  document(): Json {
    const value = this.#value();
    this.#skipBlanks();
    if (this.#at < this.#text.length) throw this.#error();
    return value;
  }

  #value(): Json {
    this.#skipBlanks();
    const start = this.#at;
    const opening = this.#text[start];
    if (opening === '"') return this.#string();
    if (opening !== "{" && opening !== "[") return this.#word();

    if (++this.#depth > MAX_DEPTH) throw this.#error();
    this.#at++;
    const value = opening === "{" ? this.#object() : this.#array();
    this.#depth--;
    this.#spans?.set(value, [start, this.#at]);
    return value;
  }

  #object(): Json {
    const members = new Map<string, Json>();
    if (this.#next("}")) return members;
    do {
      this.#skipBlanks();
      const name = this.#string();
      if (members.has(name) || !this.#next(":")) throw this.#error();
      members.set(name, this.#value());
    } while (this.#next(","));
    if (!this.#next("}")) throw this.#error();
    return members;
  }

  #array(): Json {
    const elements: Json[] = [];
    if (this.#next("]")) return elements;
    do elements.push(this.#value());
    while (this.#next(","));
    if (!this.#next("]")) throw this.#error();
    return elements;
  }

  #string(): string {
    const start = this.#at;
    if (this.#text[start] !== '"') throw this.#error();
    let escaped = false;
    for (let at = start + 1; at < this.#text.length; at++) {
      const unit = this.#text.charCodeAt(at);
      if (unit === 0x22) {
        this.#at = at + 1;
        return escaped ? this.#unescape(start) : this.#text.slice(start + 1, at);
      }
      if (unit < 0x20) break;
      if (unit === 0x5c) {
        escaped = true;
        at++;
      }
    }
    throw this.#error();
  }

  #unescape(start: number): string {
    try {
      const value: unknown = JSON.parse(this.#text.slice(start, this.#at));
      if (typeof value === "string") return value;
    } catch {
      // An escape that JSON does not have.
    }
    throw this.#error();
  }

  #word(): Literal {
    WORD.lastIndex = this.#at;
    const word = WORD.exec(this.#text)?.[0];
    if (word === undefined) throw this.#error();
    this.#at += word.length;
    return new Literal(word);
  }

  #next(token: string): boolean {
    this.#skipBlanks();
    if (this.#text[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  #skipBlanks(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at++;
    }
  }

  #error(): JsonError {
    return new JsonError(`no JSON at offset ${this.#at}`);
  }
}
