import { referencedAction, referencedService } from "../catalog/service-reference.ts";
import { actsOn } from "../policy/action-resources.ts";
import { Glob } from "../policy/glob.ts";
import { isActionName } from "../server/question.ts";
import type { Place } from "../server/seed/place.ts";
import { suggest } from "../server/seed/suggest.ts";

/**
 * The actions that a text stands for. One that AWS's service reference lacks is taken as it is, and noted: a test for what
 * does not exist tells nothing. A pattern stands for those actions of its service that can be about the resource.
 */
export function actionsFor(text: string, resource: string, place: Place, notes: string[]): string[] {
  if (!isActionName(text)) throw place.fail(`${JSON.stringify(text)} is no action; one is such as s3:GetObject.`);
  if (/[*?]/.test(text)) {
    const actions = matching(text, place).filter((action) => actsOn(action, resource));
    if (actions.length === 0) throw place.fail(`no action that ${text} fits can be about ${resource}.`);
    return actions;
  }
  const note = unknownAction(text);
  if (note !== undefined) notes.push(`${place.where}: ${note}`);
  return [text];
}

/** The actions of the service reference that a pattern fits, such as `s3:Get*`. */
export function matching(pattern: string, place: Place): string[] {
  const service = pattern.slice(0, pattern.indexOf(":")).toLowerCase();
  const glob = Glob.of(pattern.toLowerCase());
  return allActions(service, place).filter((action) => glob.matches(action.toLowerCase()));
}

/** All actions of a service. Throws SeedError for a service that AWS does not have. */
export function allActions(prefix: string, place: Place): string[] {
  const service = referencedService(prefix);
  if (!service) throw place.fail(`there is no service ${JSON.stringify(prefix)} in AWS's service reference.`);
  return Object.keys(service.actions).map((name) => `${prefix}:${name}`);
}

/** What is odd about an action, in a sentence; undefined if AWS's service reference has it. */
export function unknownAction(action: string): string | undefined {
  if (referencedAction(action)) return undefined;
  const [prefix = ""] = action.split(":");
  const service = referencedService(prefix.toLowerCase());
  if (!service) return `AWS's service reference has no service ${prefix}.`;
  const meant = suggest(
    action,
    Object.keys(service.actions).map((name) => `${prefix}:${name}`),
  );
  return `AWS's service reference has no action ${action}.${meant === undefined ? "" : ` Did you mean ${meant}?`}`;
}
