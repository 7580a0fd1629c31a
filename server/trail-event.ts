/** One request as CloudTrail would record it, and what the emulator knows besides. Secrets are never in it. */
export interface TrailEvent {
  readonly eventID: string;
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly requestID: string;
  readonly userIdentity: UserIdentity | null;
  readonly requestParameters: unknown;
  readonly readOnly: boolean;
  /** 0 where nobody has told how a call that the gate let through has ended. */
  readonly httpStatus: number;
  /** Of a request that a page of the console made (evidence: cloudtrail-console). */
  readonly sessionCredentialFromConsole?: "true";
  readonly errorCode?: string;
  readonly errorMessage?: string;
  /** What went wrong, where AWS's message leaves that open. */
  readonly errorDetail?: string;
  readonly recipientAccountId?: string;
  /** Of a sign-in: how it ended, and what was used for it. */
  readonly responseElements?: Readonly<Record<string, string>>;
  readonly additionalEventData?: Readonly<Record<string, string>>;
  /** What a call that came through the gate was about. */
  readonly resources?: readonly { readonly ARN: string; readonly accountId?: string }[];
  /** What the refusal would have said, had permissions been enforced (`--enforcement soft`). */
  readonly uncheckedDenial?: string;
  /** The process that has answered, where several share a state. */
  readonly replica?: string;
}

export interface UserIdentity {
  readonly type: string;
  /** Absent, as is the ARN, where nobody is known by the name that was given at a sign-in. */
  readonly principalId?: string;
  readonly arn?: string;
  readonly accountId: string;
  readonly accessKeyId: string;
  readonly userName?: string;
  /** Of a web identity or SAML user. */
  readonly identityProvider?: string;
  /** Of an AWS service, such as `ec2.amazonaws.com`. */
  readonly invokedBy?: string;
  readonly sessionContext?: {
    readonly attributes: { readonly creationDate: string; readonly mfaAuthenticated: "true" | "false" };
    readonly sessionIssuer?: { readonly type: "Role"; readonly principalId: string; readonly arn: string };
    readonly sourceIdentity?: string;
  };
}
