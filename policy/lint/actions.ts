import type { Path } from "../json.ts";
import { found, type LintFinding, placedStatements, type Subject } from "./finding.ts";
import { actionsNamed, isService, servicePrefixes } from "./known-actions.ts";
import { nearest } from "./nearest.ts";
import { referencedService } from "../../catalog/service-reference.ts";

/** Unknown names of a document for which one that may have been meant is looked for. */
const MOST_GUESSES = 100;

/** Services and actions that AWS's service reference does not have. */
export function* actionFindings(subject: Subject): Iterable<LintFinding> {
  let guesses = 0;
  for (const { statement, path } of placedStatements(subject)) {
    for (const name of ["Action", "NotAction"] as const) {
      const patterns = (name === "Action" ? statement.actions : statement.notActions) ?? [];
      for (const [place, pattern] of patterns.entries()) {
        const finding = unknown(pattern, [...path, name, place], guesses < MOST_GUESSES);
        if (finding === undefined) continue;
        guesses++;
        yield finding;
      }
    }
  }
}

function unknown(pattern: string, path: Path, guess: boolean): LintFinding | undefined {
  // What is not written as an action at all is told otherwise.
  if (pattern === "*" || !/^[^:]+:[^:]+$/.test(pattern) || pattern.includes("${")) return undefined;
  const [service = "", name = ""] = pattern.split(":");
  if (!isService(service)) {
    const hint = guess ? didYouMean(nearest(service, servicePrefixes())) : undefined;
    return found("INVALID_SERVICE_IN_ACTION", path, { service }, { hint });
  }
  if (actionsNamed(pattern).names.length > 0) return undefined;
  if (/[*?]/.test(name)) return found("NO_MATCHING_ACTION", path, { pattern });
  const prefix = service.toLowerCase();
  const meant = guess ? nearest(name, Object.keys(referencedService(prefix)!.actions)) : undefined;
  return found("INVALID_ACTION", path, { action: pattern }, { hint: didYouMean(meant && `${prefix}:${meant}`) });
}

/** A question about the word that may have been meant. */
export const didYouMean = (word: string | undefined): string | undefined =>
  word === undefined ? undefined : `Did you mean ${word}?`;
