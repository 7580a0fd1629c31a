import { SeedError } from "./seed-error.ts";
import { suggest } from "./suggest.ts";

/** The path to a value: keys of mappings and indexes of lists. */
export type Path = readonly (string | number)[];

/** A line and a column, both from 1. */
export interface Location {
  readonly line: number;
  readonly column: number;
}

/** Where values come from. */
export interface Source {
  /** How a message about the value at `path` begins, such as `seed.yaml:12`; empty if there is nothing to say. */
  position(path: Path): string;
  /** Where in which file the value at `path` stands; undefined for what stands in none. */
  location(path: Path): (Location & { readonly file: string }) | undefined;
  /** How a scalar is written that reads as something else than text, such as `0123`, `+12065550100` and `true`. */
  written(path: Path): string | undefined;
  /** The content of a file that a value names. Throws if it cannot be read. */
  file(name: string): string;
}

/** A value of a seed and its place. Anything wrong with it is reported as a SeedError. */
export class Place {
  readonly value: unknown;
  readonly path: Path;
  readonly #source: Source;

  constructor(value: unknown, source: Source, path: Path = []) {
    // A key without a value is null in YAML, and counts as absent.
    this.value = value ?? undefined;
    this.path = path;
    this.#source = source;
  }

  get isGiven(): boolean {
    return this.value !== undefined;
  }

  /** Such as `seed.yaml:12: users[1].policies.x`. */
  get where(): string {
    return [this.#source.position(this.path), pathText(this.path)].filter((part) => part !== "").join(": ");
  }

  get location(): (Location & { readonly file: string }) | undefined {
    return this.#source.location(this.path);
  }

  /** Messages never hold values: they may be secrets. */
  fail(message: string): SeedError {
    const { where } = this;
    return new SeedError(where === "" ? message : `${where}: ${message}`);
  }

  at(key: string | number): Place {
    const { value } = this;
    const member = isObject(value) && Object.hasOwn(value, key) ? (value as Record<string, unknown>)[key] : undefined;
    return new Place(member, this.#source, [...this.path, key]);
  }

  /** The members of a mapping that has only these; absent members are places without a value. */
  members<N extends string>(...names: readonly N[]): Readonly<Record<N, Place>> {
    for (const [key, member] of this.entries())
      if (!names.includes(key as N)) throw member.fail(unknownKey(names, key));
    return Object.fromEntries(names.map((name) => [name, this.at(name)])) as Record<N, Place>;
  }

  /** A mapping whose keys are names; empty if it is absent. */
  entries(): [name: string, place: Place][] {
    const { value = {} } = this;
    if (!isObject(value) || Array.isArray(value)) throw this.#wrong("a mapping");
    return Object.keys(value).map((name) => [name, this.at(name)]);
  }

  /** A list; empty if it is absent. */
  items(): Place[] {
    const { value = [] } = this;
    if (!Array.isArray(value)) throw this.#wrong("a list");
    return value.map((_, index) => this.at(index));
  }

  /** A text; numbers and Booleans are taken as they are written. */
  text(): string {
    const { value } = this;
    if (typeof value === "string") return value;
    if (typeof value === "number" || typeof value === "boolean") {
      return this.#source.written(this.path) ?? String(value);
    }
    throw this.#wrong("a text");
  }

  integer(): number {
    if (Number.isSafeInteger(this.value)) return this.value as number;
    throw this.#wrong("a whole number");
  }

  boolean(): boolean {
    if (typeof this.value === "boolean") return this.value;
    throw this.#wrong("true or false");
  }

  textIfGiven = (): string | undefined => (this.isGiven ? this.text() : undefined);
  integerIfGiven = (): number | undefined => (this.isGiven ? this.integer() : undefined);
  booleanIfGiven = (): boolean | undefined => (this.isGiven ? this.boolean() : undefined);

  /** The text itself if it matches `looksRight`, else the content of the file that it names. */
  textOrFile(what: string, looksRight: RegExp): string {
    const text = this.text();
    if (looksRight.test(text)) return text;
    try {
      return this.#source.file(text);
    } catch (cause) {
      const { code = "unreadable" } = cause as NodeJS.ErrnoException;
      throw this.fail(`is neither ${what} nor the name of a file that can be read (${code}).`);
    }
  }

  /** A policy document or another JSON object: inline, as a text of JSON, or in a file. */
  json(): string {
    return isObject(this.value) ? JSON.stringify(this.value) : this.textOrFile("JSON", /^\s*\{/);
  }

  #wrong(expected: string): SeedError {
    if (this.isGiven) return this.fail(`must be ${expected}, not ${kindOf(this.value)}.`);
    const parent = new Place({}, this.#source, this.path.slice(0, -1));
    return parent.fail(`${this.path.at(-1) ?? "the whole"} is missing.`);
  }
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const kindOf = (value: unknown): string =>
  Array.isArray(value)
    ? "a list"
    : isObject(value)
      ? "a mapping"
      : typeof value === "string"
        ? "a text"
        : `a ${typeof value}`;

const pathText = (path: Path): string =>
  path
    .map((key) =>
      typeof key === "number" ? `[${key}]` : /^[\w:/.+=,@-]+$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`,
    )
    .join("")
    .replace(/^\./, "");

function unknownKey(names: readonly string[], key: string): string {
  const meant = suggest(key, names);
  return `unknown key. ${meant === undefined ? `Known are: ${names.join(", ")}.` : `Did you mean ${meant}?`}`;
}
