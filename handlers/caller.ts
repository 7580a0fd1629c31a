import type { Tag } from "../data/entities/accounts.ts";
import type { ContextKeys } from "../policy/keys.ts";

/** Who signed a request, as far as IAM's rules need to know. */
export interface Caller {
  readonly account: string;
  /** `arn:aws:iam::A:user/…`, `…:root`, `arn:aws:sts::A:assumed-role/…`, `arn:aws:sts::A:federated-user/…` */
  readonly arn: string;
  /** GetCallerIdentity's UserId: `AIDA…`, the account number, `AROA…:session`, `A:name`. */
  readonly userId: string;
  readonly principal: Principal;
  readonly credential: CredentialKind;
  readonly accessKeyId: string;
  readonly session?: Session;
}

export type Principal =
  | { readonly type: "root" }
  | { readonly type: "user"; readonly id: string; readonly name: string }
  | {
      readonly type: "role";
      readonly id: string;
      readonly roleName: string;
      readonly roleArn: string;
      readonly sessionName: string;
    }
  | {
      readonly type: "federated-user";
      readonly name: string;
      /** Unique id of the user who asked for the credentials, or the account number. */ readonly issuer: string;
    }
  /** The subject of a verified token or assertion in AssumeRoleWithWebIdentity or AssumeRoleWithSAML. */
  | {
      readonly type: "federated";
      readonly proof: "web-identity" | "saml";
      /** ARN of the identity provider. */ readonly provider: string;
      /** The provider's name for the subject. */ readonly subject: string;
      /** Condition keys from the token or assertion, such as `gitlab.com:sub` and `saml:aud`. */ readonly keys: ContextKeys;
    }
  /** An AWS service that acts for itself, as EC2 does when it assumes an instance's role. */
  | {
      readonly type: "service";
      /** Such as `ec2.amazonaws.com`. */ readonly service: string;
      /** Condition keys of its request, such as `aws:SourceAccount`. */ readonly keys: ContextKeys;
      /** Condition keys for the session that it makes, such as `ec2:SourceInstanceARN`. */ readonly sessionKeys: ContextKeys;
    }
  /** An unsigned call whose proof has not been verified yet. */
  | { readonly type: "anonymous" };

export type CredentialKind =
  | "long-term"
  | "session-token"
  | "assumed-role"
  | "federation"
  /** A root user's session for one task, from AssumeRoot. */
  | "assumed-root"
  /** From GetDelegatedAccessToken: a session of the user, role or root that accepted the delegation. */
  | "delegated"
  /** A user or root who has signed in to the console. */
  | "console"
  | "none";

/** The content of a session token. Times are milliseconds. */
export interface Session {
  readonly accessKeyId: string;
  readonly secret: string;
  readonly account: string;
  readonly kind: Exclude<CredentialKind, "long-term" | "none">;
  /** Unique id of the user or role, or the account number for root: the session ends when it is deleted. */
  readonly principalId: string;
  /** RoleSessionName, or the Name of a federated user. */
  readonly sessionName?: string;
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** Set if the role was assumed by another role. */
  readonly chained?: true;
  /** When the MFA code was accepted; absent without MFA. */
  readonly mfaAt?: number;
  /** Inline session policy, as it was sent. */
  readonly policy?: string;
  /** Managed session policies, by ARN; their current default version counts. For `assumed-root`, the task's policy. */
  readonly policyArns?: readonly string[];
  /** The policies by which GetScopedCredentials has limited the session, one per call: each of them must allow. */
  readonly scopes?: readonly string[];
  readonly tags?: readonly Tag[];
  readonly transitiveTagKeys?: readonly string[];
  readonly sourceIdentity?: string;
  /** ARN of the identity provider that the session was issued for; absent in sessions of roles assumed with it. */
  readonly federatedProvider?: string;
  /** Condition keys that the session keeps: from the token or assertion, or from the service that made it. */
  readonly federatedKeys?: ContextKeys;
  /** The grant of the sign-in service that it comes from, with which it can be revoked. */
  readonly grant?: string;
}
