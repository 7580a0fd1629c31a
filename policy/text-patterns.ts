import { Glob } from "./glob.ts";
import type { KeyLookup } from "./keys.ts";
import { PatternSet } from "./pattern-set.ts";
import { constant, isPlain, parseTemplate, resolve, type Syntax, type Template } from "./template.ts";

/** From this many on, patterns are matched together; fewer are matched faster one by one. */
export const MANY = 16;

type Test = (text: string, keys: KeyLookup) => boolean;

/** Alternative patterns for a text. If there are many, those without anything special are looked up. */
export class TextPatterns {
  readonly #few: readonly Test[];
  readonly #texts: ReadonlySet<string> | undefined;
  readonly #patterns: PatternSet | undefined;

  constructor(alternatives: readonly string[], syntax: Syntax) {
    const distinct = alternatives.length > 1 ? [...new Set(alternatives)] : alternatives;
    const texts = distinct.filter((text) => isPlain(text, syntax));
    const templates = distinct.filter((text) => !isPlain(text, syntax)).map((text) => parseTemplate(text, syntax));
    this.#few = [
      ...(texts.length <= MANY ? texts.map(equal) : []),
      ...(templates.length <= MANY ? templates.map(testFor) : []),
    ];
    this.#texts = texts.length > MANY ? new Set(texts) : undefined;
    this.#patterns = templates.length > MANY ? new PatternSet(templates) : undefined;
  }

  has(text: string, keys: KeyLookup): boolean {
    for (const test of this.#few) if (test(text, keys)) return true;
    return (this.#texts?.has(text) || this.#patterns?.matches(keys.walk(text), keys)) ?? false;
  }
}

const equal =
  (alternative: string): Test =>
  (text) =>
    text === alternative;

function testFor(template: Template): Test {
  const tokens = constant(template);
  if (tokens === undefined) {
    return (text, keys) => {
      const resolved = resolve(template, keys, text.length);
      return resolved !== undefined && new Glob(resolved).matches(text, keys);
    };
  }
  const glob = new Glob(tokens);
  return (text, keys) => glob.matches(text, keys);
}
