import { gatedResources, type GatedResource } from "../../data/entities/gate.ts";
import type { Transaction } from "../../data/store.ts";
import { hashKeysIn } from "./hash-keys.ts";
import { holderOf, ownerOf } from "./known.ts";
import { checkedPolicy, type CheckedPolicy } from "./policies.ts";

type Input = Readonly<Record<string, unknown>>;

/** A call that may be let through, as far as what it changes follows from it. */
export interface Call {
  readonly service: string;
  readonly input: Input;
  /** The body, where the service's protocol has a document for one. */
  readonly document: string;
  /** What it is about, first of all; `*` where the request does not tell. */
  readonly arn: string;
  readonly arns: readonly string[];
  /** The tags that it brings along. */
  readonly tags: Readonly<Record<string, string>>;
  /** The caller's account. */
  readonly account: string;
  /** The account of resources that nobody has seen made and whose ARN does not tell. */
  readonly home: string;
}

/** What a service has answered: its members, as far as the answer could be read. */
export type ServiceAnswer = Input;

/** Keeps what a call has changed, once its service has done it. */
export type Keep = (tx: Transaction, answer: ServiceAnswer) => void;

/** What a call will change; undefined where that is nothing. Throws the service's own refusal of what cannot be. */
export type Change = (call: Call, tx: Transaction) => Keep | undefined;

/** Where in an input a policy is; undefined where there is none. */
type PolicyMember = (input: Input, document: string) => unknown;

function policyIn(member: PolicyMember | undefined, call: Call, tx: Transaction): CheckedPolicy | "" | undefined {
  const text = member?.(call.input, call.document);
  if (typeof text !== "string") return undefined;
  return text === "" && call.service !== "s3" ? "" : checkedPolicy(text, call, tx);
}

/** The resource gets a policy; an empty text takes it away. */
export const sets =
  (member: PolicyMember): Change =>
  (call, tx) => {
    const policy = policyIn(member, call, tx);
    if (policy === undefined) return undefined;
    return (later) => (policy === "" ? withoutPolicy(later, call) : update(later, call, policy));
  };

export const removes: Change = (call) => (tx) => withoutPolicy(tx, call);

/**
 * A resource is made, and is the caller's. `found` is its ARN in the answer, where the request does not tell it or the service may
 * be in another account than the caller thinks.
 */
export const makes =
  (found?: (answer: ServiceAnswer) => unknown, member?: PolicyMember): Change =>
  (call, tx) => {
    const policy = policyIn(member, call, tx);
    const hashKeys = hashKeysIn(call.input);
    return (later, answer) => {
      const told = found?.(answer);
      const arn = typeof told === "string" && told.startsWith("arn:") ? told : call.arn;
      if (arn === "*") return;
      const known = later.get(gatedResources, arn);
      // Some services let one make again what is there; that makes nobody else its owner.
      const account = known?.account ?? call.account;
      const tags = known ? known.tags : call.tags;
      later.put(gatedResources, {
        ...known,
        arn,
        account,
        ...(tags && { tags }),
        ...(policy || undefined),
        ...(hashKeys && { hashKeys }),
      });
    };
  };

export const deletes: Change = (call) => (tx) => void tx.delete(gatedResources, call.arn);

/** The answer tells the keys of a table and of its indexes. */
export const learns: Change = (call) => (tx, answer) => {
  const hashKeys = hashKeysIn((answer["Table"] ?? answer["TableDescription"]) as Input | undefined);
  const known = tx.get(gatedResources, holderOf(call.arn));
  const isNew = JSON.stringify(known?.hashKeys) !== JSON.stringify(hashKeys);
  if (hashKeys && isNew) update(tx, call, { hashKeys });
};

/** Changes what is known of the resource that a call is about. */
export function update(tx: Transaction, { arn, home }: Call, change: Partial<GatedResource>): void {
  const holder = holderOf(arn);
  const known = tx.get(gatedResources, holder) ?? { arn: holder, account: ownerOf(holder, home, tx) };
  tx.put(gatedResources, { ...known, ...change });
}

/** Takes away the policy of the resource that a call is about. */
export function withoutPolicy(tx: Transaction, { arn }: Call): void {
  const known = tx.get(gatedResources, holderOf(arn));
  if (known === undefined) return;
  const { policy: _policy, bindings: _bindings, ...rest } = known;
  tx.put(gatedResources, rest);
}
