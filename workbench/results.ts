import { decisionReport, type DecisionReport } from "../handlers/decision-report.ts";
import type { Decision, PolicyType } from "../policy/evaluate.ts";
import { statementText } from "../policy/positions.ts";
import { decisive, isAsExpected, type Assertion, type DecidedBy, type Expectation } from "./assertions.ts";
import type { AssertionResult, StatementShown } from "./test-results.ts";
import type { Accounts } from "./accounts.ts";

/** Compares what an assertion says with what was decided. */
export function judge(assertion: Assertion, accounts: Accounts): AssertionResult {
  const { test, place, principal, action, resource, expected, steps } = assertion;
  const { step, decision } = decisive(steps);
  const actual = actualOf(decision);
  const problems = problemsOf(assertion, steps);
  const common = { test, principal, action, resource, expected, actual, decidedBy: decision.decidedBy, problems };
  if (problems.length === 0) return { ...common, passed: true, at: undefined, reasons: [], statements: [] };

  const { matched, unmet, reasons } = decisionReport(step);
  const statements = [...matched, ...unmet].map((found) => shown(found, step, accounts));
  return { ...common, passed: false, at: place.location, reasons, statements };
}

const actualOf = ({ kind }: Decision): AssertionResult["actual"] => (kind === "allowed" ? "allow" : kind);

/** In what these decisions are not what is said of them, in sentences. */
export function problemsOf({ expected, decidedBy, why }: Expectation, steps: Assertion["steps"]): string[] {
  const { step, decision } = decisive(steps);
  const actual = decision.allowed ? "allowed" : decision.kind;
  if (!isAsExpected(expected, decision)) return [`expected ${expected}, but it is ${actual}`];
  if (decidedBy === undefined && why.length === 0) return [];
  const report = decisionReport(step);
  const isOther = decidedBy !== undefined && !isDecidedBy(decidedBy, report);
  return [
    ...(isOther ? [`it is ${actual} as expected, but not by ${wordsFor(decidedBy)}`] : []),
    ...why
      .filter((text) => !report.reasons.some((reason) => reason.includes(text)))
      .map((text) => `no reason holds ${JSON.stringify(text)}`),
  ];
}

/** Whether a statement, or without one the type of policy, is what decided. */
function isDecidedBy({ type, policy, statement }: DecidedBy, report: DecisionReport): boolean {
  if (policy === undefined && statement === undefined) return type === report.decidedBy;
  const deciding = report.decision === "implicitDeny" ? report.unmet : report.matched;
  return deciding.some(
    (found) =>
      (type === undefined || type === found.policyType) &&
      (policy === undefined || isPolicyNamed(policy, found.policy)) &&
      (statement === undefined || statement === found.sid || statement === String(found.statement)),
  );
}

/** By its whole name, or by the name of a managed or an inline policy. */
const isPolicyNamed = (name: string, policy: string): boolean =>
  policy === name || policy.endsWith(`/${name}`) || policy.startsWith(`inline policy ${name} of `);

function wordsFor({ type, policy, statement }: DecidedBy): string {
  const parts = [
    ...(statement === undefined ? [] : [`statement ${statement}`]),
    ...(policy === undefined ? [] : [`policy ${policy}`]),
    ...(type === undefined ? [] : [`policies of type ${type}`]),
  ];
  return parts.join(" of ");
}

type Reported = DecisionReport["matched"][number];

function shown(
  { policy, statement, sid, policyType }: Reported,
  step: Assertion["steps"][number],
  accounts: Accounts,
): StatementShown {
  const document = documentOf(policyType, policy, step);
  const place = accounts.places.get(document);
  const at = place && { file: place.file, ...place.at(["Statement", statement - 1]) };
  return { policy, statement, sid, at, text: statementText(document, statement - 1) };
}

/** The document of a policy that a report names. */
function documentOf(type: PolicyType, id: string, { policies }: Assertion["steps"][number]): string {
  const { identity, boundary, session = [], scopes = [], scps = [], rcps = [], resource, trust } = policies;
  if (type === "trust") return trust!.document;
  if (type === "resource") return resource!.document;
  const sources = {
    identity,
    boundary: boundary ? [boundary] : [],
    session: [...session, ...scopes],
    scp: scps.flat(),
    rcp: rcps.flat(),
  }[type];
  return sources.find((source) => source.id === id)!.document;
}
