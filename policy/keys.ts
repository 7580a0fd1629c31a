import { partingColons, type ResourceName, resourceName } from "./arn.ts";
import { Walk } from "./walk.ts";

/**
 * The condition keys of a request: a string is a single-valued key, an array a multivalued one (even with one element).
 */
export type ContextKeys = Readonly<Record<string, string | readonly string[]>>;

/**
 * Looks up condition keys in any case of letters (IAM User Guide, "Condition keys": names are not case-sensitive). Also
 * caches what is derived from the request's texts, however many patterns they are compared with.
 */
export class KeyLookup {
  readonly #keys: ContextKeys;
  readonly #unknowable: readonly string[];
  #folded: Map<string, string | readonly string[]> | undefined;
  #walks: Map<string, Walk> | undefined;
  #arnWalks: Map<string, Walk> | undefined;
  #arns: Map<string, ResourceName> | undefined;
  #lowerCase: Map<string, string> | undefined;

  /** `unknowable` are names of keys whose value is none of `keys`, or one of several there; `*` at their end is any text. */
  constructor(keys: ContextKeys, unknowable: readonly string[] = []) {
    this.#keys = keys;
    this.#unknowable = unknowable;
  }

  /** Whether nobody can tell the key's value. */
  isUnknowable(name: string): boolean {
    const folded = name.toLowerCase();
    return this.#unknowable.some((one) => {
      const known = one.toLowerCase();
      return known.endsWith("*") ? folded.startsWith(known.slice(0, -1)) : folded === known;
    });
  }

  /** The value of the key, or undefined if the request does not have it. `folded` is the name in lower case. */
  get(name: string, folded?: string): string | readonly string[] | undefined {
    // Policies nearly always spell keys as AWS does, so the folded copy is rarely made.
    if (Object.hasOwn(this.#keys, name)) return this.#keys[name];
    this.#folded ??= new Map(Object.entries(this.#keys).map(([key, value]) => [key.toLowerCase(), value]));
    return this.#folded.get(folded ?? name.toLowerCase());
  }

  /** A walk along patterns, for one of the request's texts. */
  walk(text: string): Walk {
    return made((this.#walks ??= new Map()), text, () => new Walk(text, []));
  }

  /** A walk along patterns for ARNs, whose wildcards do not cross the colons that separate an ARN's parts. */
  arnWalk(arn: string): Walk {
    return made((this.#arnWalks ??= new Map()), arn, () => new Walk(arn, partingColons(arn)));
  }

  /** One of the request's texts, split as an ARN. */
  arn(text: string): ResourceName {
    return made((this.#arns ??= new Map()), text, resourceName);
  }

  /** One of the request's texts, in lower case as AWS compares it. */
  lowerCase(text: string): string {
    return made((this.#lowerCase ??= new Map()), text, lowerCase);
  }
}

function made<T>(known: Map<string, T>, text: string, make: (text: string) => T): T {
  let value = known.get(text);
  if (value === undefined) known.set(text, (value = make(text)));
  return value;
}

/**
 * Lower case as AWS compares it: character by character, with the final sigma; characters beyond U+FFFF stay as they
 * are (evidence: condition-ignore-case).
 */
export function lowerCase(text: string): string {
  const lower = text.toLowerCase();
  if (!/[\ud800-\udbff]/.test(text)) return lower;
  const originals = text.match(/[\ud800-\udbff][\udc00-\udfff]/g) ?? [];
  let next = 0;
  return lower.replace(/[\ud800-\udbff][\udc00-\udfff]/g, (pair) => originals[next++] ?? pair);
}
