import { fold } from "../../data/entities/accounts.ts";
import { loginProfiles, users, type LoginProfile } from "../../data/entities/users.ts";
import { refuse, type Transaction } from "../../data/store.ts";
import { atSecond } from "../../signing/detail.ts";
import { AccessDenied, EntityAlreadyExists, InvalidUserType, NoSuchEntity, ValidationError } from "../errors.ts";
import { operation, type Context, type Tools } from "../operation.ts";
import { existingAccount } from "./account.ts";
import { selfServicePermission } from "./password-policy.ts";
import {
  checkPassword,
  checkReuse,
  hashPassword,
  newHashSetting,
  rememberedHashes,
  sameHash,
  WRONG_PASSWORDS,
} from "./passwords.ts";
import { existingUser, namedOwnerOrCaller, namedUserOrCaller, userResource, type CredentialOwner } from "./users.ts";

/**
 * Whose profile an operation is about: the named user's, else the caller's. The caller can be root only in an
 * AssumeRoot session.
 */
const ownerOf = (name: string | undefined, context: Context): CredentialOwner =>
  context.caller.credential === "assumed-root" ? namedOwnerOrCaller(name, context) : namedUserOrCaller(name, context);

/**
 * The owner's profile; NoSuchEntity if there is none. For root, AWS's message says `null`
 * (evidence: login-profile-missing).
 */
function existingLoginProfile({ id, name }: CredentialOwner, { tx, account }: Context): LoginProfile {
  const profile = tx.get(loginProfiles, account, id);
  if (!profile) throw NoSuchEntity(`Login Profile for User ${name ?? "null"} cannot be found.`);
  return profile;
}

const toLoginProfile = (owner: CredentialOwner, profile: LoginProfile) => ({
  UserName: owner.name,
  CreateDate: new Date(profile.createdAt),
  PasswordResetRequired: profile.resetRequired,
});

/** The profile with a new password, whose hash is `passwordHash`. Throws PasswordPolicyViolation. */
function withPassword(
  profile: LoginProfile,
  password: string,
  passwordHash: string,
  resetRequired: boolean,
  context: Context,
): LoginProfile {
  const { passwordPolicy } = existingAccount(context);
  const formerHashes = rememberedHashes(profile.passwordHash, profile.formerHashes);
  checkPassword(password, passwordPolicy);
  checkReuse(passwordHash, formerHashes, passwordPolicy);
  const { wrongPasswords: _wrong, ...kept } = profile;
  return { ...kept, passwordHash, formerHashes, changedAt: context.now, resetRequired };
}

/** Throws AccessDenied unless the old password is right; limits the number of guesses. */
function requirePassword(oldHash: string, profile: LoginProfile, now: number): void {
  const { wrongPasswords = { since: now, count: 0 } } = profile;
  // Even if the clock is moved back, a lockout lasts no longer than the window.
  const isRecent = Math.abs(now - wrongPasswords.since) < WRONG_PASSWORDS.windowMs;
  const { since, count } = isRecent ? wrongPasswords : { since: now, count: 0 };
  if (count >= WRONG_PASSWORDS.most) {
    throw AccessDenied(
      "The old password was wrong too often. Wait a quarter of an hour before you try again.",
      `The old password is not looked at until ${atSecond(since + WRONG_PASSWORDS.windowMs)} on the emulator's clock, and may have been right.`,
    );
  }
  if (sameHash(oldHash, profile.passwordHash)) return;
  throw refuse(AccessDenied("The old password was incorrect."), (changed) =>
    changed.put(loginProfiles, { ...profile, wrongPasswords: { since, count: count + 1 } }),
  );
}

export const CreateLoginProfile = operation("CreateLoginProfile", {
  resource: (input, context) => userResource(input.UserName, context),
  prepare: async (input, { random }) =>
    input.Password === undefined ? "" : hashPassword(input.Password, newHashSetting(random)),
  handle(input, context, passwordHash) {
    const { tx, account, now } = context;
    const owner = ownerOf(input.UserName, context);
    const ofRoot = owner.name === undefined;
    if (ofRoot !== (input.Password === undefined)) {
      // A user's profile must have a password; root's has none until its owner sets one (API reference,
      // "CreateLoginProfile").
      const rule = ofRoot ? "be null" : "not be null";
      throw ValidationError(
        `1 validation error detected: Value at 'password' failed to satisfy constraint: Member must ${rule}`,
      );
    }
    if (tx.get(loginProfiles, account, owner.id)) {
      throw EntityAlreadyExists(
        `Login Profile for ${ofRoot ? `account ${account}` : `user ${owner.name}`} already exists.`,
      );
    }
    if (input.Password !== undefined) checkPassword(input.Password, existingAccount(context).passwordPolicy);
    const profile: LoginProfile = {
      account,
      owner: owner.id,
      passwordHash,
      formerHashes: [],
      createdAt: now,
      changedAt: now,
      resetRequired: input.PasswordResetRequired ?? false,
    };
    tx.put(loginProfiles, profile);
    return { LoginProfile: toLoginProfile(owner, profile) };
  },
});

export const GetLoginProfile = operation("GetLoginProfile", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const owner = ownerOf(input.UserName, context);
    return { LoginProfile: toLoginProfile(owner, existingLoginProfile(owner, context)) };
  },
});

export const UpdateLoginProfile = operation("UpdateLoginProfile", {
  resource: (input, context) => userResource(input.UserName, context),
  prepare: async (input, tools) =>
    input.Password === undefined
      ? ""
      : hashPassword(
          input.Password,
          hashSetting(tools, (tx) => tx.get(users, tools.account, fold(input.UserName!))?.id),
        ),
  handle(input, context, passwordHash) {
    const user = existingUser(input.UserName!, context);
    const profile = existingLoginProfile(user, context);
    const resetRequired = input.PasswordResetRequired ?? profile.resetRequired;
    const updated =
      input.Password === undefined
        ? { ...profile, resetRequired }
        : withPassword(profile, input.Password, passwordHash, resetRequired, context);
    context.tx.put(loginProfiles, updated);
  },
});

export const DeleteLoginProfile = operation("DeleteLoginProfile", {
  resource: (input, context) => userResource(input.UserName, context),
  handle(input, context) {
    const owner = ownerOf(input.UserName, context);
    existingLoginProfile(owner, context);
    context.tx.delete(loginProfiles, context.account, owner.id);
  },
});

// HardExpiry does not apply here: it is about the console's own form. With keys and the permission an expired password
// can still be changed (User Guide, "Setting an account password policy").
export const ChangePassword = operation("ChangePassword", {
  admit(_input, { caller }) {
    if (caller.principal.type !== "user") throw InvalidUserType("Only IAM Users can change their own password");
  },
  permissions: (_input, context) => [
    selfServicePermission("iam:ChangePassword", userResource(undefined, context), context),
  ],
  prepare: async (input, tools) => {
    const { principal } = tools.caller;
    const setting = hashSetting(tools, () => (principal.type === "user" ? principal.id : undefined));
    const [oldHash, newHash] = await Promise.all([
      hashPassword(input.OldPassword!, setting),
      hashPassword(input.NewPassword!, setting),
    ]);
    return { oldHash, newHash };
  },
  handle(input, context, { oldHash, newHash }) {
    const user = namedUserOrCaller(undefined, context);
    const profile = existingLoginProfile(user, context);
    // For both refusals AWS's code is known, the text is not (evidence: password-change-refused).
    requirePassword(oldHash, profile, context.now);
    if (sameHash(newHash, profile.passwordHash)) throw AccessDenied("The new password must differ from the old one.");
    context.tx.put(loginProfiles, withPassword(profile, input.NewPassword!, newHash, false, context));
  },
});

/**
 * The setting for hashing a password so that it can be compared with those of a profile. Without a profile the work is
 * the same, so that its duration reveals nothing.
 */
function hashSetting(tools: Tools, ownerId: (tx: Transaction) => string | undefined): string {
  return tools.read((tx) => {
    const owner = ownerId(tx);
    const profile = owner === undefined ? undefined : tx.get(loginProfiles, tools.account, owner);
    return profile?.passwordHash ?? newHashSetting(tools.random);
  });
}
