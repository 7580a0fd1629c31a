import { isNegated, spell } from "../policy/conditions.ts";
import type { PolicyType } from "../policy/evaluate.ts";
import type { ConditionFinding } from "../policy/explain.ts";
import { nameOf, type DecisionReport, type StatementReport } from "./decision-report.ts";

/**
 * What would have to change for a denied request to be allowed, in sentences, the first of which is about what decided. All of
 * them are needed, but for those that begin with "Or". Nothing for what is allowed.
 */
export function remedies(report: DecisionReport): string[] {
  if (report.decision === "allowed") return [];
  const denies = report.decision === "explicitDeny" ? report.matched.map(withoutDeny) : [];
  const silent = report.silent.filter((type) => type !== report.decidedBy && type !== "resource");
  const lacking = report.decision === "implicitDeny" ? [report.decidedBy, ...silent] : silent;
  return [...denies, ...lacking.flatMap((type) => withAllow(type, report))];
}

/** How a statement that denies would not. */
function withoutDeny(statement: StatementReport): string {
  const { conditions } = statement;
  const name = nameOf(statement);
  if (conditions.length === 0) {
    return `${name} denies it whatever the request has: take the action or the resource out of the statement, since no allow outweighs a deny.`;
  }
  return `${name} would not deny it if ${conditions.map((condition) => needed(condition, false)).join(", or if ")}.`;
}

/** How a type of policy would allow: by what a request must have for the statements there are, and by another statement. */
function withAllow(type: PolicyType, { unmet, action, resource }: DecisionReport): string[] {
  const statements = unmet.filter(({ policyType }) => policyType === type);
  if (statements.length === 0) {
    return [
      `An allow is lacking in ${PLACES[type]}: ${JSON.stringify({ Effect: "Allow", Action: action, Resource: resource })}`,
    ];
  }
  return statements.map((statement, place) => {
    const conditions = statement.conditions.filter(({ met }) => !met);
    const wanted = conditions.map((condition) => needed(condition, true)).join(", and if ");
    return `${place === 0 ? "" : "Or: "}${nameOf(statement)} would allow it if ${wanted}.`;
  });
}

const PLACES: Readonly<Record<PolicyType, string>> = {
  identity: "the identity-based policies of the caller",
  boundary: "the permissions boundary, which must allow as well",
  session: "the session policies, which must allow as well",
  scp: "the service control policies, of which one on each level must allow",
  rcp: "the resource control policies, of which one on each level must allow",
  resource: "the policy of the resource, which must name the caller",
  trust: "the trust policy of the role, which must name the caller",
};

/** What meets an operator, and what does not; the negated ones are those of their opposites the other way round. */
const WORDS: Readonly<Record<string, readonly [met: string, unmet: string]>> = {
  StringEquals: ["is", "is not"],
  StringEqualsIgnoreCase: ["is, in any case,", "is not, in any case,"],
  StringLike: ["matches", "does not match"],
  ArnEquals: ["matches", "does not match"],
  ArnLike: ["matches", "does not match"],
  BinaryEquals: ["is", "is not"],
  Bool: ["is", "is not"],
  IpAddress: ["is in", "is not in"],
  NumericEquals: ["is", "is not"],
  NumericLessThan: ["is less than", "is at least"],
  NumericLessThanEquals: ["is at most", "is more than"],
  NumericGreaterThan: ["is more than", "is at most"],
  NumericGreaterThanEquals: ["is at least", "is less than"],
  DateEquals: ["is", "is not"],
  DateLessThan: ["is before", "is not before"],
  DateLessThanEquals: ["is not after", "is after"],
  DateGreaterThan: ["is after", "is not after"],
  DateGreaterThanEquals: ["is not before", "is before"],
};

/** What a condition wants of the request to be met, or not to be met. */
function needed({ operator, key, expected }: ConditionFinding, met: boolean): string {
  const { set, base, ifExists } = spell(operator)!;
  if (base === "Null") {
    const absent = expected.some((text) => text.toLowerCase() === "true");
    return `the request has ${absent === met ? "no" : "some"} ${key}`;
  }
  const negated = isNegated(base);
  const words = WORDS[negated ? base.replace("Not", "") : base]!;
  // Of a set, the opposite of "each is" is "one is not".
  const subject = set === undefined ? key : `${(set === "ForAllValues") === met ? "each" : "one"} value of ${key}`;
  const values = expected.map((text) => JSON.stringify(text)).join(" or ");
  const says = `${subject} ${words[met === negated ? 1 : 0]} ${values}`;
  const absentMeets = ifExists || (set === undefined ? negated : set === "ForAllValues");
  if (absentMeets === met) return `${says} or the request has no ${key}`;
  return met ? says : `the request has ${key} and ${says}`;
}
