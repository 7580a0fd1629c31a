import type { Authorization } from "./authorize.ts";
import { denialEnding } from "../policy/denial.ts";
import { explain, type ConditionFinding, type StatementFinding } from "../policy/explain.ts";
import type { PolicyType } from "../policy/evaluate.ts";

/** A decision with its reasons, for people and for JSON. */
export interface DecisionReport {
  readonly action: string;
  readonly resource: string;
  readonly decision: "allowed" | "explicitDeny" | "implicitDeny";
  /** The type of policy that decided: it allowed, it denied, or it is the first without an allow. */
  readonly decidedBy: PolicyType;
  /** The decision in sentences; the first one says what decided. */
  readonly reasons: readonly string[];
  /** The statements that applied: those that denied, or else those that allowed. */
  readonly matched: readonly StatementReport[];
  /** The statements that would have allowed if their conditions had been met. */
  readonly unmet: readonly StatementReport[];
  /** The types of policy that were considered and did not allow. */
  readonly silent: readonly PolicyType[];
}

export interface StatementReport extends Pick<StatementFinding, "sid" | "effect" | "conditions"> {
  readonly policyType: PolicyType;
  /** ARN of a managed policy, the owner of an inline policy, or the ARN of the resource that has it. */
  readonly policy: string;
  /** Place in the document, from 1. */
  readonly statement: number;
}

/** Explains a decision by the policies and the request as they were when it was made. */
export function decisionReport({ policies, request }: Authorization): DecisionReport {
  const { kind, decidedBy, matched, unmet, silent } = explain(policies, request);
  const { action, resource, principal } = request;
  const report = { action, resource, decision: kind, decidedBy, silent };
  const shown = { matched: matched.map(toStatement), unmet: unmet.map(toStatement) };
  if (kind === "implicitDeny") {
    const others = silent.filter((type) => type !== decidedBy);
    return {
      ...report,
      ...shown,
      reasons: [
        ...[decidedBy, ...others].map((type) => lacksAllow(type, action)),
        ...shown.unmet.map(
          (statement) => `${nameOf(statement)} would allow it, but ${conditionsOf(statement, false)}.`,
        ),
      ],
    };
  }
  const verb = kind === "allowed" ? "allows" : "denies";
  const reasons = shown.matched.map((statement) => {
    const conditions = statement.conditions.length === 0 ? "" : `: ${conditionsOf(statement, true)}`;
    return `${nameOf(statement)} ${verb} it${conditions}.`;
  });
  if (kind === "allowed" && principal.type === "root") reasons.unshift("Root may do everything in its account.");
  return { ...report, ...shown, reasons };
}

function toStatement({ type, source, index, sid, effect, conditions }: StatementFinding): StatementReport {
  return { policyType: type, policy: source, statement: index + 1, sid, effect, conditions };
}

/** The words before the name of a policy or of its owner; identity and session policies are named in full. */
const KINDS: Readonly<Partial<Record<PolicyType, string>>> = {
  trust: "the trust policy of ",
  resource: "the policy of ",
  boundary: "the boundary ",
  scp: "the service control policy ",
  rcp: "the resource control policy ",
};

/** `Statement 2 (NoMfa) of inline policy guard of user alice` */
export function nameOf({ policyType, policy, statement, sid }: StatementReport): string {
  return `Statement ${statement}${sid ? ` (${sid})` : ""} of ${KINDS[policyType] ?? ""}${policy}`;
}

function conditionsOf({ conditions }: StatementReport, met: boolean): string {
  return conditions
    .filter((condition) => condition.met === met)
    .map(conditionText)
    .join(", and ");
}

/** `Bool aws:MultiFactorAuthPresent "true" is not met, since the request has no such key` */
function conditionText({ operator, key, expected, actual, met }: ConditionFinding): string {
  const wanted = expected.map((text) => JSON.stringify(text)).join(" or ");
  const found =
    actual === undefined
      ? "no such key"
      : [actual]
          .flat()
          .map((text) => JSON.stringify(text))
          .join(", ");
  return `${operator} ${key} ${wanted} is ${met ? "" : "not "}met, since the request has ${found}`;
}

/** `No session policy allows the iam:GetUser action.` */
function lacksAllow(decidedBy: PolicyType, action: string): string {
  const ending = denialEnding({ allowed: false, kind: "implicitDeny", decidedBy }, action);
  return `${ending.replace("because no", "No")}.`;
}
