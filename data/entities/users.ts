import { collection } from "../store.ts";
import { fold, type Tag } from "./accounts.ts";

export interface User {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** `AIDA…`; other records refer to the user by this id, so that a rename does not change them. */
  readonly id: string;
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  /** ARN of the permissions boundary. */
  readonly boundary?: string;
}
export const users = collection("users", (u: User) => [u.account, fold(u.name)], {
  id: (u) => [u.account, u.id],
  boundary: (u) => (u.boundary === undefined ? undefined : [u.account, u.boundary]),
});

export interface Group {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** `AGPA…` */
  readonly id: string;
  readonly createdAt: number;
}
export const groups = collection("groups", (g: Group) => [g.account, fold(g.name)], { id: (g) => [g.account, g.id] });

export interface Membership {
  readonly account: string;
  readonly group: string;
  readonly user: string;
}
export const memberships = collection("memberships", (m: Membership) => [m.account, m.group, m.user], {
  user: (m) => [m.account, m.user],
});

export interface AccessKey {
  readonly account: string;
  readonly id: string;
  readonly secret: string;
  /** Unique id of the user, or the account number for root. */
  readonly owner: string;
  readonly status: "Active" | "Inactive";
  readonly createdAt: number;
}
export const accessKeys = collection("access-keys", (k: AccessKey) => [k.id], { owner: (k) => [k.account, k.owner] });

export interface LoginProfile {
  readonly account: string;
  /** Unique id of the user, or the account number for root. */
  readonly owner: string;
  /** scrypt: `scrypt$N$r$p$salt$hash`, salt and hash in base64. Empty until root has set a password. */
  readonly passwordHash: string;
  readonly formerHashes: readonly string[];
  readonly createdAt: number;
  readonly changedAt: number;
  readonly resetRequired: boolean;
  /** How often the old password was given wrongly, and since when (milliseconds). */
  readonly wrongPasswords?: { readonly since: number; readonly count: number };
}
export const loginProfiles = collection("login-profiles", (l: LoginProfile) => [l.account, l.owner]);
