import { actsOn } from "../policy/action-resources.ts";
import { referencedAction } from "../catalog/service-reference.ts";
import type { Place } from "../server/seed/place.ts";
import { allActions, matching, unknownAction } from "./actions.ts";
import { ask, keysIn, mfaIn, resourcePolicyIn, textsIn, type Assertion, type Reading } from "./assertions.ts";
import { orDefaults, type TestDefaults } from "./checks.ts";
import { overlaid } from "./request-context.ts";

/**
 * Negative space: of whole services, `actions` are allowed and all others of AWS's service reference are denied. An action
 * is asked on each of the resources that it can be about, and on `*` where it can be about none of them; of a pattern those
 * that can be about none are left out.
 */
export function* onlyAssertions(only: Place, test: TestDefaults, reading: Reading): Iterable<Assertion> {
  const { actions, services, ...own } = only.members(
    "actions",
    "services",
    "principal",
    "resource",
    "context",
    "mfa",
    "resourcePolicy",
  );
  const { principal: named, resource, mfa, resourcePolicy } = orDefaults(own, test);
  const keys = own.context.isGiven ? overlaid(test.keys, keysIn(own.context)) : test.keys;
  const resources = resource.isGiven ? textsIn(resource) : ["*"];
  const policy = resourcePolicyIn(resourcePolicy);
  const { exact, byPattern } = allowedIn(actions, resources);
  const prefixes = services.isGiven ? textsIn(services) : [...new Set([...exact, ...byPattern].map(prefixOf))];
  if (prefixes.length === 0) throw only.fail("neither actions nor services says which services this is about.");
  for (const action of prefixes.flatMap((prefix) => allActions(prefix, services.isGiven ? services : actions))) {
    const about = resources.filter((arn) => actsOn(action, arn));
    if (about.length === 0 && byPattern.has(action) && !exact.has(action)) continue;
    const expected = exact.has(action) || byPattern.has(action) ? "allow" : "deny";
    for (const arn of about.length === 0 ? ["*"] : about) {
      for (const principal of reading.principals.named(named)) {
        const steps = [ask(principal, { action, resource: arn, resourcePolicy: policy }, keys, mfaIn(mfa), reading)];
        const shown = { test: test.name, place: only, principal: principal.name, action, resource: arn };
        yield { ...shown, expected, decidedBy: undefined, why: [], steps };
      }
    }
  }
}

const prefixOf = (action: string): string => action.slice(0, action.indexOf(":"));

/** The actions that are to be allowed, as the reference spells them. */
function allowedIn(actions: Place, resources: readonly string[]) {
  const exact = new Set<string>();
  const byPattern = new Set<string>();
  for (const place of Array.isArray(actions.value) ? actions.items() : actions.isGiven ? [actions] : []) {
    const text = place.text();
    if (/[*?]/.test(text)) {
      const fitting = matching(text, place);
      if (fitting.length === 0) throw place.fail(`no action of AWS's service reference fits ${text}.`);
      for (const action of fitting) byPattern.add(action);
      continue;
    }
    const known = referencedAction(text);
    if (!known) throw place.fail(unknownAction(text)!);
    const action = `${known.service}:${known.name}`;
    if (known.arns.length > 0 && !resources.some((arn) => actsOn(action, arn))) {
      throw place.fail(`${action} cannot be about ${resources.join(", ")}.`);
    }
    exact.add(action);
  }
  return { exact, byPattern };
}
