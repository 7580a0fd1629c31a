import type { Path } from "../json.ts";
import type { ConditionEntry, StatementStructure } from "../structure.ts";
import { didYouMean } from "./actions.ts";
import { found, type LintFinding, placedStatements, type Subject } from "./finding.ts";
import { actionsNamed } from "./known-actions.ts";
import { actionKnows, isOfAnyAction, keysOfPrefix, type KnownKey, knownKey, serviceKnows } from "./known-keys.ts";
import { nearest } from "./nearest.ts";

/** Condition keys that do not exist, are of old, or say nothing about the statement's actions. */
export function* conditionKeyFindings(subject: Subject): Iterable<LintFinding> {
  for (const { statement, path } of placedStatements(subject)) {
    for (const condition of statement.conditions) {
      const at = [...path, "Condition", condition.operator, condition.key];
      const key = knownKey(condition.key);
      if (key === "federated") continue;
      yield* key === undefined ? unknown(condition, at) : outOfPlace(statement, condition, key, at);
    }
    yield* sameKeys(statement, path);
  }
}

/** Old keys and what took their place. */
const DEPRECATED: Readonly<Record<string, string>> = { "aws:arn": "aws:PrincipalArn" };

function* unknown({ key }: ConditionEntry, at: Path): Iterable<LintFinding> {
  const [prefix = "", name] = key.toLowerCase().split(/:(.*)/s);
  if (name === undefined || name === "" || prefix === "") {
    yield found("INVALID_CONDITION_KEY_FORMAT", at, {}, { atName: true });
    return;
  }
  const newer = DEPRECATED[key.toLowerCase()];
  if (newer !== undefined) {
    yield found("DEPRECATED_GLOBAL_CONDITION_KEY", at, { key, newer }, { atName: true });
    return;
  }
  const meant = nearest(
    key,
    keysOfPrefix(prefix).map((known) => known.replace(/\$\{\w+\}$/, "")),
  );
  const more = { atName: true as const, hint: didYouMean(meant) };
  yield prefix === "aws"
    ? found("INVALID_GLOBAL_CONDITION_KEY", at, { key }, more)
    : found("INVALID_SERVICE_CONDITION_KEY", at, { key, service: prefix }, more);
}

const TAG_KEYS = /^aws:(?:RequestTag\/|ResourceTag\/|TagKeys$)/;

function* outOfPlace(
  statement: StatementStructure,
  condition: ConditionEntry,
  key: KnownKey,
  at: Path,
): Iterable<LintFinding> {
  // Null asks whether the key is there, so that it may as well not be.
  if (condition.operator.endsWith("Null")) return;
  if (TAG_KEYS.test(key.name)) yield* unsupportedTags(statement, condition, key, at);
  if (isOfAnyAction(condition.key) || statement.actions === undefined) return;
  const named = statement.actions
    .filter((pattern) => pattern !== "*")
    .map((pattern) => ({ pattern, ...actionsNamed(pattern) }));
  if (named.length < statement.actions.length || named.some(({ names }) => names.length === 0)) return;
  const without = named.filter(({ prefix, names }) => !names.some((name) => actionKnows(prefix, name, key)));
  if (without.length === 0) return;
  if (without.length === named.length) {
    yield found("CONDITION_KEY_WITHOUT_ACTION", at, { key: condition.key }, { atName: true });
  } else if (!condition.operator.endsWith("IfExists")) {
    const actions = without.slice(0, 10).map(({ pattern }) => pattern);
    yield found(
      "UNSUPPORTED_ACTION_FOR_CONDITION_KEY",
      at,
      { actions: actions.join(", "), key: condition.key },
      { atName: true },
    );
  }
}

/** Tags of which a whole service knows nothing. */
function* unsupportedTags(
  { effect, actions = [] }: StatementStructure,
  { key: written, operator }: ConditionEntry,
  key: KnownKey,
  at: Path,
): Iterable<LintFinding> {
  if (operator.endsWith("IfExists")) return;
  const prefixes = actions
    .filter((action) => action.includes(":"))
    .map((action) => action.split(":", 1)[0]!.toLowerCase());
  const services = [...new Set(prefixes)].filter((prefix) => !serviceKnows(prefix, key));
  if (services.length === 0) return;
  const code =
    effect === "Deny"
      ? "DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE"
      : "ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE";
  yield found(code, at, { key: written, services: services.join(", ") }, { atName: true });
}

/** The same key twice below one operator, in different letters. */
function* sameKeys({ conditions }: StatementStructure, path: Path): Iterable<LintFinding> {
  const known = new Set<string>();
  for (const { operator, key } of conditions) {
    const folded = JSON.stringify([operator, key.toLowerCase()]);
    if (known.has(folded)) {
      const at = [...path, "Condition", operator, key];
      yield found("DUPLICATE_KEYS_WITH_DIFFERENT_CASE", at, { key }, { atName: true });
    }
    known.add(folded);
  }
}
