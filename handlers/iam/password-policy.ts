import { accounts, type PasswordPolicy } from "../../data/entities/accounts.ts";
import { NoSuchEntity } from "../errors.ts";
import { operation, type Context, type Permission, type Resource } from "../operation.ts";
import type { PolicySource } from "../../policy/evaluate.ts";
import { existingAccount } from "./account.ts";

const SELF_SERVICE: PolicySource = {
  id: "account password policy",
  document: JSON.stringify({
    Version: "2012-10-17",
    Statement: { Effect: "Allow", Action: ["iam:ChangePassword", "iam:GetAccountPasswordPolicy"], Resource: "*" },
  }),
};

/**
 * The permission for one of the two actions that AllowUsersToChangePassword grants to all users of the account (User
 * Guide, "Setting an account password policy"). A deny still refuses it.
 */
export function selfServicePermission(action: string, resource: Resource, context: Context): Permission {
  const implied =
    context.caller.principal.type === "user" && existingAccount(context).passwordPolicy?.allowUsersToChange;
  return implied ? { action, resource, implied: SELF_SERVICE } : { action, resource };
}

export const GetAccountPasswordPolicy = operation("GetAccountPasswordPolicy", {
  permissions: (_input, context) => [selfServicePermission("iam:GetAccountPasswordPolicy", { arn: "*" }, context)],
  handle(_input, context) {
    const { passwordPolicy } = existingAccount(context);
    if (!passwordPolicy) {
      throw NoSuchEntity(`The Password Policy with domain name ${context.account} cannot be found.`);
    }
    return { PasswordPolicy: toPasswordPolicy(passwordPolicy) };
  },
});

function toPasswordPolicy(policy: PasswordPolicy) {
  return {
    MinimumPasswordLength: policy.minimumLength,
    RequireSymbols: policy.requireSymbols,
    RequireNumbers: policy.requireNumbers,
    RequireUppercaseCharacters: policy.requireUppercase,
    RequireLowercaseCharacters: policy.requireLowercase,
    AllowUsersToChangePassword: policy.allowUsersToChange,
    ExpirePasswords: policy.maxAgeDays !== undefined,
    ...(policy.maxAgeDays !== undefined && { MaxPasswordAge: policy.maxAgeDays }),
    ...(policy.reusePrevention !== undefined && { PasswordReusePrevention: policy.reusePrevention }),
    ...(policy.hardExpiry !== undefined && { HardExpiry: policy.hardExpiry }),
  };
}

/**
 * Replaces the whole policy: a member that is left out gets its default, not its former value
 * (evidence: password-policy-update).
 */
export const UpdateAccountPasswordPolicy = operation("UpdateAccountPasswordPolicy", {
  handle(input, context) {
    const passwordPolicy: PasswordPolicy = {
      minimumLength: input.MinimumPasswordLength ?? 6,
      requireSymbols: input.RequireSymbols ?? false,
      requireNumbers: input.RequireNumbers ?? false,
      requireUppercase: input.RequireUppercaseCharacters ?? false,
      requireLowercase: input.RequireLowercaseCharacters ?? false,
      allowUsersToChange: input.AllowUsersToChangePassword ?? false,
      ...(input.MaxPasswordAge !== undefined && { maxAgeDays: input.MaxPasswordAge }),
      ...(input.PasswordReusePrevention !== undefined && { reusePrevention: input.PasswordReusePrevention }),
      ...(input.HardExpiry !== undefined && { hardExpiry: input.HardExpiry }),
    };
    context.tx.put(accounts, { ...existingAccount(context), passwordPolicy });
  },
});

export const DeleteAccountPasswordPolicy = operation("DeleteAccountPasswordPolicy", {
  handle(_input, context) {
    const { passwordPolicy, ...account } = existingAccount(context);
    if (!passwordPolicy) throw NoSuchEntity("The account policy with name PasswordPolicy cannot be found.");
    context.tx.put(accounts, account);
  },
});
