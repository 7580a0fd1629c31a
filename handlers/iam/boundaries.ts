import { roles } from "../../data/entities/roles.ts";
import { users } from "../../data/entities/users.ts";
import { boundaryKeys, existingBoundary } from "../permissions-boundary.ts";
import { NoSuchEntity } from "../errors.ts";
import { operation } from "../operation.ts";
import { findRole, modifiableRole, roleResource } from "./roles.ts";
import { existingUser, findUser, userResource } from "./users.ts";

export const PutUserPermissionsBoundary = operation("PutUserPermissionsBoundary", {
  resource: (input, context) => userResource(input.UserName, context),
  keys: (input) => boundaryKeys(input.PermissionsBoundary),
  handle(input, context) {
    const user = existingUser(input.UserName!, context);
    context.tx.put(users, { ...user, boundary: existingBoundary(input.PermissionsBoundary!, "User", context) });
  },
});

export const DeleteUserPermissionsBoundary = operation("DeleteUserPermissionsBoundary", {
  resource: (input, context) => userResource(input.UserName, context),
  keys: (input, context) => boundaryKeys(findUser(input.UserName!, context)?.boundary),
  handle(input, context) {
    const { boundary, ...user } = existingUser(input.UserName!, context);
    if (boundary === undefined) throw noBoundary("user", user.name);
    context.tx.put(users, user);
  },
});

export const PutRolePermissionsBoundary = operation("PutRolePermissionsBoundary", {
  resource: (input, context) => roleResource(input.RoleName!, context),
  keys: (input) => boundaryKeys(input.PermissionsBoundary),
  handle(input, context) {
    const role = modifiableRole(input.RoleName!, context);
    context.tx.put(roles, { ...role, boundary: existingBoundary(input.PermissionsBoundary!, "Role", context) });
  },
});

export const DeleteRolePermissionsBoundary = operation("DeleteRolePermissionsBoundary", {
  resource: (input, context) => roleResource(input.RoleName!, context),
  keys: (input, context) => boundaryKeys(findRole(input.RoleName!, context)?.boundary),
  handle(input, context) {
    const { boundary, ...role } = modifiableRole(input.RoleName!, context);
    if (boundary === undefined) throw noBoundary("role", role.name);
    context.tx.put(roles, role);
  },
});

/** AWS's code is known, its text is not (evidence: boundary-none-set). */
const noBoundary = (kind: "user" | "role", name: string) =>
  NoSuchEntity(`The permissions boundary of ${kind} ${name} cannot be found.`);
