import { rootArn } from "../../handlers/arns.ts";
import { boundaryOf, policyArnOf, tagsOf, type AccountSeed } from "./accounts.ts";
import { addAccessKey, setRootPassword } from "./given-secrets.ts";
import { addMfaDevices } from "./mfa-devices.ts";
import type { Place } from "./place.ts";
import type { Plan } from "./plan.ts";

/** Adds a policy to a user, group or role: embedded, or attached by its ARN. */
export const POLICIES_OF = {
  user: {
    embed: (plan: Plan, place: Place, UserName: string, PolicyName: string, PolicyDocument: string) =>
      plan.call(place, "PutUserPolicy", { UserName, PolicyName, PolicyDocument }),
    attach: (plan: Plan, place: Place, UserName: string, PolicyArn: string) =>
      plan.call(place, "AttachUserPolicy", { UserName, PolicyArn }),
  },
  group: {
    embed: (plan: Plan, place: Place, GroupName: string, PolicyName: string, PolicyDocument: string) =>
      plan.call(place, "PutGroupPolicy", { GroupName, PolicyName, PolicyDocument }),
    attach: (plan: Plan, place: Place, GroupName: string, PolicyArn: string) =>
      plan.call(place, "AttachGroupPolicy", { GroupName, PolicyArn }),
  },
  role: {
    embed: (plan: Plan, place: Place, RoleName: string, PolicyName: string, PolicyDocument: string) =>
      plan.call(place, "PutRolePolicy", { RoleName, PolicyName, PolicyDocument }),
    attach: (plan: Plan, place: Place, RoleName: string, PolicyArn: string) =>
      plan.call(place, "AttachRolePolicy", { RoleName, PolicyArn }),
  },
} as const;

/** `policies` (embedded, by name) and `managedPolicies` (a list). */
function addPolicies(
  kind: keyof typeof POLICIES_OF,
  name: string,
  { policies, managedPolicies }: Readonly<Record<"policies" | "managedPolicies", Place>>,
  account: AccountSeed,
  plan: Plan,
): void {
  const { embed, attach } = POLICIES_OF[kind];
  for (const [policyName, document] of policies.entries()) embed(plan, document, name, policyName, document.json());
  for (const policy of managedPolicies.items()) attach(plan, policy, name, policyArnOf(policy, account));
}

export function addGroups(account: AccountSeed, plan: Plan): void {
  for (const group of account.members.groups.items()) {
    const { name, path, ...policies } = group.members("name", "path", "policies", "managedPolicies");
    plan.call(group, "CreateGroup", { GroupName: name.text(), Path: path.textIfGiven() });
    addPolicies("group", name.text(), policies, account, plan);
  }
}

export function addUsers(account: AccountSeed, plan: Plan): void {
  for (const user of account.members.users.items()) {
    const { name, path, tags, boundary, groups, password, passwordResetRequired, accessKeys, mfaDevices, ...policies } =
      user.members(
        "name",
        "path",
        "tags",
        "boundary",
        "groups",
        "policies",
        "managedPolicies",
        "password",
        "passwordResetRequired",
        "accessKeys",
        "mfaDevices",
      );
    const UserName = name.text();
    plan.call(user, "CreateUser", {
      UserName,
      Path: path.textIfGiven(),
      Tags: tagsOf(tags),
      PermissionsBoundary: boundaryOf(boundary, account),
    });
    addPolicies("user", UserName, policies, account, plan);
    for (const group of groups.items()) plan.call(group, "AddUserToGroup", { UserName, GroupName: group.text() });
    if (password.isGiven) {
      const PasswordResetRequired = passwordResetRequired.booleanIfGiven();
      plan.call(password, "CreateLoginProfile", { UserName, Password: password.text(), PasswordResetRequired });
    } else if (passwordResetRequired.isGiven) throw passwordResetRequired.fail("is for users with a password.");
    for (const key of accessKeys.items()) addAccessKey(key, UserName, plan);
    addMfaDevices(mfaDevices, UserName, plan);
  }
}

/**
 * Roles, at first with a trust policy that trusts nobody: they may trust roles of the seed that do not exist yet.
 * `addTrust` then sets the right one.
 */
export function addRoles(account: AccountSeed, plan: Plan): void {
  for (const role of account.members.roles.items()) {
    const { name, path, description, maxSessionDuration, tags, boundary, trustPolicy, ...policies } = role.members(
      "name",
      "path",
      "description",
      "trustPolicy",
      "maxSessionDuration",
      "tags",
      "boundary",
      "policies",
      "managedPolicies",
    );
    trustPolicy.json();
    plan.call(role, "CreateRole", {
      RoleName: name.text(),
      Path: path.textIfGiven(),
      Description: description.textIfGiven(),
      MaxSessionDuration: maxSessionDuration.integerIfGiven(),
      Tags: tagsOf(tags),
      PermissionsBoundary: boundaryOf(boundary, account),
      AssumeRolePolicyDocument: trustsNobody(account.id),
    });
    addPolicies("role", name.text(), policies, account, plan);
  }
  for (const role of account.members.serviceLinkedRoles.items()) {
    const { service, suffix, description } = role.members("service", "suffix", "description");
    plan.call(role, "CreateServiceLinkedRole", {
      AWSServiceName: service.text(),
      CustomSuffix: suffix.textIfGiven(),
      Description: description.textIfGiven(),
    });
  }
}

/** A trust policy for the time until the right one can be set. */
export const trustsNobody = (account: string): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: [{ Effect: "Deny", Principal: { AWS: rootArn(account) }, Action: "sts:AssumeRole" }],
  });

/** Sets the trust policies of roles, once all users and roles exist. */
export function addTrust({ members }: AccountSeed, plan: Plan): void {
  for (const role of members.roles.items()) {
    const document = role.at("trustPolicy");
    const RoleName = role.at("name").text();
    plan.call(document, "UpdateAssumeRolePolicy", { RoleName, PolicyDocument: document.json() });
  }
}

export function addInstanceProfiles({ members }: AccountSeed, plan: Plan): void {
  for (const profile of members.instanceProfiles.items()) {
    const { name, path, tags, role } = profile.members("name", "path", "tags", "role");
    const InstanceProfileName = name.text();
    plan.call(profile, "CreateInstanceProfile", {
      InstanceProfileName,
      Path: path.textIfGiven(),
      Tags: tagsOf(tags),
    });
    if (role.isGiven) plan.call(role, "AddRoleToInstanceProfile", { InstanceProfileName, RoleName: role.text() });
  }
}

/** What root itself has: a password for the console, access keys and MFA devices. */
export function addRoot({ members }: AccountSeed, plan: Plan): void {
  const { password, accessKeys, mfaDevices } = members.root.members("password", "accessKeys", "mfaDevices");
  if (password.isGiven) setRootPassword(password, plan);
  for (const key of accessKeys.items()) addAccessKey(key, undefined, plan);
  addMfaDevices(mfaDevices, undefined, plan);
}
