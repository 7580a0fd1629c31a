import { loginProfiles, type LoginProfile } from "../../data/entities/users.ts";
import { PasswordPolicyViolation } from "../../handlers/errors.ts";
import { checkPassword, hashPassword, newHashSetting } from "../../handlers/iam/passwords.ts";
import type { Try } from "./limits.ts";
import { recordSignInEvent, signInIdentity } from "./login-events.ts";
import { Refused, type SignedInView } from "./page.ts";
import { currentPasswordHash } from "../web/signed-in.ts";
import { isPassword } from "./sign-in.ts";

const LONGEST = 128;

/**
 * Sets another password for root, which no operation does; the caller is root. AWS's rules for root apply, not the
 * account's password policy (IAM User Guide, "Change the password for the AWS account root user"). This session goes
 * on; all other sessions of root end. Throws Refused or PasswordPolicyViolation.
 */
export async function changeRootPassword(
  { OldPassword, NewPassword }: { readonly OldPassword: string; readonly NewPassword: string },
  view: SignedInView,
): Promise<void> {
  const { emulation, memory, visitorId, caller, now } = view;
  const { account } = caller;
  const subject = { account, principalId: account };
  const tried: Try = ["user", `root-password/${account}`];
  if (!(await memory.limits.take(...tried, now))) {
    throw new Refused(429, "The old password was wrong too often. Wait a quarter of an hour before you try again.");
  }
  const oldHash = emulation.store.read((tx) => currentPasswordHash(subject, tx));
  if (!(await isPassword(OldPassword, oldHash, emulation))) {
    recordSignInEvent("PasswordUpdated", signInIdentity(caller), view, { failure: "Failed authentication" });
    throw new Refused(403, "The old password was incorrect.");
  }
  await memory.limits.giveBack(tried);
  if (NewPassword === OldPassword) throw new Refused(400, "The new password must differ from the old one.");
  checkRootPassword(NewPassword, emulation.options.rootEmail);
  const passwordHash = await hashPassword(NewPassword, newHashSetting(emulation.random));
  await emulation.store.transact((tx) => {
    if (currentPasswordHash(subject, tx) !== oldHash) throw new Refused(409, "The password has changed meanwhile.");
    const former = tx.get(loginProfiles, account, account);
    const profile: LoginProfile = {
      account,
      owner: account,
      passwordHash,
      formerHashes: [],
      createdAt: former?.createdAt ?? now,
      changedAt: now,
      resetRequired: false,
    };
    tx.put(loginProfiles, profile);
    const signedIn = memory.signedIn.find(tx, visitorId, now);
    if (signedIn) memory.signedIn.put(tx, visitorId, { ...signedIn, passwordHash });
  });
  recordSignInEvent("PasswordUpdated", signInIdentity(caller), view, {});
}

function checkRootPassword(password: string, email: string): void {
  // The default policy is AWS's policy for root: eight characters of three types.
  checkPassword(password, undefined);
  if (password.length > LONGEST) throw PasswordPolicyViolation(`Password should have a maximum length of ${LONGEST}`);
  if (password.toLowerCase() === email.toLowerCase()) {
    throw PasswordPolicyViolation("Password should not be identical to the account's email address");
  }
}
