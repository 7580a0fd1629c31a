/** Condition keys of a request: a string is a single-valued key, an array a multivalued one (also with one element). */
export type ContextKeys = Readonly<Record<string, string | readonly string[]>>;

/** Looks condition keys up without regard to case (IAM User Guide, "Condition keys": names are not case-sensitive). */
export class KeyLookup {
  readonly #keys: ContextKeys;
  #folded: Map<string, string | readonly string[]> | undefined;

  constructor(keys: ContextKeys) {
    this.#keys = keys;
  }

  /** The value of the key, or undefined where the request has no such key. */
  get(name: string): string | readonly string[] | undefined {
    // Policies nearly always spell keys as AWS does, so the folded copy is rarely made.
    if (Object.hasOwn(this.#keys, name)) return this.#keys[name];
    this.#folded ??= new Map(Object.entries(this.#keys).map(([key, value]) => [key.toLowerCase(), value]));
    return this.#folded.get(name.toLowerCase());
  }
}
