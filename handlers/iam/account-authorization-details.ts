import type { AwsManagedPolicy } from "../../catalog/aws-managed-policies.ts";
import { fold } from "../../data/entities/accounts.ts";
import { attachments, inlinePolicies, type ManagedPolicy } from "../../data/entities/policies.ts";
import { instanceProfiles, roles, type Role } from "../../data/entities/roles.ts";
import { groups, memberships, users, type Group, type User } from "../../data/entities/users.ts";
import type { Key } from "../../data/store.ts";
import { shownBoundary } from "../permissions-boundary.ts";
import { encodedDocument } from "../documents.ts";
import { operation, type Context } from "../operation.ts";
import { page } from "../paging.ts";
import { sortedTags } from "../tags.ts";
import { toGroup } from "./groups.ts";
import { toInstanceProfile } from "./instance-profiles.ts";
import { defaultVersionOf, findPolicy, policiesInOrder, policyKey, toPolicy } from "./managed-policies.ts";
import { toVersionWithDocument, versionsOf } from "./policy-versions.ts";
import { shownLastUse, toRole } from "./roles.ts";
import { toUser } from "./users.ts";

/** One entry of the report. The sections share a page and come in this order (evidence: details-pages). */
type Entry =
  | { readonly section: "user"; readonly entity: User }
  | { readonly section: "role"; readonly entity: Role }
  | { readonly section: "group"; readonly entity: Group }
  | { readonly section: "policy"; readonly entity: ManagedPolicy | AwsManagedPolicy };
const SECTIONS = ["user", "role", "group", "policy"] as const;

const FILTERS = ["User", "Role", "Group", "LocalManagedPolicy", "AWSManagedPolicy"] as const;
type Filter = (typeof FILTERS)[number];

export const GetAccountAuthorizationDetails = operation("GetAccountAuthorizationDetails", {
  handle(input, context) {
    // A marker belongs to the set of filters: order and repetition do not count, and no filter means all
    // (evidence: details-pages).
    const filter = FILTERS.filter(
      (name) => input.Filter === undefined || input.Filter.length === 0 || input.Filter.includes(name),
    );
    const { items, paging } = page(
      input,
      context,
      ["GetAccountAuthorizationDetails", ...filter],
      (after) => entriesAfter(after, new Set(filter), context),
      keyOf,
      "Marker and Filter do not match",
    );
    const details = emptyDetails();
    for (const { section, entity } of items) {
      if (section === "user") details.UserDetailList.push(userDetail(entity, context));
      else if (section === "role") details.RoleDetailList.push(roleDetail(entity, context));
      else if (section === "group") details.GroupDetailList.push(groupDetail(entity, context));
      else details.Policies.push(policyDetail(entity, context));
    }
    return { ...details, ...paging };
  },
});

const emptyDetails = () => ({
  UserDetailList: [] as ReturnType<typeof userDetail>[],
  RoleDetailList: [] as ReturnType<typeof roleDetail>[],
  GroupDetailList: [] as ReturnType<typeof groupDetail>[],
  Policies: [] as ReturnType<typeof policyDetail>[],
});

const keyOf = ({ section, entity }: Entry): Key => [
  String(SECTIONS.indexOf(section)),
  ...(section === "policy" ? policyKey(entity) : [fold(entity.name)]),
];

function* entriesAfter(after: Key | undefined, filter: ReadonlySet<Filter>, context: Context): Iterable<Entry> {
  const { tx, account } = context;
  const [current, ...within] = after ?? ["0"];
  for (const [place, section] of SECTIONS.entries()) {
    if (place < Number(current)) continue;
    const start = place === Number(current) && within.length > 0 ? within : undefined;
    const fullStart = start && [account, ...start];
    if (section === "user" && filter.has("User")) {
      for (const entity of tx.list(users, [account], fullStart)) yield { section, entity };
    } else if (section === "role" && filter.has("Role")) {
      for (const entity of tx.list(roles, [account], fullStart)) yield { section, entity };
    } else if (section === "group" && filter.has("Group")) {
      for (const entity of tx.list(groups, [account], fullStart)) yield { section, entity };
    } else if (section === "policy") {
      for (const entity of policiesAfter(start, filter, context)) yield { section, entity };
    }
  }
}

/** All customer managed policies, and those of AWS's that are in use (evidence: details-policies). */
function* policiesAfter(after: Key | undefined, filter: ReadonlySet<Filter>, context: Context) {
  const { tx, account } = context;
  const [local, awsOwned] = [filter.has("LocalManagedPolicy"), filter.has("AWSManagedPolicy")];
  if (!local && !awsOwned) return;
  const isUsed = (arn: string): boolean =>
    tx.find(attachments, "policy", account, arn) !== undefined ||
    tx.find(users, "boundary", account, arn) !== undefined ||
    tx.find(roles, "boundary", account, arn) !== undefined;
  const scope = local && awsOwned ? "All" : local ? "Local" : "AWS";
  for (const policy of policiesInOrder(scope, after, context)) {
    if ("defaultVersion" in policy || isUsed(policy.arn)) yield policy;
  }
}

// The members of each kind of entry; empty ones are left out as on AWS (evidence: details-members).

function userDetail(user: User, context: Context) {
  const { tx, account } = context;
  const policies = inlinePoliciesOf(user.id, context);
  const joined = Array.from(
    tx.listBy(memberships, "user", [account, user.id]),
    ({ group }) => tx.find(groups, "id", account, group)!.name,
  );
  return {
    ...toUser(user, context),
    ...(policies.length > 0 && { UserPolicyList: policies }),
    GroupList: joined.toSorted((a, b) => (fold(a) < fold(b) ? -1 : 1)),
    AttachedManagedPolicies: attachedPolicies(user.id, context),
    ...shownBoundary(user.boundary),
    Tags: sortedTags(user.tags),
  };
}

const groupDetail = (group: Group, context: Context) => ({
  ...toGroup(group),
  GroupPolicyList: inlinePoliciesOf(group.id, context),
  AttachedManagedPolicies: attachedPolicies(group.id, context),
});

const roleDetail = (role: Role, context: Context) => ({
  ...toRole(role, context),
  InstanceProfileList: Array.from(context.tx.listBy(instanceProfiles, "role", [context.account, role.id]), (profile) =>
    toInstanceProfile(profile, context),
  ),
  RolePolicyList: inlinePoliciesOf(role.id, context),
  AttachedManagedPolicies: attachedPolicies(role.id, context),
  ...shownBoundary(role.boundary),
  Tags: sortedTags(role.tags),
  ...shownLastUse(role, context),
});

const policyDetail = (policy: ManagedPolicy | AwsManagedPolicy, context: Context) => ({
  ...toPolicy(policy, context),
  PolicyVersionList: detailedVersions(policy, context).map((version) =>
    toVersionWithDocument(version, defaultVersionOf(policy)),
  ),
});

/** All versions of a customer managed policy; of AWS's only the default one, as some have more than a hundred. */
function detailedVersions(policy: ManagedPolicy | AwsManagedPolicy, context: Context) {
  const versions = versionsOf(policy, context);
  return "version" in policy ? versions.slice(0, 1) : versions;
}

const inlinePoliciesOf = (owner: string, { tx, account }: Context) =>
  Array.from(tx.list(inlinePolicies, [account, owner]), ({ name, document }) => ({
    PolicyName: name,
    PolicyDocument: encodedDocument(document),
  }));

const attachedPolicies = (owner: string, context: Context) =>
  Array.from(context.tx.list(attachments, [context.account, owner]), ({ policyArn }) => ({
    PolicyName: findPolicy(policyArn, context)!.name,
    PolicyArn: policyArn,
  }));
