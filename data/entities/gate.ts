import { collection, ephemeral } from "../store.ts";
import { timeKey } from "../time-key.ts";

// What the gate has learnt of the resources of other services, from the calls that have passed through it.

export interface GatedResource {
  readonly arn: string;
  /** The account that owns it: whose caller has made it. */
  readonly account: string;
  /** Its policy, byte for byte as it was sent, or as the service puts it together. */
  readonly policy?: string;
  /** Principal ARN as written in the policy -> the unique id it had then. */
  readonly bindings?: Readonly<Record<string, string>>;
  /** Of a table: the attribute that is the hash key, by the name of the index, with the table's own under the empty name. */
  readonly hashKeys?: Readonly<Record<string, string>>;
  /** Its tags; absent for what was there before, whose tags nobody knows. */
  readonly tags?: Readonly<Record<string, string>>;
}
export const gatedResources = collection("gated-resources", (r: GatedResource) => [r.arn], {
  /** Of a secret, whose ARN ends in six letters that nobody chooses: the ARN without them. */
  secret: ({ arn }) =>
    /^arn:[^:]+:secretsmanager:.*-\w{6}$/.test(arn) ? [arn.slice(0, -"-123456".length)] : undefined,
});

/** An alias of a KMS key, and the ARN of the key. */
export interface KeyAlias {
  readonly arn: string;
  /** Whose caller has made it. */
  readonly account: string;
  readonly key: string;
}
export const keyAliases = collection("key-aliases", (a: KeyAlias) => [a.arn], { key: (a) => [a.key] });

/** Which key a ciphertext of KMS is of. A restart ends it: each data key that is made has one. */
export interface CiphertextKey {
  /** SHA-256 of the ciphertext's bytes, in hexadecimal. */
  readonly digest: string;
  /** The ARN of the key. */
  readonly key: string;
  readonly seenAt: number;
}
export const ciphertextKeys = ephemeral(
  collection("ciphertext-keys", (c: CiphertextKey) => [c.digest], { age: (c) => [timeKey(c.seenAt)] }),
);
