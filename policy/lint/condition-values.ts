import { parseNetwork } from "../addresses.ts";
import { baseOperator, isOperator } from "../conditions.ts";
import { parseDate } from "../dates.ts";
import { parseDecimal } from "../decimals.ts";
import { placeIn } from "../faults.ts";
import type { Path } from "../json.ts";
import type { ConditionEntry } from "../structure.ts";
import { privateAddressFindings, withoutHostBits } from "./addresses.ts";
import { found, type LintFinding, placedStatements, type Subject } from "./finding.ts";

/** Values that their operator or key cannot make sense of. */
export function* conditionValueFindings(subject: Subject): Iterable<LintFinding> {
  for (const { statement, path } of placedStatements(subject)) {
    for (const condition of statement.conditions) {
      if (!isOperator(condition.operator)) continue;
      const at = [...path, "Condition", condition.operator, condition.key];
      const base = baseOperator(condition.operator)!;
      for (const [place, value] of condition.values.entries()) {
        yield* ofValue(condition, base, value, [...at, place], subject.variables);
      }
      yield* mixedTypes(subject, at);
      if (base.endsWith("IpAddress")) yield* privateAddressFindings(condition, base, at);
    }
  }
}

const WILDCARD = /[*?]/;
const VARIABLE = /\$\{[^}]+\}/;
const ESCAPES = /\$\{[*?$]\}/g;

function* ofValue(
  { operator, key }: ConditionEntry,
  base: string,
  value: string,
  at: Path,
  variables: boolean,
): Iterable<LintFinding> {
  const isText = /^(?:String|Arn)/.test(base);
  if (variables && !isText && VARIABLE.test(value)) {
    yield found("INVALID_VARIABLE_FOR_OPERATOR", at);
    return;
  }
  if (/^String(?:Not)?Equals/.test(base) && WILDCARD.test(value.replace(ESCAPES, ""))) {
    yield found("WILDCARD_WITHOUT_LIKE_OPERATOR", at);
  }
  yield* ofLiteral(operator, base, value, at);
  yield* ofKey(key.toLowerCase(), base, value, at);
}

function* ofLiteral(operator: string, base: string, value: string, at: Path): Iterable<LintFinding> {
  if ((base === "Bool" || base === "Null") && !/^(?:true|false)$/i.test(value)) {
    yield found("TYPE_MISMATCH_BOOLEAN", at, { operator });
  } else if (base.startsWith("Numeric") && parseDecimal(value) === undefined) {
    yield found("TYPE_MISMATCH_NUMBER", at, { operator });
  } else if (base.startsWith("Date")) {
    if (parseDate(value) === undefined) yield found("TYPE_MISMATCH_DATE", at);
    else if (!ISO_DATE.test(value)) yield found("INVALID_DATE_VALUE", at, { date: value });
  } else if (base.endsWith("IpAddress")) {
    if (parseNetwork(value) === undefined) yield found("TYPE_MISMATCH_IP_RANGE", at, { operator });
    const address = withoutHostBits(value);
    if (address !== undefined) yield found("IMPROVE_IP_RANGE", at, { address });
  }
}

/** A day, a time of it, or seconds since 1970. */
const ISO_DATE = /^(?:\d{4}-\d\d-\d\d(?:T.*)?|\d{9,})$/;
const REGION = /^(?:[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}|aws-global)$/;
const ID = /^(?:[0-9a-f]{8}|[0-9a-f]{17})$/i;

function* ofKey(key: string, base: string, value: string, at: Path): Iterable<LintFinding> {
  if (!base.startsWith("String") || WILDCARD.test(value) || value.includes("${")) return;
  if (key === "aws:requestedregion" && !REGION.test(value)) yield found("INVALID_REGION", at, { region: value });
  if (key === "aws:sourcevpc" && !(value.startsWith("vpc-") && ID.test(value.slice(4)))) {
    yield found("INVALID_VPC_FORMAT", at);
  }
  if (key === "aws:sourcevpce" && !(value.startsWith("vpce-") && ID.test(value.slice(5)))) {
    yield found("INVALID_VPCE_FORMAT", at);
  }
}

/** Texts and words in one list of values. */
function* mixedTypes({ json }: Subject, at: Path): Iterable<LintFinding> {
  const { value } = placeIn(json, at);
  if (value?.type !== "list") return;
  const types = new Set(
    value.items.map((item) => (item.type === "word" ? (/^[tf]/.test(item.text) ? "Boolean" : "number") : item.type)),
  );
  if (types.size > 1) yield found("INVALID_CONDITION_DATA_TYPE", at);
}
