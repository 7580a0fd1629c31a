import { collection } from "../store.ts";
import type { Tag } from "./accounts.ts";

/** A partner of AWS, whose account may ask other accounts for delegated access. */
export interface DelegationPartner {
  readonly account: string;
  /** The name that those accounts see. */
  readonly name: string;
  readonly templates: readonly DelegationTemplate[];
}
export const delegationPartners = collection("delegation-partners", (p: DelegationPartner) => [p.account]);

/** A policy that a partner has registered to ask for. */
export interface DelegationTemplate {
  readonly arn: string;
  /** With parameters, such as `@{Bucket}`, inside its texts. */
  readonly document: string;
  /** The permissions boundaries that roles made under it must have. */
  readonly restrictionArns: readonly string[];
}

export type DelegationState = "UNASSIGNED" | "ASSIGNED" | "PENDING_APPROVAL" | "ACCEPTED" | "REJECTED" | "FINALIZED";

export interface DelegationRequest {
  readonly id: string;
  /** The partner's account. */
  readonly requestor: string;
  readonly requestorName: string;
  readonly workflowId: string;
  /** The account that is asked, once it is known. */
  readonly ownerAccount?: string;
  /** ARN of the identity that has associated the request with its account. */
  readonly owner?: string;
  readonly state: DelegationState;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly description: string;
  readonly message?: string;
  readonly templateArn: string;
  readonly parameters: readonly DelegationParameter[];
  /** The policy that is asked for: the template, filled in. */
  readonly document: string;
  readonly restrictionArns: readonly string[];
  readonly redirectUrl?: string;
  /** ARN of an SNS topic. */
  readonly channel: string;
  readonly sessionSeconds: number;
  readonly onlySendByOwner: boolean;
  readonly notes?: string;
  readonly rejectionReason?: string;
  readonly approver?: DelegationApprover;
  /** What the partner exchanges for credentials, once it is sent. */
  readonly tradeInToken?: string;
}
export const delegationRequests = collection("delegation-requests", (r: DelegationRequest) => [r.id], {
  workflow: (r) => [r.requestor, r.workflowId],
  owner: (r) => (r.owner === undefined ? undefined : [r.ownerAccount!, r.id]),
  token: (r) => (r.tradeInToken === undefined ? undefined : [r.tradeInToken]),
});

export interface DelegationParameter {
  readonly name: string;
  readonly values: readonly string[];
  readonly type: "string" | "stringList";
}

/**
 * The identity that accepted a request, as it was at that time. The partner gets this identity's credentials, with the
 * limits and contents of its session (handlers/caller.ts, `Session`).
 */
export interface DelegationApprover {
  readonly arn: string;
  readonly principalId: string;
  readonly sessionName?: string;
  readonly mfaAt?: number;
  readonly policy?: string;
  readonly policyArns?: readonly string[];
  readonly scopes?: readonly string[];
  readonly tags?: readonly Tag[];
  readonly transitiveTagKeys?: readonly string[];
  readonly sourceIdentity?: string;
  readonly federatedProvider?: string;
  readonly federatedKeys?: Readonly<Record<string, string | readonly string[]>>;
}

/** What IAM has published to a partner's SNS topic. */
export interface DelegationNotification {
  readonly channel: string;
  /** Number of the message to this topic, from 1. */
  readonly number: number;
  readonly requestId: string;
  readonly state: DelegationState;
  readonly sentAt: number;
  readonly tradeInToken?: string;
}
export const delegationNotifications = collection("delegation-notifications", (n: DelegationNotification) => [
  n.channel,
  String(n.number).padStart(10, "0"),
]);
