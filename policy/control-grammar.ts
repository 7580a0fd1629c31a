import { referencedService } from "../catalog/service-reference.ts";
import { hasBadLiterals, identityFault, isWellFormed } from "./identity-grammar.ts";
import type { PolicyStructure, PrincipalEntry, Wording } from "./structure.ts";

// AWS Organizations has one text for all faults of its policies.
const NOT_OF_TYPE = "The provided policy document does not meet the requirements of the specified policy type.";
export const CONTROL_WORDING: Wording = { json: NOT_OF_TYPE, syntax: NOT_OF_TYPE };

/** Whether resource control policies cover the service of an action or of a pattern for actions. */
function isUnderResourceControl(action: string): boolean {
  const [, service = ""] = /^([^:]+):[^:]+$/.exec(action) ?? [];
  return referencedService(service.toLowerCase())?.resourceControl ?? false;
}

/** What is wrong with a service control policy, which speaks the language of identity policies; or undefined. */
export function serviceControlFault(policy: PolicyStructure): string | undefined {
  const fault = identityFault(policy, { needsVersion2012: true, checksLiterals: true });
  return fault === undefined ? undefined : NOT_OF_TYPE;
}

/**
 * What is wrong with a resource control policy, which may only deny, to everyone, named actions of the services that take
 * part (facts: aws-more 13.4); or undefined.
 */
export function resourceControlFault(policy: PolicyStructure): string | undefined {
  const fits =
    isWellFormed(policy) &&
    !hasBadLiterals(policy, true) &&
    policy.statements.every(
      ({ effect, principals, actions = [], resources, notResources }) =>
        effect === "Deny" &&
        isEveryone(principals) &&
        actions.length > 0 &&
        actions.every(isUnderResourceControl) &&
        (resources ?? notResources ?? []).length > 0,
    );
  return fits ? undefined : NOT_OF_TYPE;
}

function isEveryone(principals: readonly PrincipalEntry[] | undefined): boolean {
  return principals?.length === 1 && principals.every(({ type, value }) => value === "*" && (type ?? "AWS") === "AWS");
}
