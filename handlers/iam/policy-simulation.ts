import { InvalidInput } from "../errors.ts";
import { identityPolicies, managedPolicy, type IdentityPolicy } from "../identity-policies.ts";
import { operation, type Context, type Input } from "../operation.ts";
import { policyLevels } from "../organization.ts";
import { pageOf } from "../paging.ts";
import { isKnownAction } from "../../policy/action-resources.ts";
import { accountIn, isArn, splitArn } from "../../policy/arn.ts";
import { keysOf } from "../../policy/context-entries.ts";
import { parseInputPolicy } from "../policy-documents.ts";
import type { ContextKeys, PolicySource } from "../../policy/evaluate.ts";
import { Simulator, type Simulation } from "../../policy/simulate.ts";
import { exclusionsOf } from "./policy-exclusions.ts";
import { existingSource, sourceResource } from "./policy-source.ts";

/** The input of both operations. */
type SimulationInput = Omit<Input<"SimulatePrincipalPolicy">, "PolicySourceArn" | "PolicyExclusionList">;

export const SimulateCustomPolicy = operation("SimulateCustomPolicy", {
  handle(input, context) {
    const levels = input.OrderedOrganizationPolicyInputList;
    return simulate("SimulateCustomPolicy", input, undefined, context, {
      identity: documents("PolicyInputList", input.PolicyInputList),
      boundary: inputBoundary(input),
      scps: levels?.map(({ ServiceControlPolicyInputList: level }) =>
        documents("ServiceControlPolicyInputList", level),
      ),
    });
  },
});

export const SimulatePrincipalPolicy = operation("SimulatePrincipalPolicy", {
  resource: (input, context) => sourceResource(input.PolicySourceArn!, context),
  handle(input, context) {
    const { tx, account } = context;
    const source = existingSource(input.PolicySourceArn!, context);
    const excluded = exclusionsOf(input.PolicyExclusionList ?? []);
    const own = identityPolicies(source, tx).filter((policy) => !excluded.has(policy));
    const ownBoundary = source.boundary === undefined || excluded.boundary ? undefined : source.boundary;
    const levels = policyLevels(account, tx);
    return simulate("SimulatePrincipalPolicy", input, source.resource.arn, context, {
      identity: [...own.map(shownSource), ...documents("PolicyInputList", input.PolicyInputList)],
      boundary:
        inputBoundary(input) ?? (ownBoundary === undefined ? undefined : shownSource(managedPolicy(ownBoundary, tx))),
      // The management account is a member without limits.
      scps: excluded.scps ? undefined : levels && (levels.scps ?? []),
    });
  },
});

/**
 * Answers a page of actions; all resources of an action are on the same page, and a marker stays valid if the input
 * changes (evidence: simulator-results).
 */
function simulate(
  operationName: string,
  input: SimulationInput,
  defaultCaller: string | undefined,
  context: Context,
  policies: Pick<Simulation, "identity" | "boundary" | "scps">,
) {
  const actions = input.ActionNames!;
  const resources = resourcesOf(input);
  checkActions(actions, resources, input.ResourceHandlingOption);
  const caller = input.CallerArn ?? defaultCaller;
  const principal = principalOf(caller, context.account);
  const { keys: given, fault } = keysOf(input.ContextEntries ?? []);
  if (fault !== undefined) throw InvalidInput(fault);
  const givenNames = new Set(Object.keys(given).map((name) => name.toLowerCase()));
  const simulator = new Simulator({
    ...policies,
    principal,
    keys: { ...defaultKeys(caller, principal, givenNames), ...given },
    given: givenNames,
    resourcePolicy: resourcePolicyOf(input, caller, resources),
    resourceOwner: ownerOf(input.ResourceOwner),
  });
  const { items, paging } = pageOf(actions, withinReason(input, resources, policies), context, [operationName]);
  return { EvaluationResults: items.map((action) => simulator.result(action, resources)), ...paging };
}

/**
 * "IAM might return fewer results, even when there are more results available": few enough not to hold up other
 * callers.
 */
const EVALUATIONS_PER_PAGE = 10_000;
/** Larger sets of policies get fewer evaluations, since each evaluation reads all of the set, and may report it. */
const CHARACTERS_PER_PAGE = EVALUATIONS_PER_PAGE * 2048;

function withinReason(
  { Marker, MaxItems = 100 }: SimulationInput,
  resources: readonly string[] = ["*"],
  { identity, boundary, scps = [] }: Pick<Simulation, "identity" | "boundary" | "scps">,
) {
  const sources = [...identity, ...(boundary ? [boundary] : []), ...scps.flat()];
  const size = sources.reduce((sum, { document }) => sum + document.length, 1);
  const evaluations = Math.min(EVALUATIONS_PER_PAGE, CHARACTERS_PER_PAGE / size);
  return { Marker, MaxItems: Math.min(MaxItems, Math.max(1, Math.floor(evaluations / resources.length))) };
}

/**
 * The resources, unless they are only `*`. Throws InvalidInput for anything that is not an ARN
 * (evidence: simulator-resource-arns).
 */
function resourcesOf({ ResourceArns: resources = [] }: SimulationInput): readonly string[] | undefined {
  return resources.every((resource) => resource === "*") ? undefined : resources;
}

/**
 * The combinations of action and resource to check. With resources, known and unknown actions cannot be mixed; this is
 * checked before the ARNs are (evidence: simulator-mixed-actions, simulator-resource-arns).
 */
function checkActions(
  actions: readonly string[],
  resources: readonly string[] | undefined,
  handling: string | undefined,
): void {
  // An empty list is refused; the text is not known (evidence: simulator-empty-lists).
  if (actions.length === 0) throw InvalidInput("ActionNames cannot be null or empty.");
  if (!actions.every((action) => /^[^:]+:./.test(action))) {
    throw InvalidInput("The action is invalid since it is missing names");
  }
  if (handling !== undefined) {
    const unfit = actions.find(
      (action) => !HANDLING_OPTIONS.has(handling) || action.toLowerCase() !== "ec2:runinstances",
    );
    if (unfit !== undefined) {
      throw InvalidInput(
        `Invalid input resource handling options. Action does not support resource handling options: ${unfit}.`,
      );
    }
  }
  if (resources === undefined) return;
  const known = actions.filter(isKnownAction);
  const unknown = actions.filter((action) => !isKnownAction(action));
  if (known.length > 0 && unknown.length > 0) {
    const lists = `[${known.join(",")}] and [${unknown.join(",")}]`;
    throw InvalidInput(`Invalid Input Actions: ${lists} require different authorization information. `);
  }
  const bad = resources.find((resource) => !isArn(splitArn(resource)));
  if (bad !== undefined) throw noArn(bad);
}

/**
 * Kinds of EC2 instance. The API reference says which resources each needs, but AWS was recorded to simulate without
 * them (evidence: simulator-handling-option).
 */
const HANDLING_OPTIONS = new Set([
  "EC2-Classic-InstanceStore",
  "EC2-Classic-EBS",
  "EC2-VPC-InstanceStore",
  "EC2-VPC-InstanceStore-Subnet",
  "EC2-VPC-EBS",
  "EC2-VPC-EBS-Subnet",
]);

const noArn = (text: string) => InvalidInput(`ResourceNames are not in a valid ARN format: ${text}.`);

const IDENTITY_ARN = /^arn:[^:]+:iam::(\d{12}):(user|group|role)\/(?:.*\/)?([^/]+)$/;

/** The principal that a resource's policy would name. Without a caller there is none, and no such policy. */
function principalOf(caller: string | undefined, account: string): Simulation["principal"] {
  if (caller === undefined) return { type: "user", account, arn: STUB, id: STUB };
  const [, callerAccount, type] = IDENTITY_ARN.exec(caller) ?? [];
  if (callerAccount === undefined) {
    throw InvalidInput("Invalid caller - Caller must be an IAM user, role or group in this context.");
  }
  const named = { account: callerAccount, arn: caller, id: caller };
  return type === "role" ? { type, roleArn: caller, ...named } : { type: "user", ...named };
}

const STUB = "STUB_PRINCIPAL_FOR_POLICY_SIMULATOR";

/** The keys that the simulator sets itself if the request does not (evidence: simulator-defaults). */
function defaultKeys(
  caller: string | undefined,
  { account, type }: Simulation["principal"],
  given: ReadonlySet<string>,
): ContextKeys {
  const isUser = caller !== undefined && type === "user" && caller.includes(":user/");
  const defaults = {
    "aws:PrincipalAccount": account,
    "aws:userid": caller ?? STUB,
    ...(caller !== undefined && { "aws:PrincipalArn": caller }),
    ...(isUser && { "aws:username": caller.slice(caller.lastIndexOf("/") + 1) }),
  };
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !given.has(name.toLowerCase())));
}

/**
 * The ResourcePolicy. It needs a CallerArn, and ARNs both in its Resource and in ResourceArns
 * (evidence: simulator-resource-policy).
 */
function resourcePolicyOf(
  { ResourcePolicy: document, ResourceArns = [] }: SimulationInput,
  caller: string | undefined,
  resources: readonly string[] | undefined,
): string | undefined {
  if (document === undefined) return undefined;
  if (caller === undefined) throw InvalidInput("Invalid caller - Caller cannot be null or empty.");
  if (resources === undefined || ResourceArns.includes("*")) {
    throw InvalidInput("Invalid Entity Arn: * does not clearly define entity type and name.");
  }
  const { statements } = parseInputPolicy(document, "simulated-resource");
  if (statements.some(({ resources: named = [] }) => named.includes("*"))) throw noArn("*");
  return document;
}

/**
 * The account of a ResourceOwner, which must be an ARN; a bare account number does not count
 * (evidence: simulator-resource-owner).
 */
function ownerOf(owner: string | undefined): string | undefined {
  if (owner === undefined) return undefined;
  if (!IDENTITY_ARN.test(owner) && !/^arn:[^:]+:iam::\d{12}:root$/.test(owner)) {
    throw InvalidInput(`'${owner}' is not a valid as a Resource Owner.`);
  }
  return accountIn(owner);
}

/** Policies from the request, under the names by which the answer refers to them. */
function documents(list: string, texts: readonly string[] = []): PolicySource[] {
  return texts.map((document, index) => {
    parseInputPolicy(document, "simulated");
    return { id: `${list}.${index + 1}`, document };
  });
}

function inputBoundary({ PermissionsBoundaryPolicyInputList: list }: SimulationInput): PolicySource | undefined {
  const boundaries = documents("PermissionsBoundaryPolicyInputList", list);
  if (boundaries.length > 1) throw InvalidInput("Only one permissions boundary can be given.");
  return boundaries[0];
}

/** `user_alice_policy` for an inline policy, the bare name for a managed one (evidence: simulator-source-ids). */
function shownSource({ arn, inline, document }: IdentityPolicy): PolicySource {
  const id = inline ? `${inline.ownerType}_${inline.ownerName}_${inline.name}` : arn!.slice(arn!.lastIndexOf("/") + 1);
  return { id, document };
}
