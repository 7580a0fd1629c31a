import type { Transaction } from "../data/store.ts";
import type { Authorization } from "../handlers/authorize.ts";
import { WireError } from "../handlers/errors.ts";
import type { AccessContext } from "../handlers/operation.ts";
import type { ContextKeys, Decision, PolicyType } from "../policy/evaluate.ts";
import { answerQuestion, contextFrom, resourcePolicyFrom } from "../server/question.ts";
import type { Place } from "../server/seed/place.ts";
import { WebError } from "../server/web/errors.ts";
import type { Accounts } from "./accounts.ts";
import type { Principal, Principals } from "./principals.ts";

export const EXPECTED = ["allow", "deny", "explicitDeny", "implicitDeny"] as const;
/** `deny` is either kind. */
export type Expected = (typeof EXPECTED)[number];

/** What must have decided, as far as it is said: a statement by its Sid or by its place from 1, of which policy. */
export interface DecidedBy {
  readonly type?: string | undefined;
  readonly policy?: string | undefined;
  readonly statement?: string | undefined;
}

export interface Expectation {
  readonly expected: Expected;
  readonly decidedBy: DecidedBy | undefined;
  /** Texts that the reasons must hold. */
  readonly why: readonly string[];
}

/** One thing that a test says, and what the engine has decided about it. */
export interface Assertion extends Expectation {
  /** The name of the test. */
  readonly test: string;
  readonly place: Place;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  /** What must be allowed one after the other: more than one thing in a chain of roles. Never empty. */
  readonly steps: readonly Authorization[];
}

/** What is at hand while the tests of a file are read. */
export interface Reading {
  readonly accounts: Accounts;
  readonly tx: Transaction;
  readonly principals: Principals;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/** When a code of an MFA device was given: seconds ago, or never. */
export type Mfa = number | false | undefined;

/** What the engine decides for somebody with these condition keys. */
export const ask = (
  principal: Principal,
  question: { readonly action: string; readonly resource: string; readonly resourcePolicy?: string | undefined },
  keys: ContextKeys,
  mfa: Mfa,
  reading: Reading,
): Authorization =>
  answerQuestion({ ...question, keys: withMfaKey(keys, principal, mfa) }, accessContext(principal, mfa, reading));

/** A request of now, over TLS from this machine, in the region in which emulators are unless told otherwise. */
export function accessContext({ caller }: Principal, mfa: Mfa, { tx, now, accounts }: Reading): AccessContext {
  const { region } = accounts.emulation.options;
  return {
    tx,
    caller,
    account: caller.account,
    now,
    request: { id: "", sourceIp: "127.0.0.1", userAgent: "", region, secure: true },
    ...(typeof mfa === "number" && { mfaAt: now - mfa * 1000 }),
  };
}

/** Temporary credentials say that there was no code, long-term ones say nothing (evidence: mfa-context). */
const withMfaKey = (keys: ContextKeys, { caller }: Principal, mfa: Mfa): ContextKeys =>
  mfa === false || (mfa === undefined && caller.principal.type === "role")
    ? overlaid({ "aws:MultiFactorAuthPresent": "false" }, keys)
    : keys;

/** Condition keys with others over them; their names do not differ by case. */
export function overlaid(keys: ContextKeys, over: ContextKeys): ContextKeys {
  const all = new Map(Object.entries(keys).map((entry) => [entry[0].toLowerCase(), entry]));
  for (const entry of Object.entries(over)) all.set(entry[0].toLowerCase(), entry);
  return Object.fromEntries(all.values());
}

/** Condition keys in a mapping; none where there is no mapping. */
export const keysIn = (place: Place): ContextKeys =>
  place.isGiven ? refusedAt(place, () => contextFrom(place.value)) : {};

export function mfaIn(place: Place): Mfa {
  const { value } = place;
  if (value === undefined || value === false) return value;
  if (value === true) return 0;
  if (typeof value === "number" && value >= 0) return value;
  throw place.fail("must be true, false, or how many seconds ago the code was given.");
}

/** The policy of a resource, inline or in a file. */
export const resourcePolicyIn = (place: Place): string | undefined =>
  place.isGiven ? refusedAt(place, () => resourcePolicyFrom(place.json())) : undefined;

/** What is refused as a request would be, at the place that asks for it. */
export function refusedAt<T>(place: Place, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw cause instanceof WebError || cause instanceof WireError ? place.fail(cause.message) : cause;
  }
}

export const textsIn = (place: Place): string[] =>
  Array.isArray(place.value) ? place.items().map((item) => item.text()) : [place.text()];

const POLICY_TYPES: readonly PolicyType[] = ["rcp", "scp", "resource", "trust", "identity", "boundary", "session"];

export function expectationIn(places: Readonly<Record<"expect" | "decidedBy" | "why", Place>>): Expectation {
  const { expect, decidedBy, why } = places;
  const expected = expect.text() as Expected;
  if (!EXPECTED.includes(expected)) throw expect.fail(`must be one of ${EXPECTED.join(", ")}.`);
  return { expected, decidedBy: decidedByIn(decidedBy), why: why.isGiven ? textsIn(why) : [] };
}

/** A text is a Sid. */
function decidedByIn(place: Place): DecidedBy | undefined {
  if (!place.isGiven) return undefined;
  if (typeof place.value !== "object") return { statement: place.text() };
  const { type, policy, statement } = place.members("type", "policy", "statement");
  const named = type.textIfGiven();
  if (named !== undefined && !POLICY_TYPES.includes(named as PolicyType)) {
    throw type.fail(`must be one of ${POLICY_TYPES.join(", ")}.`);
  }
  return { type: named, policy: policy.textIfGiven(), statement: statement.textIfGiven() };
}

/** The first step that is refused decides, or else the last. */
export function decisive(
  steps: readonly Authorization[],
  decide: (step: Authorization) => Decision = ({ decision }) => decision,
): { readonly step: Authorization; readonly decision: Decision } {
  let made: { readonly step: Authorization; readonly decision: Decision } | undefined;
  for (const step of steps) {
    made = { step, decision: decide(step) };
    if (!made.decision.allowed) return made;
  }
  return made!;
}

export const isAsExpected = (expected: Expected, { kind, allowed }: Decision): boolean =>
  expected === "deny" ? !allowed : expected === (allowed ? "allow" : kind);
