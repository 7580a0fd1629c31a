import { type CheckedPolicy, checkPolicy, policySize, type PolicyKind } from "../document.ts";
import { pathText, placeIn, spanOf } from "../faults.ts";
import { type Json, type Path, readJson } from "../json.ts";
import { type Location, locationsIn } from "../locations.ts";
import { actionResourceFindings } from "./action-resources.ts";
import { actionFindings } from "./actions.ts";
import type { Level } from "./check.ts";
import { CHECKS, type Code } from "./checks.ts";
import { conditionKeyFindings } from "./condition-keys.ts";
import { operatorFindings } from "./condition-operators.ts";
import { conditionValueFindings } from "./condition-values.ts";
import { found, type LintFinding, type Subject, subjectOf } from "./finding.ts";
import { documentFindings } from "./form.ts";
import { fromFault } from "./from-faults.ts";
import { mfaFindings } from "./mfa.ts";
import { passRoleFindings } from "./pass-role.ts";
import { principalFindings } from "./principals.ts";
import { redundancyFindings } from "./redundancy.ts";
import { resourceFindings } from "./resources.ts";
import { resourceTypeFindings } from "./resource-types.ts";
import { sizeFindings } from "./sizes.ts";
import { variableFindings } from "./variables.ts";

/** A finding, and where in the text it is. */
export interface Finding {
  readonly code: Code;
  /** That of the check; `error` wherever IAM refuses the document for it. */
  readonly level: Level;
  readonly message: string;
  /** What IAM answers, where it refuses the document for this. */
  readonly refusal?: string;
  /** As the document is written, such as `Statement[0].Action[1]`; empty for the whole document. */
  readonly path: string;
  /** The same in steps. */
  readonly steps: Path;
  /** Whether the last step's name is meant, and not its value. */
  readonly atName: boolean;
  readonly start: Location;
  readonly end: Location;
}

const RULES: readonly ((subject: Subject) => Iterable<LintFinding>)[] = [
  documentFindings,
  principalFindings,
  actionFindings,
  resourceFindings,
  actionResourceFindings,
  passRoleFindings,
  conditionKeyFindings,
  operatorFindings,
  conditionValueFindings,
  variableFindings,
  mfaFindings,
  resourceTypeFindings,
  redundancyFindings,
];

/** The largest document that the rules look at, in characters without white space: AWS has none that may have more. */
const LARGEST = 32 * 1024;

export interface LintOptions {
  readonly kind: PolicyKind;
  /** CloudFormation's name of what a resource policy is for, such as `AWS::S3::Bucket`. */
  readonly resourceType?: string | undefined;
}

/** All that is wrong with a document, or could be better: in the order of the text. */
export function lint(text: string, { kind, resourceType }: LintOptions): readonly Finding[] {
  const { json } = readJson(text);
  const checked = checkPolicy(text, kind);
  const size = policySize(text);
  const findings = [
    ...checked.faults.map((fault) => fromFault(fault, { kind, json })),
    ...sizeFindings(text, kind),
    ...(size > LARGEST
      ? [found("TOO_LARGE_TO_CHECK", [], { size })]
      : byRules(text, json, checked, kind, resourceType)),
  ];
  return placed(text, json, findings);
}

function byRules(
  text: string,
  json: Json | undefined,
  { structure, faults }: CheckedPolicy,
  policyKind: PolicyKind,
  resourceType: string | undefined,
): LintFinding[] {
  if (json === undefined || structure === undefined) return [];
  const subject = subjectOf(text, json, structure, policyKind, resourceType);
  // What follows from a fault is not said again; a comma too many has nothing to do with what is around it.
  const elements = faults.filter(({ kind, steps }) => kind !== "json-syntax" && steps.length > 0);
  const faulty = new Set(elements.map(({ steps }) => JSON.stringify(steps)));
  const isFollowUp = ({ path }: LintFinding) =>
    path.some((_step, index) => faulty.has(JSON.stringify(path.slice(0, index + 1))));
  return RULES.flatMap((rule) => [...rule(subject)]).filter((finding) => !isFollowUp(finding));
}

function placed(text: string, json: Json | undefined, findings: readonly LintFinding[]): Finding[] {
  const location = locationsIn(text);
  const made = findings.map(({ code, message, refusal, path, atName, span }): Finding => {
    const place = placeIn(json, path);
    const { start, end } = span ?? spanOf(place, atName);
    return {
      code,
      level: refusal === undefined ? CHECKS[code].level : "error",
      message,
      ...(refusal !== undefined && { refusal }),
      path: pathText(place.path),
      steps: place.path,
      atName: atName === true && place.member !== undefined,
      start: location(start),
      end: location(end),
    };
  });
  const known = new Set<string>();
  const isNew = ({ code, path, start }: Finding) => {
    const key = JSON.stringify([code, path, start.offset]);
    return !known.has(key) && known.add(key);
  };
  return made.filter(isNew).toSorted((a, b) => a.start.offset - b.start.offset || a.end.offset - b.end.offset);
}
