import { compile, type CompiledStatement } from "./compile.ts";
import {
  accountOf,
  type AccessRequest,
  type Decision,
  evaluate,
  isExempt,
  isExemptFromRcp,
  namingBy,
  ownsAccount,
  type Policies,
  type PolicySource,
  type PolicyType,
  sessionLevels,
  subjectOf,
} from "./evaluate.ts";
import { NOT_NAMED } from "./match.ts";
import { mentionedKeys, structureOf } from "./structure.ts";
import { isEscape } from "./template.ts";

/** A decision with its reasons: which statements applied, and which would have if their conditions had been met. */
export interface Explanation extends Decision {
  /**
   * The statements that applied: those that denied, if any did (only the organization's if its policies decided;
   * evidence: simulator-matched-statements); otherwise those that allowed, even if that was not enough.
   */
  readonly matched: readonly StatementFinding[];
  /** The statements that fit the caller, the action and the resource but allow nothing, because of their conditions. */
  readonly unmet: readonly StatementFinding[];
  /** The types of policy that were considered and did not allow. */
  readonly silent: readonly PolicyType[];
}

export interface StatementFinding {
  readonly type: PolicyType;
  /** The source's id; for `resource` and `trust` the resource's ARN. */
  readonly source: string;
  /** Index of the statement in its document, from 0. */
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly conditions: readonly ConditionFinding[];
}

export interface ConditionFinding {
  readonly operator: string;
  readonly key: string;
  /** The policy's literals, with variables as they are written. */
  readonly expected: readonly string[];
  /** The request's value; undefined if it has no such key. */
  readonly actual: string | readonly string[] | undefined;
  readonly met: boolean;
}

/** Decides as `evaluate` does and gives the reasons. Slower; meant for refusals, the simulator and the trail. */
export function explain(policies: Policies, request: AccessRequest): Explanation {
  const decision = evaluate(policies, request);
  const subject = subjectOf(request);

  const finding = (type: PolicyType, source: PolicySource, statement: CompiledStatement): StatementFinding => ({
    type,
    source: source.id,
    index: statement.index,
    sid: statement.sid,
    effect: statement.effect,
    conditions: statement.conditions.map((condition) => ({
      operator: condition.operator,
      key: condition.key,
      expected: condition.expected,
      actual: subject.keys.get(condition.key),
      met: statement.test(condition, subject) === "met",
    })),
  });

  const applied: StatementFinding[] = [];
  const unmet: StatementFinding[] = [];
  const silent = new Set<PolicyType>();
  for (const { type, sources, names } of groupsOf(policies, request)) {
    let allows = false;
    for (const source of sources) {
      for (const statement of compile(source.document).statements) {
        if (!names(statement) || !statement.covers(subject)) continue;
        const isMet = statement.isMet(subject);
        const isAllow = statement.effect === "Allow";
        if (isMet) applied.push(finding(type, source, statement));
        else if (isAllow) unmet.push(finding(type, source, statement));
        allows ||= isMet && isAllow;
      }
    }
    if (!allows) silent.add(type);
  }
  if (ownsAccount(request.principal)) silent.delete("identity");

  const effect = decision.kind === "explicitDeny" ? "Deny" : "Allow";
  const byOrganization = decision.decidedBy === "scp" || decision.decidedBy === "rcp";
  const counts = ({ type }: StatementFinding) => decision.allowed || !byOrganization || type === decision.decidedBy;
  return {
    ...decision,
    matched: applied.filter((statement) => statement.effect === effect && counts(statement)),
    unmet: unmet.filter(counts),
    silent: [...silent],
  };
}

/** Policies that allow or not as a whole. */
export interface Group {
  readonly type: PolicyType;
  readonly sources: readonly PolicySource[];
  /** Whether the statement applies to the caller. */
  readonly names: (statement: CompiledStatement) => boolean;
}

/** Policies that apply to everyone who is subject to them. */
const group = (type: PolicyType, sources: readonly PolicySource[]): Group => ({ type, sources, names: () => true });

/** The policies that have a say in a decision. */
export function groupsOf(policies: Policies, request: AccessRequest): Group[] {
  const { principal, resource } = request;
  const own = policies.trust === undefined ? policies.resource : policies.trust;
  const bindings = own?.bindings ?? {};
  return [
    ...(isExemptFromRcp(request) ? [] : (policies.rcps ?? [])).map((level) => group("rcp", level)),
    ...(isExempt(principal) ? [] : (policies.scps ?? [])).map((level) => group("scp", level)),
    // A caller without an account has no policies, so the resource is reported even if it has none either.
    ...(own === undefined && accountOf(principal) !== undefined
      ? []
      : [
          {
            type: policies.trust === undefined ? ("resource" as const) : ("trust" as const),
            sources: own ? [{ id: resource, document: own.document }] : [],
            names: (statement: CompiledStatement) => namingBy(statement, principal, bindings) !== NOT_NAMED,
          },
        ]),
    group("identity", policies.identity),
    ...(policies.boundary === undefined ? [] : [group("boundary", [policies.boundary])]),
    ...sessionLevels(policies).map((level) => group("session", level)),
  ];
}

/**
 * The condition keys and policy variables that documents read, once each regardless of case, as first spelt. The
 * simulator reports those that it was not given, whatever the statements' actions are
 * (evidence: simulator-missing-context).
 */
export function neededKeys(sources: readonly PolicySource[]): string[] {
  const needed = new Map<string, string>();
  for (const key of sources.flatMap(({ document }) => mentionedKeys(structureOf(document)))) {
    if (!isEscape(key) && !needed.has(key.toLowerCase())) needed.set(key.toLowerCase(), key);
  }
  return [...needed.values()];
}
