import { accounts } from "../../data/entities/accounts.ts";
import { serviceLinkedRoles } from "../../catalog/service-linked-roles.ts";
import { InvalidInput } from "../errors.ts";
import { operation, type Permission } from "../operation.ts";
import { existingAccount } from "./account.ts";
import { findRole } from "./roles.ts";
import { creationPermission, makeServiceLinkedRole } from "./service-linked-roles.ts";

// The only namespace, and the only property in it that counts (evidence: properties-rules).
const NAMESPACE = "RoleManager";
const ENABLED = `${NAMESPACE}/Enabled`;

const ROLE_MANAGER = serviceLinkedRoles.get("role-manager.iam.amazonaws.com")!;

const namespacesOf = (keys: readonly string[]): string[] => [...new Set(keys.map((key) => key.split("/", 1)[0]!))];

export const GetAccountProperties = operation("GetAccountProperties", {
  keys: () => ({ "iam:AccountPropertyNamespaces": [NAMESPACE] }),
  handle: (_input, context) => ({ Properties: { [ENABLED]: String(existingAccount(context).roleManager ?? false) } }),
});

export const PutAccountProperties = operation("PutAccountProperties", {
  *permissions(input, context): Iterable<Permission> {
    const namespaces = namespacesOf(Object.keys(input.Properties!));
    yield {
      action: "iam:PutAccountProperties",
      resource: { arn: "*" },
      ...(namespaces.length > 0 && { keys: { "iam:AccountPropertyNamespaces": namespaces } }),
    };
    // Turning it on needs this permission as well, even if the role exists (evidence: properties-enable).
    if (enabledIn(input.Properties!)) yield creationPermission(ROLE_MANAGER.service, undefined, context);
  },
  handle(input, context) {
    const roleManager = enabledIn(input.Properties!);
    context.tx.put(accounts, { ...existingAccount(context), roleManager });
    if (roleManager && !findRole(ROLE_MANAGER.roleName, context)) {
      makeServiceLinkedRole(ROLE_MANAGER, ROLE_MANAGER.roleName, undefined, context);
    }
  },
});

/** The new value of the only property. Throws InvalidInput; which of several faults AWS reports first is not known. */
function enabledIn(properties: Readonly<Record<string, string>>): boolean {
  const names = Object.keys(properties);
  const bare = names.find((name) => !name.includes("/"));
  if (bare !== undefined) throw InvalidInput(`Property key must be in format Namespace/PropertyName: ${bare}`);
  const [namespace = NAMESPACE, ...others] = namespacesOf(names);
  if (others.length > 0) throw InvalidInput("All properties must belong to the same namespace");
  if (namespace !== NAMESPACE) throw InvalidInput(`Unsupported namespace: ${namespace}`);
  if (!Object.hasOwn(properties, ENABLED)) throw InvalidInput("RoleManager namespace requires Enabled property");
  const value = properties[ENABLED];
  if (value !== "true" && value !== "false") throw InvalidInput("Enabled must be 'true' or 'false'");
  return value === "true";
}
