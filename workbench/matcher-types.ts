/** A policy document: what is in the file, as an object or as its text. */
export type PolicyDocument = object | string;

/** What somebody asks for. */
export interface AccessAsked {
  /** Such as `s3:GetObject`. */
  readonly action: string;
  /** An ARN; `*` by default. */
  readonly resource?: string;
  /** Condition keys, in place of those that are known: a list makes a multivalued key. */
  readonly context?: Readonly<Record<string, string | number | boolean | readonly (string | number | boolean)[]>>;
  /** Who asks: the ARN of a user or role; a made-up user by default. */
  readonly principal?: string;
  /** Whether a code of an MFA device was given, or how many seconds ago. */
  readonly mfa?: boolean | number;
  /** The policy of the resource. */
  readonly resourcePolicy?: PolicyDocument;
}

/** What a matcher of Jest and Vitest answers. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** The matchers as `expect(…)` has them, for declarations of Jest and Vitest to extend. */
export interface PolicyMatchers<R = void> {
  /** The policy, or a list of several together, allows it. */
  toAllow(asked: AccessAsked): R;
  /** The policy, or a list of several together, denies it: either way, unless `kind` says which. */
  toDeny(asked: AccessAsked & { readonly kind?: "explicitDeny" | "implicitDeny" }): R;
}
