import { placeIn } from "../faults.ts";
import { repeatedSids } from "../identity-grammar.ts";
import { found, isIdentityKind, type LintFinding, placedStatements, type Subject } from "./finding.ts";

/** What is absent or empty, and names that are there twice. */
export function* documentFindings(subject: Subject): Iterable<LintFinding> {
  const { policy, json, kind } = subject;
  if (policy.version === undefined) yield found("MISSING_VERSION", ["Version"]);
  if (!isIdentityKind(kind)) {
    for (const { path } of repeatedSids(policy.statements, "")) yield found("UNIQUE_SIDS_RECOMMENDED", path);
  }
  for (const { statement, path } of placedStatements(subject)) {
    if (statement.sid === "" && placeIn(json, [...path, "Sid"]).value?.type === "text") {
      yield found("EMPTY_SID_VALUE", [...path, "Sid"]);
    }
    for (const [name, values] of [
      ["Action", statement.actions],
      ["NotAction", statement.notActions],
    ] as const) {
      if (values?.length === 0) yield found("EMPTY_ARRAY_ACTION", [...path, name]);
    }
    for (const [name, values] of [
      ["Resource", statement.resources],
      ["NotResource", statement.notResources],
    ] as const) {
      if (values?.length === 0) yield found("EMPTY_ARRAY_RESOURCE", [...path, name]);
    }
    for (const name of ["Principal", "NotPrincipal"]) yield* emptyPrincipal(subject, [...path, name]);
    yield* emptyCondition(subject, [...path, "Condition"]);
  }
}

function* emptyPrincipal({ json }: Subject, path: LintFinding["path"]): Iterable<LintFinding> {
  const { value, isThere } = placeIn(json, path);
  if (!isThere || value?.type !== "object") return;
  if (value.members.size === 0) yield found("EMPTY_OBJECT_PRINCIPAL", path);
  for (const [key, member] of value.members) {
    if (member.value.type === "list" && member.value.items.length === 0) {
      yield found("EMPTY_ARRAY_PRINCIPAL", [...path, key]);
    }
  }
}

function* emptyCondition({ json }: Subject, path: LintFinding["path"]): Iterable<LintFinding> {
  const { value, isThere } = placeIn(json, path);
  if (!isThere || value?.type !== "object") return;
  if (value.members.size === 0) yield found("EMPTY_OBJECT_CONDITION", path);
  for (const [operator, member] of value.members) {
    if (member.value.type === "object" && member.value.members.size === 0) {
      yield found("EMPTY_OBJECT_CONDITION", [...path, operator]);
    }
  }
}
