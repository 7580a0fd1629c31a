import type { Dependents } from "../deletion.ts";
import type { Entity } from "../entity.ts";
import type { SignedInView } from "../page.ts";
import { attachedPolicies, inlinePolicyNames } from "./policies.ts";

/** The policies that have to go before an entity is deleted. */
export const policyDependents = (entity: Entity, view: SignedInView): readonly Dependents[] => {
  const { kind, input } = entity;
  return [
    {
      label: "Managed policies (detached)",
      find: async () =>
        (await attachedPolicies(entity, view)).map(({ PolicyName = "", PolicyArn = "" }) => ({
          name: PolicyName,
          remove: () => view.call(`Detach${kind}Policy`, { ...input, PolicyArn }),
        })),
    },
    {
      label: "Inline policies",
      find: async () =>
        (await inlinePolicyNames(entity, view)).map((PolicyName) => ({
          name: PolicyName,
          remove: () => view.call(`Delete${kind}Policy`, { ...input, PolicyName }),
        })),
    },
  ];
};
