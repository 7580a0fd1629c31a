import type { ContextKeys } from "../policy/keys.ts";

// What the gate makes of a request to an AWS service that is not the emulator: which operation it is, and what it takes to
// be allowed to do it.

/** How a service speaks; `s3` is REST and XML with rules of its own. */
export type Protocol = "cbor" | "ec2" | "json" | "query" | "rest-json" | "rest-xml" | "s3";

/** A request as it came off the wire, and what its signature has told. */
export interface ServiceRequest {
  readonly method: string;
  /** The request target as on the wire. */
  readonly target: string;
  /** Node's flat list of name, value, name, value, decoded as latin1. */
  readonly rawHeaders: readonly string[];
  /** The whole body; empty where it is streamed and nothing in it decides (`needsBody`). */
  readonly body: Uint8Array;
  /** As the scope of the signature names it, such as `dynamodb`. */
  readonly service: string;
  readonly region: string;
  /** Of the caller: whose tables, queues and keys are meant by a bare name. */
  readonly account: string;
}

/** One thing that the caller must be allowed to do. */
export interface Check {
  /** Such as `s3:GetObject`. */
  readonly action: string;
  /** An ARN, or `*`. */
  readonly resource: string;
  /** Condition keys of the service and of this request; the global ones come from the caller. */
  readonly keys: ContextKeys;
  /**
   * Names of condition keys that AWS would have here and nobody can know, such as `s3:ExistingObjectTag/*`. They are absent from `keys`;
   * but where a few values are all that it can be, those are there: `dynamodb:LeadingKeys` of a table whose hash key is unknown.
   */
  readonly unknowable: readonly string[];
}

export interface MappedCall {
  readonly service: string;
  /** Such as `GetItem`. */
  readonly operation: string;
  readonly protocol: Protocol;
  /** Members of the input as the service's API names them, as far as the mapping has read them; no bodies of objects. */
  readonly input: Readonly<Record<string, unknown>>;
  /** All must be allowed. Never empty but for operations that AWS asks no permission for. */
  readonly checks: readonly Check[];
  /** What to forward in place of the request's target, where S3's bucket stood in the host: the same in path style. */
  readonly target?: string;
}

/** A call that cannot be mapped: it is refused, and named. */
export interface Unmapped {
  readonly service: string;
  readonly operation: string;
  readonly protocol: Protocol;
  /** A sentence for people. */
  readonly unmapped: string;
  /** What somebody would have to know (`Known`) for the call to be mapped. */
  readonly needs?: { readonly kind: "kms-alias"; readonly arn: string };
}

/** What requests do not tell and the gate has learnt otherwise, from answers that have passed through it; all by ARN. */
export interface Known {
  /** The attribute that is the hash key of a table or an index. */
  readonly hashKey?: (arn: string) => string | undefined;
  /** The ARN of the key that an alias of KMS stands for. */
  readonly keyOfAlias?: (arn: string) => string | undefined;
  /** The ARN of the key that a ciphertext of KMS, in base64, is of. */
  readonly keyOfCiphertext?: (ciphertext: string) => string | undefined;
  /** The full ARN of a secret, with its random suffix, by the ARN that ends in its name. */
  readonly secret?: (arn: string) => string | undefined;
}
