import { isOperator, baseOperator } from "../conditions.ts";
import type { Path } from "../json.ts";
import type { ConditionEntry } from "../structure.ts";
import type { Code } from "./checks.ts";
import { found, type LintFinding, placedStatements, type Subject } from "./finding.ts";
import { isMultivalued, type KnownKey, knownKey } from "./known-keys.ts";

/** Operators that do not fit the key, or what they are asked. */
export function* operatorFindings(subject: Subject): Iterable<LintFinding> {
  for (const { statement, path } of placedStatements(subject)) {
    for (const condition of statement.conditions) {
      if (!isOperator(condition.operator)) continue;
      const at = [...path, "Condition", condition.operator, condition.key];
      const key = knownKey(condition.key);
      yield* ofSets(condition, typeof key === "object" ? key : undefined, statement.effect, at);
      if (typeof key === "object") yield* ofType(condition, key, at);
      if (condition.values.length === 0) yield empty(condition, at);
      yield* ofSeveral(condition, at);
    }
  }
}

function* ofSets(
  { operator, key: written }: ConditionEntry,
  key: KnownKey | undefined,
  effect: string | undefined,
  at: Path,
): Iterable<LintFinding> {
  const [set] = operator.split(":", 1);
  const isOfSet = operator.includes(":");
  const operatorPath = at.slice(0, 4);
  if (baseOperator(operator) === "Null") {
    if (isOfSet) yield found("NULL_WITH_QUALIFIER", operatorPath, {}, { atName: true });
    return;
  }
  if (key === undefined) return;
  if (!isOfSet && isMultivalued(key)) yield found("MISSING_QUALIFIER", at, { key: written }, { atName: true });
  if (set === "ForAllValues" && !isMultivalued(key) && effect === "Allow") {
    yield found("FORALLVALUES_WITH_SINGLE_VALUED_KEY", at, { key: written }, { atName: true });
  }
}

/** The families of operators that make sense of a type; texts may be ARNs, and all but addresses, numbers and dates compares as text. */
const FAMILIES: Readonly<Record<string, readonly string[]>> = {
  String: ["String", "Arn"],
  ARN: ["Arn", "String"],
  Bool: ["Bool", "String"],
  Numeric: ["Numeric"],
  Date: ["Date", "Numeric"],
  IPAddress: ["IpAddress"],
  Binary: ["Binary", "String"],
};

function* ofType({ operator }: ConditionEntry, key: KnownKey, at: Path): Iterable<LintFinding> {
  const family = familyOf(operator);
  const families = FAMILIES[key.type.replace("ArrayOf", "")];
  if (family === undefined || families === undefined || families.includes(family)) return;
  yield found(
    "TYPE_MISMATCH",
    at.slice(0, 4),
    { allowed: families[0]!, operator },
    { atName: true, hint: `${key.name} is of this type.` },
  );
}

/** `String` for `ForAnyValue:StringLikeIfExists`; undefined for `Null`. */
function familyOf(operator: string): string | undefined {
  const base = baseOperator(operator) ?? "";
  return /^(?:Not)?(String|Arn|Bool|Numeric|Date|IpAddress|Binary)/.exec(base)?.[1];
}

function empty({ operator, key }: ConditionEntry, at: Path): LintFinding {
  const code: Code = operator.startsWith("ForAllValues:")
    ? "EMPTY_ARRAY_CONDITION_FORALLVALUES"
    : operator.startsWith("ForAnyValue:")
      ? "EMPTY_ARRAY_CONDITION_FORANYVALUE"
      : operator.endsWith("IfExists")
        ? "EMPTY_ARRAY_CONDITION_IFEXISTS"
        : "EMPTY_ARRAY_CONDITION";
  return found(code, at, { key });
}

/** Several values of which one is enough, or that exclude each other. */
function* ofSeveral({ operator, key, values }: ConditionEntry, at: Path): Iterable<LintFinding> {
  if (values.length < 2) return;
  const base = baseOperator(operator) ?? "";
  if (base === "Bool" || base === "Null") yield found("INVALID_CONDITION_MULTIPLE_BOOLEAN", at);
  const [, than] = /^(?:Numeric|Date)(Less|Greater)Than/.exec(base) ?? [];
  if (than === undefined || !base.startsWith("Numeric")) return;
  const which = than === "Less" ? "greatest" : "least";
  yield found("REDUNDANT_CONDITION_VALUE_NUM", at, { operator, which, key });
}
