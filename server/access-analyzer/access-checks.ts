import type {
  CheckAccessNotGrantedCommandInput,
  CheckNoNewAccessCommandInput,
  CheckNoPublicAccessCommandInput,
  ReasonSummary,
} from "@aws-sdk/client-accessanalyzer";
import {
  type AccessSet,
  type Comparison,
  accessAdded,
  accessGranted,
  accessSet,
} from "../../policy/compare/compare.ts";
import { type PolicyKind, readPolicy } from "../../policy/document.ts";
import { publicAccess } from "../../policy/public-access.ts";
import { Refused } from "../gate/refusals.ts";

/** What the three checks answer. */
export interface CheckOutput {
  readonly result: "PASS" | "FAIL";
  readonly message: string;
  readonly reasons: readonly ReasonSummary[];
}

/** Steps of a comparison: half a second at most, in which nobody else is answered. */
const EFFORT = 500_000;
/** Characters of a document, or of what is asked about, that is compared: no kind of policy may have more. */
const LARGEST = 32 * 1024;
/** Statements times actions and resources: what is compared with what. Two managed policies of full size have a tenth of it. */
const MOST_PAIRS = 200_000;

/** Whether a policy grants any of these actions on any of these resources. */
export function checkAccessNotGranted({
  policyDocument,
  policyType,
  access = [],
}: CheckAccessNotGrantedCommandInput): CheckOutput {
  const granted = accessOf("policyDocument", policyDocument!, policyType!);
  if (JSON.stringify(access).length > LARGEST) throw invalidParameter("access: It is larger than any policy may be.");
  bound([granted], access.flatMap(({ actions = [], resources = [] }) => [...actions, ...resources]).length);
  const found = access.map(({ actions, resources }) => {
    if (actions === undefined && resources === undefined)
      throw invalidParameter("access: Neither actions nor resources are there.");
    return accessGranted(granted, { actions: actions ?? ["*"], resources: resources ?? ["*"] }, EFFORT);
  });
  return outputOf(found, {
    passes: "The policy document does not grant access to perform the listed actions or resources.",
    fails: "The policy document grants access to perform one or more of the listed actions or resources.",
    reason: "One or more of the listed actions or resources",
  });
}

/** Whether a policy grants what another does not. */
export function checkNoNewAccess({
  existingPolicyDocument,
  newPolicyDocument,
  policyType,
}: CheckNoNewAccessCommandInput): CheckOutput {
  const before = accessOf("existingPolicyDocument", existingPolicyDocument!, policyType!);
  const after = accessOf("newPolicyDocument", newPolicyDocument!, policyType!);
  bound([before, after]);
  return outputOf([accessAdded(before, after, EFFORT)], {
    passes: "The modified permissions do not grant new access compared to your existing policy.",
    fails: "The modified permissions grant new access compared to your existing policy.",
    reason: "New access",
  });
}

/** Whether a resource policy grants anything to everyone (evidence: access-analyzer-public). */
export function checkNoPublicAccess({ policyDocument, resourceType }: CheckNoPublicAccessCommandInput): CheckOutput {
  const kind = resourceType === "AWS::IAM::AssumeRolePolicyDocument" ? "trust" : "simulated-resource";
  checked("policyDocument", policyDocument!, kind);
  bound([accessSet([[{ id: "policyDocument", document: policyDocument! }]])]);
  return outputOf([publicAccess(policyDocument!, EFFORT)], {
    passes: "The resource policy does not grant public access for the given resource type.",
    fails: "The resource policy grants public access for the given resource type.",
    reason: "Public access granted",
  });
}

function accessOf(name: string, document: string, type: "IDENTITY_POLICY" | "RESOURCE_POLICY"): AccessSet {
  checked(name, document, type === "IDENTITY_POLICY" ? "simulated" : kindOf(document));
  return accessSet([[{ id: name, document }]]);
}

/** Throws Refused: UnprocessableEntityException for more than can be compared while others wait; `asked` counts what is asked besides. */
function bound(sets: readonly AccessSet[], asked = 0): void {
  const statements = sets.flatMap((set) => set.statements.map(({ structure }) => structure));
  const patterns = statements.map(({ actions, notActions, resources, notResources }) =>
    [actions, notActions, resources, notResources].reduce((sum, list) => sum + (list?.length ?? 0), 0),
  );
  const pairs = statements.length * patterns.reduce((sum, count) => sum + count, asked);
  if (pairs > MOST_PAIRS) throw unprocessable("There are more statements, actions and resources than can be compared.");
}

/** A trust policy has no resources, as one of any other resource need not have them in all services. */
function kindOf(document: string): PolicyKind {
  return readPolicy(document, "trust").fault === undefined ? "trust" : "simulated-resource";
}

/** Throws Refused: InvalidParameterException for what is no policy of that kind. */
function checked(name: string, document: string, kind: PolicyKind): void {
  if (document.length > LARGEST) throw invalidParameter(`${name}: The document is larger than any policy may be.`);
  const { fault } = readPolicy(document, kind);
  if (fault === undefined) return;
  const { line, column } = fault.start;
  throw invalidParameter(
    `${name}: ${fault.path === "" ? "" : `${fault.path}: `}${fault.detail} (line ${line}, column ${column})`,
  );
}

const invalidParameter = (message: string): Refused =>
  new Refused({ code: "InvalidParameterException", status: 400, message });

const unprocessable = (message: string): Refused =>
  new Refused({ code: "UnprocessableEntityException", status: 422, message });

interface Words {
  readonly passes: string;
  readonly fails: string;
  readonly reason: string;
}

/** Throws Refused: UnprocessableEntityException where nothing was found, and not all could be looked at. */
function outputOf(found: readonly Comparison[], { passes, fails, reason }: Words): CheckOutput {
  const added = found.flatMap((comparison) => comparison.added);
  const undecided = found.flatMap((comparison) => comparison.undecided);
  if (added.length === 0 && undecided.length > 0) {
    const places = [...new Set(undecided.map(({ statement }) => statement.index))].join(", ");
    throw unprocessable(`It could not be decided what the statements with these indexes grant: ${places}.`);
  }
  if (added.length === 0) return { result: "PASS", message: passes, reasons: [] };
  const reasons = new Map<number, ReasonSummary>();
  for (const { statement } of added) {
    const { index, sid } = statement;
    const named = sid === undefined || sid === "" ? "" : ` with sid: ${sid}`;
    const description = `${reason} in the statement${named || ` with index: ${index}`}.`;
    reasons.set(index, { description, statementIndex: index, ...(named !== "" && { statementId: sid }) });
  }
  return { result: "FAIL", message: fails, reasons: [...reasons.values()].toSorted(byIndex) };
}

const byIndex = (one: ReasonSummary, other: ReasonSummary): number => one.statementIndex! - other.statementIndex!;
