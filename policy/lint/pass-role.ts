import type { Code } from "./checks.ts";
import { found, type LintFinding, placedStatements, type Placed, type Subject } from "./finding.ts";
import { coversAction } from "./known-actions.ts";

/** Actions that hand permissions on, and the codes by where a wildcard stands. */
const HANDING_ON: readonly {
  readonly action: string;
  readonly resource: Code;
  readonly actionAndResource: Code;
  readonly notResource: Code;
  readonly actionAndNotResource: Code;
  /** A condition on this key says enough. */
  readonly key?: string;
}[] = [
  {
    action: "iam:PassRole",
    resource: "PASS_ROLE_WITH_STAR_IN_RESOURCE",
    actionAndResource: "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE",
    notResource: "PASS_ROLE_WITH_NOT_RESOURCE",
    actionAndNotResource: "PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
    key: "iam:passedtoservice",
  },
  {
    action: "iam:CreateServiceLinkedRole",
    resource: "CREATE_SLR_WITH_STAR_IN_RESOURCE",
    actionAndResource: "CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE",
    notResource: "CREATE_SLR_WITH_NOT_RESOURCE",
    actionAndNotResource: "CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE",
  },
];

/** Statements that allow to pass any role, or to make any service-linked role (evidence: access-analyzer-star). */
export function* passRoleFindings(subject: Subject): Iterable<LintFinding> {
  if (!["identity", "inline", "simulated"].includes(subject.kind)) return;
  for (const placed of placedStatements(subject)) {
    if (placed.statement.effect === "Allow") yield* handingOn(placed);
  }
}

function* handingOn({ statement, path }: Placed): Iterable<LintFinding> {
  const { actions = [], resources = [], notResources, conditions } = statement;
  for (const { action, key, ...codes } of HANDING_ON) {
    if (key !== undefined && conditions.some((condition) => condition.key.toLowerCase() === key)) continue;
    const place = actions.findIndex((pattern) => coversAction(pattern, action));
    if (place < 0) continue;
    const at = [...path, "Action", place];
    const isPattern = actions[place]!.includes("*");
    if (notResources !== undefined) yield found(isPattern ? codes.actionAndNotResource : codes.notResource, at);
    const open = resources.findIndex(coversAllRoles);
    if (open < 0) continue;
    yield isPattern ? found(codes.actionAndResource, at) : found(codes.resource, [...path, "Resource", open]);
  }
}

/** `*`, or an ARN whose resource is every role. */
const coversAllRoles = (resource: string): boolean =>
  /^\*+$/.test(resource) || /^arn:[^:]*:(?:iam|\*):[^:]*:[^:]*:(?:\*|role\/\*)$/.test(resource);
