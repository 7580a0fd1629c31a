import { policyArn } from "../../handlers/arns.ts";
import { accountIn } from "../../policy/arn.ts";
import { serviceLinkedRoles } from "../../catalog/service-linked-roles.ts";
import type { Move } from "./other-account.ts";
import type { Place } from "./place.ts";
import { Plan } from "./plan.ts";
import { POLICIES_OF, trustsNobody } from "./principals.ts";

// Splits the report of GetAccountAuthorizationDetails, as the AWS CLI and the SDKs write it, into entities. The report
// has no passwords, keys and devices, and not the description and session length of roles.

/** An entity, and the plan that creates it with everything that belongs to it. */
export interface Entity {
  readonly kind: "policy" | "group" | "user" | "role" | "instance-profile";
  /** Such as `user/alice`. */
  readonly name: string;
  readonly plan: Plan;
  /** If several entities are created together, this comes after all their plans. */
  readonly trust?: Plan;
}

/** The members of the report. */
export const DETAIL_LISTS = ["UserDetailList", "GroupDetailList", "RoleDetailList", "Policies"] as const;

/** The accounts whose entities the details are about. */
export const accountsIn = (details: Place): string[] => [
  ...new Set(
    DETAIL_LISTS.flatMap((list) =>
      details
        .at(list)
        .items()
        .flatMap((entity) => accountIn(entity.at("Arn").text()) ?? []),
    ),
  ),
];

/** The entities of the details; those that others refer to come first. */
export function entitiesOf(details: Place, move: Move): Entity[] {
  const items = (list: (typeof DETAIL_LISTS)[number]) => details.at(list).items();
  const roles = items("RoleDetailList");
  return [
    ...items("Policies")
      .filter((policy) => accountIn(policy.at("Arn").text()) !== undefined)
      .map((policy) => policyEntity(policy, move)),
    ...items("GroupDetailList").map((group) => groupEntity(group, move)),
    ...items("UserDetailList").map((user) => userEntity(user, move)),
    ...roles.map((role) => roleEntity(role, move)),
    ...roles.flatMap((role) =>
      role
        .at("InstanceProfileList")
        .items()
        .map((profile) => profileEntity(profile, role.at("RoleName").text(), move)),
    ),
  ];
}

function userEntity(user: Place, move: Move): Entity {
  const plan = new Plan(move.to);
  const UserName = user.at("UserName").text();
  const name = `user/${UserName}`;
  plan.call(user, "CreateUser", {
    UserName,
    Path: user.at("Path").textIfGiven(),
    Tags: tagsFrom(user),
    PermissionsBoundary: boundaryFrom(user, move),
  });
  addPolicies("user", UserName, user, user.at("UserPolicyList"), name, plan, move);
  for (const group of user.at("GroupList").items()) {
    plan.call(group, "AddUserToGroup", { UserName, GroupName: group.text() });
  }
  return { kind: "user", name, plan };
}

function groupEntity(group: Place, move: Move): Entity {
  const plan = new Plan(move.to);
  const GroupName = group.at("GroupName").text();
  const name = `group/${GroupName}`;
  plan.call(group, "CreateGroup", { GroupName, Path: group.at("Path").textIfGiven() });
  addPolicies("group", GroupName, group, group.at("GroupPolicyList"), name, plan, move);
  return { kind: "group", name, plan };
}

function roleEntity(role: Place, move: Move): Entity {
  const plan = new Plan(move.to);
  const RoleName = role.at("RoleName").text();
  const name = `role/${RoleName}`;
  const tags = tagsFrom(role);
  const service = /^\/aws-service-role\/([^/]+)\/$/.exec(role.at("Path").textIfGiven() ?? "/")?.[1];
  if (service !== undefined) {
    plan.call(role, "CreateServiceLinkedRole", { AWSServiceName: service, CustomSuffix: suffixOf(RoleName, service) });
    if (tags && tags.length > 0) plan.call(role.at("Tags"), "TagRole", { RoleName, Tags: tags });
    return { kind: "role", name, plan };
  }
  plan.call(role, "CreateRole", {
    RoleName,
    Path: role.at("Path").textIfGiven(),
    Tags: tags,
    PermissionsBoundary: boundaryFrom(role, move),
    AssumeRolePolicyDocument: trustsNobody(move.to),
  });
  addPolicies("role", RoleName, role, role.at("RolePolicyList"), name, plan, move);
  const document = role.at("AssumeRolePolicyDocument");
  const PolicyDocument = move.document(documentFrom(document), `${name}: AssumeRolePolicyDocument`);
  // Last, since a role may trust itself.
  const trust = new Plan(move.to);
  trust.call(document, "UpdateAssumeRolePolicy", { RoleName, PolicyDocument });
  return { kind: "role", name, plan, trust };
}

/** A service-linked role's name is that of its service's role, which may have a suffix. */
function suffixOf(roleName: string, service: string): string | undefined {
  const start = `${serviceLinkedRoles.get(service)?.roleName ?? roleName}_`;
  return roleName.startsWith(start) ? roleName.slice(start.length) : undefined;
}

function profileEntity(profile: Place, RoleName: string, { to }: Move): Entity {
  const plan = new Plan(to);
  const InstanceProfileName = profile.at("InstanceProfileName").text();
  plan.call(profile, "CreateInstanceProfile", {
    InstanceProfileName,
    Path: profile.at("Path").textIfGiven(),
    Tags: tagsFrom(profile),
  });
  plan.call(profile, "AddRoleToInstanceProfile", { InstanceProfileName, RoleName });
  return { kind: "instance-profile", name: `instance-profile/${InstanceProfileName}`, plan };
}

/**
 * A managed policy whose versions keep their numbers, which are their ids. Missing numbers are created and deleted
 * again at once, so that there is never more than one version too many.
 */
function policyEntity(policy: Place, move: Move): Entity {
  const plan = new Plan(move.to);
  const PolicyName = policy.at("PolicyName").text();
  const Path = policy.at("Path").textIfGiven();
  const name = `policy/${PolicyName}`;
  const PolicyArn = policyArn(move.to, PolicyName, Path);
  const versions = versionsFrom(policy, name, move);
  const numbers = [...versions.keys()].toSorted((a, b) => a - b);
  const [first, last] = [numbers[0]!, numbers.at(-1)!];
  const version = (number: number) => ({ PolicyArn, VersionId: `v${number}` });

  plan.call(policy, "CreatePolicy", {
    PolicyName,
    Path,
    Description: policy.at("Description").textIfGiven(),
    PolicyDocument: versions.get(first)!,
  });
  for (let number = 2; number <= last; number++) {
    const PolicyDocument = versions.get(number) ?? versions.get(first)!;
    plan.call(policy, "CreatePolicyVersion", { PolicyArn, PolicyDocument, SetAsDefault: number === first });
    if (!versions.has(number)) plan.call(policy, "DeletePolicyVersion", version(number));
    else if (number === first) plan.call(policy, "DeletePolicyVersion", version(1));
  }
  const defaultVersion = policy.at("DefaultVersionId");
  plan.call(defaultVersion, "SetDefaultPolicyVersion", { PolicyArn, VersionId: defaultVersion.text() });
  return { kind: "policy", name, plan };
}

/** No policy has had more changes than this. */
const MOST_VERSIONS = 10_000;

function versionsFrom(policy: Place, name: string, move: Move): ReadonlyMap<number, string> {
  const versions = new Map<number, string>();
  for (const version of policy.at("PolicyVersionList").items()) {
    const id = version.at("VersionId");
    const number = Number(/^v([1-9]\d*)$/.exec(id.text())?.[1]);
    if (!(number <= MOST_VERSIONS)) throw id.fail(`must be such as v1, up to v${MOST_VERSIONS}.`);
    versions.set(number, move.document(documentFrom(version.at("Document")), `${name}: ${id.text()}`));
  }
  if (versions.size === 0) throw policy.at("PolicyVersionList").fail("must have a version.");
  return versions;
}

function addPolicies(
  kind: keyof typeof POLICIES_OF,
  entity: string,
  detail: Place,
  embedded: Place,
  what: string,
  plan: Plan,
  move: Move,
): void {
  const { embed, attach } = POLICIES_OF[kind];
  for (const policy of embedded.items()) {
    const policyName = policy.at("PolicyName").text();
    const document = documentFrom(policy.at("PolicyDocument"));
    embed(plan, policy, entity, policyName, move.document(document, `${what}: ${policyName}`));
  }
  for (const policy of detail.at("AttachedManagedPolicies").items()) {
    attach(plan, policy, entity, move.arn(policy.at("PolicyArn").text()));
  }
}

const tagsFrom = (entity: Place) =>
  entity.at("Tags").isGiven
    ? entity
        .at("Tags")
        .items()
        .map((tag) => ({ Key: tag.at("Key").text(), Value: tag.at("Value").text() }))
    : undefined;

function boundaryFrom(entity: Place, move: Move): string | undefined {
  const boundary = entity.at("PermissionsBoundary");
  return boundary.isGiven ? move.arn(boundary.at("PermissionsBoundaryArn").text()) : undefined;
}

/** The AWS CLI prints documents as JSON; IAM sends them percent-encoded. */
function documentFrom(place: Place): string {
  if (typeof place.value !== "string") return place.json();
  if (!place.value.startsWith("%")) return place.value;
  try {
    return decodeURIComponent(place.value);
  } catch {
    throw place.fail("is not percent-encoded as it should be.");
  }
}
