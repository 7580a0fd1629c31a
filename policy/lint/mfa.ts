import { baseOperator, isOperator } from "../conditions.ts";
import type { ConditionEntry } from "../structure.ts";
import { found, type LintFinding, type Placed, placedStatements, type Subject } from "./finding.ts";

const PRESENT = "aws:multifactorauthpresent";
const AGE = "aws:multifactorauthage";

/**
 * Conditions on MFA that say something else than is meant: requests with long-term access keys do not have these keys at all, those
 * with temporary credentials have aws:MultiFactorAuthPresent, true or false (evidence: mfa-context).
 */
export function* mfaFindings(subject: Subject): Iterable<LintFinding> {
  const statements = placedStatements(subject);
  const deniesWithoutKey = statements.some(
    ({ statement }) => statement.effect === "Deny" && statement.conditions.some(isMetWithoutKey),
  );
  for (const { statement, path } of statements) {
    for (const condition of statement.conditions) {
      if (!isOperator(condition.operator)) continue;
      const placed: Placed = { statement, path };
      if (statement.effect === "Deny" && !deniesWithoutKey) yield* denied(condition, placed);
      if (statement.effect === "Allow") yield* allowed(condition, placed);
      if (isNull(condition)) yield* toldByNull(condition, placed, statements);
    }
  }
}

const isMfaKey = ({ key }: ConditionEntry): boolean => [PRESENT, AGE].includes(key.toLowerCase());
const isNull = (condition: ConditionEntry): boolean =>
  baseOperator(condition.operator) === "Null" && condition.key.toLowerCase() === PRESENT;
const saysTrue = ({ values }: ConditionEntry): boolean =>
  values.length > 0 && values.every((value) => /^true$/i.test(value));

/** Whether requests of long-term keys meet the condition. */
const isMetWithoutKey = (condition: ConditionEntry): boolean =>
  isMfaKey(condition) &&
  (condition.operator.endsWith("IfExists") || (baseOperator(condition.operator) === "Null" && saysTrue(condition)));

const at = ({ path }: Placed, { operator }: ConditionEntry): LintFinding["path"] => [...path, "Condition", operator];

/** A Deny that means whoever has no MFA, and misses those who have no key. */
function* denied(condition: ConditionEntry, placed: Placed): Iterable<LintFinding> {
  const { operator, key } = condition;
  const base = baseOperator(operator)!;
  const isFalse = /^(?:Bool|StringEquals|StringLike|StringEqualsIgnoreCase)$/.test(base) && !saysTrue(condition);
  const isOld = /^Numeric(?:Greater|Not)/.test(base);
  const isMeant = key.toLowerCase() === PRESENT ? isFalse : key.toLowerCase() === AGE && isOld;
  if (!isMeant) return;
  yield found(
    "MFA_BOOL_LETS_KEYS_THROUGH",
    at(placed, condition),
    { key, operator, instead: `${operator}IfExists` },
    NAME,
  );
}

/** An Allow that means whoever has MFA, and lets in those who have no key. */
function* allowed(condition: ConditionEntry, placed: Placed): Iterable<LintFinding> {
  const { operator, key } = condition;
  if (!isMfaKey(condition) || !operator.endsWith("IfExists")) return;
  const base = baseOperator(operator)!;
  const isMeant = key.toLowerCase() === PRESENT ? saysTrue(condition) : /^NumericLess|^NumericEquals/.test(base);
  const asksOtherwise = placed.statement.conditions.some(
    (other) => isMfaKey(other) && !other.operator.endsWith("IfExists"),
  );
  if (!isMeant || asksOtherwise) return;
  const instead = operator.replace(/IfExists$/, "");
  yield found("MFA_IF_EXISTS_LETS_KEYS_THROUGH", at(placed, condition), { key, operator, instead }, NAME);
}

/** The presence of the key taken for that of MFA. */
function* toldByNull(condition: ConditionEntry, placed: Placed, statements: readonly Placed[]): Iterable<LintFinding> {
  const { effect, conditions } = placed.statement;
  const isMeant = effect === "Deny" ? saysTrue(condition) : effect === "Allow" && !saysTrue(condition);
  const others = effect === "Deny" ? statements.flatMap(({ statement }) => statement.conditions) : conditions;
  if (!isMeant || others.some((other) => isMfaKey(other) && !isNull(other))) return;
  const instead = effect === "Deny" ? "BoolIfExists with the value false" : "Bool with the value true";
  yield found("MFA_NULL_LETS_SESSIONS_THROUGH", at(placed, condition), { key: condition.key, instead }, NAME);
}

const NAME = { atName: true } as const;
