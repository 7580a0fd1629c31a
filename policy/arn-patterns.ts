import type { ArnParts, ResourceName } from "./arn.ts";
import { Glob } from "./glob.ts";
import type { KeyLookup } from "./keys.ts";
import { PatternSet } from "./pattern-set.ts";
import { ANY_RUN, constant, type GlobToken, isPlain, parseTemplate, resolve, type Template } from "./template.ts";
import { MANY } from "./text-patterns.ts";

/**
 * Alternative patterns for ARNs. An ARN is matched part by part: a wildcard stays within its part; in the last part it
 * matches `/` and `:` too. A variable may stand for any part, or for the whole (evidence: arn-patterns). With
 * `openEnded`, a `*` at the end of fewer than six parts also stands for the missing ones. This applies to the resources
 * of statements, but not to conditions (IAM User Guide, "JSON policy elements: Resource" and "ARN condition
 * operators").
 */
export class ArnPatterns {
  readonly #everything: boolean;
  readonly #names: ReadonlySet<string>;
  readonly #few: readonly ArnPattern[];
  readonly #many: PatternSet | undefined;

  constructor(alternatives: readonly string[], variables: boolean, openEnded = false) {
    const syntax = { wildcards: true, variables };
    const distinct = alternatives.length > 1 ? [...new Set(alternatives)] : alternatives;
    const patterns = distinct
      .filter((text) => !isPlain(text, syntax) && !isEverything(text))
      .map((text) => parseTemplate(text, syntax));
    this.#everything = distinct.some(isEverything);
    this.#names = new Set(distinct.filter((text) => isPlain(text, syntax)));
    const few = patterns.length <= MANY;
    this.#few = few ? patterns.map((template) => new ArnPattern(template, openEnded)) : [];
    this.#many = few ? undefined : new PatternSet(patterns, { openEnded });
  }

  has(resource: ResourceName, keys: KeyLookup): boolean {
    const { name, parts } = resource;
    if (this.#everything || this.#names.has(name)) return true;
    if (parts === undefined) return false;
    for (const pattern of this.#few) if (pattern.matches(name, parts, keys)) return true;
    // A pattern never has more than five separating colons. Wildcards do not cross these, except at an open end.
    return this.#many?.matches(keys.arnWalk(name), keys) ?? false;
  }
}

/** `*` matches everything, even what has no ARN. */
const isEverything = (text: string): boolean => /^\*+$/.test(text);

/** Whether no ARN can match in any request: the text is neither `*` nor six parts, and has no variable. */
export function isMalformedArn(text: string, variables: boolean): boolean {
  const tokens = constant(parseTemplate(text, { wildcards: true, variables }));
  return tokens !== undefined && !isEverything(text) && partPatterns(tokens, false) === undefined;
}

class ArnPattern {
  readonly #template: Template;
  readonly #openEnded: boolean;
  readonly #isConstant: boolean;
  readonly #parts: PartPatterns | undefined;

  constructor(template: Template, openEnded: boolean) {
    const tokens = constant(template);
    this.#template = template;
    this.#openEnded = openEnded;
    this.#isConstant = tokens !== undefined;
    this.#parts = tokens && partPatterns(tokens, openEnded);
  }

  matches(name: string, parts: ArnParts, keys: KeyLookup): boolean {
    const patterns = this.#isConstant ? this.#parts : this.#resolved(name, keys);
    if (patterns === undefined) return false;
    // From the end, where ARNs differ most.
    for (let i = 5; i >= 0; i--) {
      const pattern = patterns[i]!;
      if (typeof pattern === "string" ? pattern !== parts[i] : !pattern.matches(parts[i]!, keys)) return false;
    }
    return true;
  }

  #resolved(name: string, keys: KeyLookup): PartPatterns | undefined {
    const tokens = resolve(this.#template, keys, name.length);
    return tokens && partPatterns(tokens, this.#openEnded);
  }
}

/** Six parts, each a text or a pattern. */
type PartPatterns = readonly (string | Glob)[];

/** The parts of a pattern, or undefined if it has fewer than six and no open end. */
function partPatterns(tokens: readonly GlobToken[], openEnded: boolean): PartPatterns | undefined {
  const parts: GlobToken[][] = [[]];
  for (const token of tokens) {
    let rest = token;
    // The first five colons separate the parts; later ones belong to the last part.
    while (typeof rest === "string" && parts.length < 6) {
      const colon = rest.indexOf(":");
      if (colon < 0) break;
      parts.at(-1)!.push(rest.slice(0, colon));
      parts.push([]);
      rest = rest.slice(colon + 1);
    }
    parts.at(-1)!.push(rest);
  }
  if (openEnded && tokens.at(-1) === ANY_RUN) while (parts.length < 6) parts.push([ANY_RUN]);
  if (parts.length < 6) return undefined;
  return parts.map((part) => (part.every((token) => typeof token === "string") ? part.join("") : new Glob(part)));
}
