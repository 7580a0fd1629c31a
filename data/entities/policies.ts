import { collection } from "../store.ts";
import { fold, type Tag } from "./accounts.ts";

/** A customer managed policy; its documents are in its versions. */
export interface ManagedPolicy {
  readonly account: string;
  /** `ANPA…`; lists are in the order of these ids. */
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly description?: string;
  readonly tags: readonly Tag[];
  readonly defaultVersion: number;
  /** Version numbers are never reused. */
  readonly lastVersion: number;
}
export const managedPolicies = collection("managed-policies", (p: ManagedPolicy) => [p.account, p.id], {
  arn: (p) => [p.arn],
  name: (p) => [p.account, fold(p.name)],
});

export interface PolicyVersion {
  readonly account: string;
  readonly policy: string;
  readonly number: number;
  readonly document: string;
  readonly createdAt: number;
}
export const policyVersions = collection("policy-versions", (v: PolicyVersion) => [
  v.account,
  v.policy,
  versionKey(v.number),
]);

/** Version numbers as keys that sort as numbers do. */
export const versionKey = (number: number): string => String(number).padStart(10, "0");

/** A managed policy (a customer's or AWS's) attached to a user, group or role, whose unique id is `owner`. */
export interface Attachment {
  readonly account: string;
  readonly owner: string;
  readonly ownerType: "User" | "Group" | "Role";
  readonly policyArn: string;
  readonly policyId: string;
}
export const attachments = collection("attachments", (a: Attachment) => [a.account, a.owner, a.policyId], {
  policy: (a) => [a.account, a.policyArn],
});

/** A policy embedded in a user, role or group. `owner` is the unique id of that entity. */
export interface InlinePolicy {
  readonly account: string;
  readonly owner: string;
  readonly name: string;
  readonly document: string;
}
export const inlinePolicies = collection("inline-policies", (p: InlinePolicy) => [p.account, p.owner, fold(p.name)]);
