import { referencedServices } from "../../catalog/service-reference.ts";
import { decide, policiesFor } from "../authorize.ts";
import type { Context } from "../operation.ts";
import { explain } from "../../policy/explain.ts";
import { Glob } from "../../policy/glob.ts";
import { structureOf } from "../../policy/structure.ts";

/**
 * Whether the caller may do everything that a policy allows: approximately, which the API reference also says of AWS's
 * own check. Each action and resource that the policy names is decided by the caller's policies. UNSURE if that depends
 * on conditions, or if the policy does not name what it allows.
 */
export function permissionCheck(document: string, context: Context): "ALLOWED" | "DENIED" | "UNSURE" {
  const policies = policiesFor({ action: "*", resource: { arn: "*" } }, context);
  let unsure = false;
  for (const statement of structureOf(document).statements) {
    if (statement.effect !== "Allow") continue;
    if (!statement.actions || !statement.resources || statement.conditions.length > 0) unsure = true;
    for (const action of (statement.actions ?? []).flatMap(actionsLike)) {
      for (const arn of statement.resources ?? ["*"]) {
        const { decision, request } = decide({ action, resource: { arn } }, policies, context);
        if (decision.allowed) continue;
        if (explain(policies, request).unmet.length === 0) return "DENIED";
        unsure = true;
      }
    }
  }
  return unsure ? "UNSURE" : "ALLOWED";
}

/** The actions that match a pattern, from the service authorization reference. */
function actionsLike(pattern: string): string[] {
  if (!/[*?]/.test(pattern)) return [pattern];
  const glob = Glob.of(pattern.toLowerCase());
  return Object.entries(referencedServices()).flatMap(([prefix, { actions }]) =>
    Object.keys(actions)
      .map((name) => `${prefix}:${name}`)
      .filter((action) => glob.matches(action.toLowerCase())),
  );
}
