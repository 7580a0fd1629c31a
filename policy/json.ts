/** A part of a text, in UTF-16 units: from `start` to just before `end`. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The names of members and indexes in lists that lead to a value. */
export type Path = readonly (string | number)[];

export interface JsonText extends Span {
  readonly type: "text";
  readonly value: string;
}

/** A number, `true`, `false` or `null`, kept as it was written: conditions compare texts and exact decimals. */
export interface JsonWord extends Span {
  readonly type: "word";
  readonly text: string;
}

export interface JsonList extends Span {
  readonly type: "list";
  readonly items: readonly Json[];
}

/** An object, with its members in order; a Map, because `__proto__` is a name like any other. */
export interface JsonObject extends Span {
  readonly type: "object";
  readonly members: ReadonlyMap<string, JsonMember>;
}

export interface JsonMember {
  readonly name: Span;
  readonly value: Json;
}

/** A JSON value and its place. */
export type Json = JsonText | JsonWord | JsonList | JsonObject;

/** What was expected at a place where the text is not JSON. */
export type Expected = "value" | "name" | "colon" | "object comma" | "list comma" | "text" | "end" | "shallower value";

/** A place where a text is not JSON, or names a member twice. */
export interface JsonFault extends Span {
  readonly kind: "json-syntax" | "duplicate-element";
  /** Absent if a member is named twice. */
  readonly expected?: Expected;
  readonly path: Path;
}

/** `json` is set if the text could be read to its end: without faults, or only with faults that can be skipped. */
export interface JsonReading {
  readonly json: Json | undefined;
  readonly faults: readonly JsonFault[];
}

/**
 * Reads strict JSON (RFC 8259) in which no member is named twice, since only one of the two could take effect. Skips
 * second members, extra commas and missing commas, so that what follows is read as well.
 */
export function readJson(text: string): JsonReading {
  const reader = new Reader(text);
  try {
    return { json: reader.document(), faults: reader.faults };
  } catch (error) {
    if (error !== UNREADABLE) throw error;
    return { json: undefined, faults: reader.faults };
  }
}

const UNREADABLE = new Error("not JSON from here on");

// A statement's condition values are at depth 6.
const MAX_DEPTH = 16;

const WORD = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

class Reader {
  readonly faults: JsonFault[] = [];
  readonly #text: string;
  readonly #path: (string | number)[] = [];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): Json {
    const value = this.#value();
    this.#skipBlanks();
    if (this.#at < this.#text.length) this.#fault("end");
    return value;
  }

  #value(): Json {
    this.#skipBlanks();
    const opening = this.#text[this.#at];
    if (opening === '"') return this.#string();
    if (opening !== "{" && opening !== "[") return this.#word();
    // The path has one step for each object or list around this one.
    if (this.#path.length >= MAX_DEPTH) this.#giveUp("shallower value");
    return opening === "{" ? this.#object() : this.#list();
  }

  #object(): JsonObject {
    const start = this.#at++;
    const members = new Map<string, JsonMember>();
    if (!this.#next("}")) {
      do {
        this.#skipBlanks();
        if (members.size > 0 && this.#text[this.#at] === "}") {
          this.#fault("name");
          break;
        }
        this.#member(members);
      } while (this.#next(",") || this.#lacksComma("object comma", '"'));
      if (!this.#next("}")) this.#giveUp("object comma");
    }
    return { type: "object", members, start, end: this.#at };
  }

  #member(members: Map<string, JsonMember>): void {
    if (this.#text[this.#at] !== '"') this.#giveUp("name");
    const { value: name, start, end } = this.#string();
    this.#path.push(name);
    const isFirst = !members.has(name);
    if (!isFirst) this.faults.push({ kind: "duplicate-element", start, end, path: [...this.#path] });
    if (!this.#next(":")) this.#giveUp("colon");
    const value = this.#value();
    if (isFirst) members.set(name, { name: { start, end }, value });
    this.#path.pop();
  }

  #list(): JsonList {
    const start = this.#at++;
    const items: Json[] = [];
    if (!this.#next("]")) {
      do {
        this.#skipBlanks();
        if (items.length > 0 && this.#text[this.#at] === "]") {
          this.#fault("value");
          break;
        }
        this.#path.push(items.length);
        items.push(this.#value());
        this.#path.pop();
      } while (this.#next(",") || this.#lacksComma("list comma", '"{['));
      if (!this.#next("]")) this.#giveUp("list comma");
    }
    return { type: "list", items, start, end: this.#at };
  }

  #string(): JsonText {
    const start = this.#at;
    let escaped = false;
    for (let at = start + 1; at < this.#text.length; at++) {
      const unit = this.#text.charCodeAt(at);
      if (unit === 0x22) {
        const end = at + 1;
        const value = escaped ? this.#unescape(start, end) : this.#text.slice(start + 1, at);
        this.#at = end;
        return { type: "text", value, start, end };
      }
      if (unit < 0x20) break;
      if (unit === 0x5c) {
        escaped = true;
        at++;
      }
    }
    return this.#giveUp("text");
  }

  #unescape(start: number, end: number): string {
    try {
      const value: unknown = JSON.parse(this.#text.slice(start, end));
      if (typeof value === "string") return value;
    } catch {
      // An escape that JSON does not have.
    }
    return this.#giveUp("text");
  }

  #word(): JsonWord {
    const start = this.#at;
    WORD.lastIndex = start;
    const text = WORD.exec(this.#text)?.[0];
    if (text === undefined) return this.#giveUp("value");
    this.#at += text.length;
    return { type: "word", text, start, end: this.#at };
  }

  #next(token: string): boolean {
    this.#skipBlanks();
    if (this.#text[this.#at] !== token) return false;
    this.#at++;
    return true;
  }

  /** Notes that a comma is missing, if what comes next can only follow one. */
  #lacksComma(expected: Expected, openings: string): boolean {
    if (this.#at >= this.#text.length || !openings.includes(this.#text[this.#at]!)) return false;
    this.#fault(expected);
    return true;
  }

  #skipBlanks(): void {
    for (;;) {
      const unit = this.#text.charCodeAt(this.#at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
      this.#at++;
    }
  }

  #fault(expected: Expected): void {
    const start = this.#at;
    const end = Math.min(start + 1, this.#text.length);
    this.faults.push({ kind: "json-syntax", expected, start, end, path: [...this.#path] });
  }

  #giveUp(expected: Expected): never {
    this.#fault(expected);
    throw UNREADABLE;
  }
}
