import { collection } from "../store.ts";
import { fold, type Tag } from "./accounts.ts";

export interface Role {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** `AROA…` */
  readonly id: string;
  readonly createdAt: number;
  readonly description?: string;
  readonly maxSessionSeconds: number;
  /** The trust policy, byte for byte as it was sent. */
  readonly trustPolicy: string;
  /**
   * Principal ARN as written in the trust policy -> the unique id it had at that time. AWS binds trust to ids, not to
   * names.
   */
  readonly trustBindings: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly boundary?: string;
  /** For a role made by AcquireRole: its template and the values of the template's parameters. */
  readonly source?: RoleSource;
}
export const roles = collection("roles", (r: Role) => [r.account, fold(r.name)], {
  id: (r) => [r.account, r.id],
  boundary: (r) => (r.boundary === undefined ? undefined : [r.account, r.boundary]),
});

export interface RoleSource {
  readonly templateArn: string;
  readonly minorVersion: number;
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** Gives an EC2 instance its role. */
export interface InstanceProfile {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** `AIPA…` */
  readonly id: string;
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  /** Unique id of the role in it; there is at most one. */
  readonly role?: string;
}
export const instanceProfiles = collection("instance-profiles", (p: InstanceProfile) => [p.account, fold(p.name)], {
  role: (p) => (p.role === undefined ? undefined : [p.account, p.role]),
});

/** The deletion of a service-linked role, which has to be asked of its service. */
export interface RoleDeletion {
  readonly account: string;
  /** `task/aws-service-role/SERVICE/ROLE/UUID` */
  readonly id: string;
  readonly roleName: string;
  readonly startedAt: number;
}
export const roleDeletions = collection("role-deletions", (d: RoleDeletion) => [d.account, d.id], {
  role: (d) => [d.account, fold(d.roleName)],
});
