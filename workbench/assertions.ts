import type { Transaction } from "../data/store.ts";
import type { Authorization } from "../handlers/authorize.ts";
import { WireError } from "../handlers/errors.ts";
import type { ContextKeys, Decision, PolicyType } from "../policy/evaluate.ts";
import { answerQuestion, contextFrom, resourcePolicyFrom } from "../server/question.ts";
import type { Place } from "../server/seed/place.ts";
import { WebError } from "../server/web/errors.ts";
import type { Accounts } from "./accounts.ts";
import { requestContext, withMfaKey, type Mfa } from "./request-context.ts";
import type { Principal, Principals } from "./principals.ts";
import type { Expected } from "./test-results.ts";

const EXPECTED: readonly Expected[] = ["allow", "deny", "explicitDeny", "implicitDeny"];

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

/** What the engine decides for somebody with these condition keys. */
export const ask = (
  principal: Principal,
  question: { readonly action: string; readonly resource: string; readonly resourcePolicy?: string | undefined },
  keys: ContextKeys,
  mfa: Mfa,
  reading: Reading,
): Authorization =>
  answerQuestion(
    { ...question, keys: withMfaKey(keys, principal.caller, mfa) },
    requestContext(principal.caller, mfa, reading),
  );

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
