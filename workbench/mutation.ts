import { evaluate } from "../policy/evaluate.ts";
import type { Authorization } from "../handlers/authorize.ts";
import type { Assertion } from "./assertions.ts";
import { mutantsOf, type Mutant } from "./mutants.ts";
import { mapPolicies, type TestedPolicy } from "./policies.ts";
import { problemsOf } from "./results.ts";

export interface Survivor extends Omit<Mutant, "document"> {
  readonly policy: TestedPolicy;
}

export interface Mutation {
  readonly mutants: number;
  /** Those that no test has noticed. */
  readonly survivors: readonly Survivor[];
  /** Of mutants that were noticed; whole, rounded down; 100 where there are none. */
  readonly percent: number;
}

/** Weakens each statement in turn and says what no test has noticed. Assertions that fail anyway count for nothing. */
export function mutationOf(policies: readonly TestedPolicy[], assertions: readonly Assertion[]): Mutation {
  const concerned = assertionsByPolicy(assertions.filter(({ steps, ...said }) => problemsOf(said, steps).length === 0));
  let mutants = 0;
  const survivors: Survivor[] = [];
  for (const policy of policies) {
    const ofPolicy = concerned.get(policy.key) ?? [];
    for (const { document, ...mutant } of mutantsOf(policy.document)) {
      mutants++;
      if (!ofPolicy.some((assertion) => notices(assertion, policy.key, document)))
        survivors.push({ policy, ...mutant });
    }
  }
  const percent = mutants === 0 ? 100 : Math.floor((100 * (mutants - survivors.length)) / mutants);
  return { mutants, survivors, percent };
}

function assertionsByPolicy(assertions: readonly Assertion[]): ReadonlyMap<string, readonly Assertion[]> {
  const concerned = new Map<string, Assertion[]>();
  for (const assertion of assertions) {
    const keys = new Set<string>();
    for (const step of assertion.steps) mapPolicies(step, (key, document) => (keys.add(key), document));
    for (const key of keys) {
      const others = concerned.get(key);
      if (others) others.push(assertion);
      else concerned.set(key, [assertion]);
    }
  }
  return concerned;
}

/** Whether an assertion fails with another document in the place of a policy's. */
function notices({ steps, ...said }: Assertion, key: string, document: string): boolean {
  const changed = steps.map((step): Authorization => {
    const policies = mapPolicies(step, (other, own) => (other === key ? document : own));
    return { policies, request: step.request, decision: evaluate(policies, step.request) };
  });
  return problemsOf(said, changed).length > 0;
}
