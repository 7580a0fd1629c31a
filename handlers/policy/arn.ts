import { ANY_RUN, Glob, type GlobToken } from "./glob.ts";
import type { KeyLookup } from "./keys.ts";
import { constant, parseTemplate, resolve, type Template } from "./template.ts";

/** `arn`, partition, service, region, account, and the rest, which may hold colons. */
export type ArnParts = readonly [string, string, string, string, string, string];

/** The six parts of an ARN, or undefined for a text with fewer. */
export function splitArn(text: string): ArnParts | undefined {
  const [prefix, partition, service, region, account, ...rest] = text.split(":");
  if (prefix === undefined || partition === undefined || service === undefined) return undefined;
  if (region === undefined || account === undefined || rest.length === 0) return undefined;
  return [prefix, partition, service, region, account, rest.join(":")];
}

/** Whether a request's text is an ARN: partition, service and resource may not be empty (facts: aws-more 13.1). */
export function isArn(parts: ArnParts | undefined): parts is ArnParts {
  return parts !== undefined && parts[0] === "arn" && parts[1] !== "" && parts[2] !== "" && parts[5] !== "";
}

/**
 * A pattern for ARNs, matched part by part: a wildcard reaches no further than its part, and in the last one it crosses
 * `/` and `:`. A variable may stand for any part, or for the whole (facts: aws-more 3.2, 12.8).
 */
export class ArnPattern {
  readonly #template: Template;
  readonly #constant: PartPatterns | undefined;

  constructor(text: string, variables: boolean) {
    this.#template = parseTemplate(text, { wildcards: true, variables });
    const tokens = constant(this.#template);
    this.#constant = tokens && partPatterns(tokens);
  }

  /** Whether no ARN can match, whatever the request: the text is neither `*` nor six parts, and no variable is in it. */
  get malformed(): boolean {
    return this.#constant === "malformed";
  }

  /** `parts`: the request's ARN; undefined for a resource that has none (`*`), which only the pattern `*` matches. */
  matches(parts: ArnParts | undefined, keys: KeyLookup): boolean {
    const patterns = this.#constant ?? this.#resolved(keys);
    if (typeof patterns === "string") return patterns === "any";
    if (parts === undefined) return false;
    // From the end, where ARNs differ most.
    for (let i = 5; i >= 0; i--) {
      const pattern = patterns[i]!;
      if (typeof pattern === "string" ? pattern !== parts[i] : !pattern.matches(parts[i]!)) return false;
    }
    return true;
  }

  #resolved(keys: KeyLookup): PartPatterns {
    const tokens = resolve(this.#template, keys);
    return tokens === undefined ? "malformed" : partPatterns(tokens);
  }
}

/** Six parts, each of them a text or a pattern. */
type PartPatterns = "any" | "malformed" | readonly (string | Glob)[];

function partPatterns(tokens: readonly GlobToken[]): PartPatterns {
  if (tokens.length > 0 && tokens.every((token) => token === ANY_RUN)) return "any";
  const parts: GlobToken[][] = [[]];
  for (const token of tokens) {
    let rest = token;
    // The first five colons part the ARN; those after them belong to its last part.
    while (typeof rest === "string" && parts.length < 6) {
      const colon = rest.indexOf(":");
      if (colon < 0) break;
      parts.at(-1)!.push(rest.slice(0, colon));
      parts.push([]);
      rest = rest.slice(colon + 1);
    }
    parts.at(-1)!.push(rest);
  }
  if (parts.length < 6) return "malformed";
  return parts.map((part) => (part.every((token) => typeof token === "string") ? part.join("") : new Glob(part)));
}
