import assert from "node:assert/strict";
import {
  ChangePasswordCommand,
  CreateLoginProfileCommand,
  CreateUserCommand,
  DeleteAccountPasswordPolicyCommand,
  DeleteLoginProfileCommand,
  DeleteUserCommand,
  GetLoginProfileCommand,
  UpdateAccountPasswordPolicyCommand,
  UpdateLoginProfileCommand,
  UpdateUserCommand,
  type CreateLoginProfileCommandInput,
  type UpdateAccountPasswordPolicyCommandInput,
  type UpdateLoginProfileCommandInput,
} from "@aws-sdk/client-iam";
import { afterEach, describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import { allow, assume, createRole, createUser, deny, trust, withDetails } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

const PASSWORD = "Correct horse 1";
const OTHER = "Battery staple 2";

const noProfile = (name: string) => ({
  name: "NoSuchEntityException",
  message: `Login Profile for User ${name} cannot be found.`,
});
const noUser = { name: "NoSuchEntityException", message: "The user with name nobody cannot be found." };
const wrongPassword = { name: "AccessDenied", message: "The old password was incorrect." };
const violation = (message: string) => ({ name: "PasswordPolicyViolationException", message });
const reuse = violation("Password does not conform to the account password policy.");

describe("login profiles", () => {
  const emu = emulator();

  const newUser = (UserName: string, Path?: string) => emu.iam().send(new CreateUserCommand({ UserName, Path }));
  const create = (input: CreateLoginProfileCommandInput, iam = emu.iam()) =>
    iam.send(new CreateLoginProfileCommand(input));
  const get = async (UserName?: string, iam = emu.iam()) =>
    (await iam.send(new GetLoginProfileCommand({ UserName }))).LoginProfile!;
  const update = (input: UpdateLoginProfileCommandInput, iam = emu.iam()) =>
    iam.send(new UpdateLoginProfileCommand(input));
  const remove = (UserName?: string, iam = emu.iam()) => iam.send(new DeleteLoginProfileCommand({ UserName }));
  const change = (credentials: Credentials | undefined, OldPassword: string, NewPassword: string) =>
    emu.iam(credentials).send(new ChangePasswordCommand({ OldPassword, NewPassword }));
  const setPolicy = (input: UpdateAccountPasswordPolicyCommandInput) =>
    emu.iam().send(new UpdateAccountPasswordPolicyCommand(input));

  /** A user with a password who may change it. */
  const withPassword = async (name: string, more: Partial<CreateLoginProfileCommandInput> = {}) => {
    const user = await createUser(emu, name, { statements: [allow("iam:ChangePassword")] });
    await create({ UserName: name, Password: PASSWORD, ...more });
    return user;
  };
  /** Asserts a user's password, with the only operation that shows it. */
  const hasPassword = async (credentials: Credentials, password: string) => {
    await change(credentials, password, "Another one 99");
    await change(credentials, "Another one 99", password);
  };

  afterEach(async () => {
    await setPolicy({});
    await emu.iam().send(new DeleteAccountPasswordPolicyCommand({}));
  });

  describe("CreateLoginProfile", () => {
    it("answers the profile, which asks for no new password unless that is said", async () => {
      await newUser("Ada");
      const { LoginProfile } = await create({ UserName: "ada", Password: PASSWORD });
      const profile = {
        UserName: "Ada",
        CreateDate: new Date("2026-11-24T12:00:00Z"),
        PasswordResetRequired: false,
      };
      assert.deepEqual(LoginProfile, profile);
      assert.deepEqual(await get("ADA"), profile);
      await newUser("bea");
      const { LoginProfile: second } = await create({
        UserName: "bea",
        Password: PASSWORD,
        PasswordResetRequired: true,
      });
      assert.equal(second!.PasswordResetRequired, true);
    });

    it("refuses a second profile and keeps the first password", async () => {
      const user = await withPassword("carl");
      await assert.rejects(create({ UserName: "CARL", Password: OTHER }), {
        name: "EntityAlreadyExistsException",
        message: "Login Profile for user carl already exists.",
      });
      await hasPassword(user.credentials, PASSWORD);
    });

    it("lets one of two win that create the same profile", async () => {
      await newUser("dora");
      const both = await Promise.allSettled(
        [PASSWORD, OTHER].map((Password) => create({ UserName: "dora", Password })),
      );
      assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    });

    it("refuses an unknown user", async () => {
      await assert.rejects(create({ UserName: "nobody", Password: PASSWORD }), noUser);
    });

    it("refuses a user without a password, which only the password of root may be", async () => {
      await newUser("emil");
      await assert.rejects(create({ UserName: "emil" }), {
        name: "ValidationError",
        message:
          "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null",
      });
    });

    it("refuses a weak password by the default policy, without repeating it", async () => {
      await newUser("fritz");
      await assert.rejects(
        create({ UserName: "fritz", Password: "secretword1" }),
        violation(
          "Password should meet 1 more of the following requirements: Password should have at least one uppercase letter, Password should have at least one symbol",
        ),
      );
      await assert.rejects(
        create({ UserName: "fritz", Password: "Aa1!" }),
        violation("Password should have a minimum length of 8"),
      );
      await assert.rejects(get("fritz"), noProfile("fritz"));
    });

    it("goes by the account's policy where there is one", async () => {
      await newUser("gina");
      await setPolicy({ MinimumPasswordLength: 12, RequireSymbols: true });
      await assert.rejects(
        create({ UserName: "gina", Password: "Abcdefgh123" }),
        violation("Password should have a minimum length of 12, Password should have at least one symbol"),
      );
      await create({ UserName: "gina", Password: "abcdefghijk!" });
    });

    it("leaves the password out of the trail", async () => {
      await newUser("hans");
      await create({ UserName: "hans", Password: PASSWORD });
      assert.doesNotMatch(JSON.stringify(emu.server.trail()), new RegExp(PASSWORD));
    });
  });

  describe("GetLoginProfile and DeleteLoginProfile", () => {
    it("refuse a user without a profile, and an unknown user", async () => {
      await newUser("ines");
      await assert.rejects(get("ines"), noProfile("ines"));
      await assert.rejects(remove("ines"), noProfile("ines"));
      await assert.rejects(get("nobody"), noUser);
      await assert.rejects(remove("nobody"), noUser);
    });

    it("end with the profile, which can then be made anew", async () => {
      const user = await withPassword("jan");
      await remove("JAN");
      await assert.rejects(get("jan"), noProfile("jan"));
      await assert.rejects(change(user.credentials, PASSWORD, OTHER), noProfile("jan"));
      await create({ UserName: "jan", Password: OTHER });
      await hasPassword(user.credentials, OTHER);
    });

    it("are about the caller where no user is named", async () => {
      const user = await createUser(emu, "kai", { statements: [allow("iam:*")] });
      const own = emu.iam(user.credentials);
      await create({ Password: PASSWORD }, own);
      assert.equal((await get(undefined, own)).UserName, "kai");
      await remove(undefined, own);
      await assert.rejects(get("kai"), noProfile("kai"));
    });

    it("must be told the user by root, as CreateLoginProfile must", async () => {
      const named = {
        name: "ValidationError",
        message: "Must specify userName when calling with non-User credentials",
      };
      await assert.rejects(get(), named);
      await assert.rejects(remove(), named);
      await assert.rejects(create({ Password: PASSWORD }), named);
    });
  });

  describe("UpdateLoginProfile", () => {
    it("sets a new password and keeps what is not said", async () => {
      const user = await withPassword("lena", { PasswordResetRequired: true });
      const before = await get("lena");
      emu.server.clock.advance(60);
      await update({ UserName: "lena", Password: OTHER });
      assert.deepEqual(await get("lena"), before);
      await hasPassword(user.credentials, OTHER);
      emu.server.clock.advance(-60);
    });

    it("sets the flag and keeps the password", async () => {
      const user = await withPassword("max");
      await update({ UserName: "max", PasswordResetRequired: true });
      assert.equal((await get("max")).PasswordResetRequired, true);
      await update({ UserName: "max" });
      assert.equal((await get("max")).PasswordResetRequired, true);
      await update({ UserName: "max", PasswordResetRequired: false });
      assert.equal((await get("max")).PasswordResetRequired, false);
      await hasPassword(user.credentials, PASSWORD);
    });

    it("may set the same password again while the policy says nothing of reuse", async () => {
      await withPassword("nora");
      await update({ UserName: "nora", Password: PASSWORD });
    });

    it("refuses a weak password and changes nothing, the flag neither", async () => {
      const user = await withPassword("otto");
      await setPolicy({ MinimumPasswordLength: 20 });
      await assert.rejects(
        update({ UserName: "otto", Password: OTHER, PasswordResetRequired: true }),
        violation("Password should have a minimum length of 20"),
      );
      await setPolicy({});
      assert.equal((await get("otto")).PasswordResetRequired, false);
      await hasPassword(user.credentials, PASSWORD);
    });

    it("refuses a user without a profile, and an unknown user", async () => {
      await newUser("paul");
      await assert.rejects(update({ UserName: "paul", Password: OTHER }), noProfile("paul"));
      await assert.rejects(update({ UserName: "paul" }), noProfile("paul"));
      await assert.rejects(update({ UserName: "nobody", Password: OTHER }), noUser);
    });

    it("keeps the profile through a rename, and keeps the user from being deleted", async () => {
      await newUser("quin");
      await create({ UserName: "quin", Password: PASSWORD });
      await emu.iam().send(new UpdateUserCommand({ UserName: "quin", NewUserName: "quincy" }));
      assert.equal((await get("quincy")).UserName, "quincy");
      await assert.rejects(emu.iam().send(new DeleteUserCommand({ UserName: "quincy" })), {
        name: "DeleteConflictException",
        message: "Cannot delete entity, must delete login profile first.",
      });
    });
  });

  describe("PasswordReusePrevention", () => {
    it("refuses the last passwords, the current one among them, whoever sets them", async () => {
      const user = await withPassword("rita");
      await setPolicy({ PasswordReusePrevention: 2 });
      await assert.rejects(update({ UserName: "rita", Password: PASSWORD }), reuse);
      await change(user.credentials, PASSWORD, OTHER);
      await assert.rejects(change(user.credentials, OTHER, PASSWORD), reuse);
      await assert.rejects(update({ UserName: "rita", Password: PASSWORD }), reuse);
      await update({ UserName: "rita", Password: "third one 3" });
      await change(user.credentials, "third one 3", PASSWORD);
    });

    it("knows the passwords from before it was switched on", async () => {
      const user = await withPassword("sven");
      await change(user.credentials, PASSWORD, OTHER);
      await setPolicy({ PasswordReusePrevention: 24 });
      await assert.rejects(change(user.credentials, OTHER, PASSWORD), reuse);
    });

    it("forgets them with the profile", async () => {
      await withPassword("till");
      await setPolicy({ PasswordReusePrevention: 24 });
      await remove("till");
      await create({ UserName: "till", Password: PASSWORD });
    });
  });

  describe("ChangePassword", () => {
    it("changes the caller's own password and clears PasswordResetRequired", async () => {
      const user = await withPassword("ulla", { PasswordResetRequired: true });
      await change(user.credentials, PASSWORD, OTHER);
      assert.equal((await get("ulla")).PasswordResetRequired, false);
      await assert.rejects(change(user.credentials, PASSWORD, "third one 3"), wrongPassword);
      await change(user.credentials, OTHER, PASSWORD);
    });

    it("refuses a wrong old password before it says anything of the new one", async () => {
      const user = await withPassword("vera");
      await assert.rejects(change(user.credentials, "wrong", "weak"), wrongPassword);
      await assert.rejects(change(user.credentials, PASSWORD.toLowerCase(), OTHER), wrongPassword);
      await hasPassword(user.credentials, PASSWORD);
    });

    it("refuses whoever guesses: after ten wrong passwords nothing is looked at until a quarter of an hour is over", async () => {
      const user = await withPassword("greta");
      const other = await withPassword("gustav");
      const tooOften = {
        name: "AccessDenied",
        message: "The old password was wrong too often. Wait a quarter of an hour before you try again.",
      };
      const guess = (count: number) =>
        Promise.all(
          Array.from({ length: count }, (_, i) =>
            assert.rejects(change(user.credentials, `wrong ${i}`, OTHER), wrongPassword),
          ),
        );
      await guess(9);
      await change(user.credentials, PASSWORD, OTHER);
      await change(user.credentials, OTHER, PASSWORD);
      await guess(10);
      await assert.rejects(change(user.credentials, PASSWORD, OTHER), tooOften);
      emu.server.clock.advance(899);
      await assert.rejects(change(user.credentials, PASSWORD, OTHER), tooOften);
      await change(other.credentials, PASSWORD, OTHER);
      emu.server.clock.advance(1);
      await guess(10);
      await assert.rejects(change(user.credentials, PASSWORD, OTHER), tooOften);
      await update({ UserName: "greta", Password: "Set by another 3" });
      await change(user.credentials, "Set by another 3", OTHER);
    });

    it("refuses the same password", async () => {
      const user = await withPassword("wanda", { PasswordResetRequired: true });
      await assert.rejects(change(user.credentials, PASSWORD, PASSWORD), {
        name: "AccessDenied",
        message: "The new password must differ from the old one.",
      });
      assert.equal((await get("wanda")).PasswordResetRequired, true);
    });

    it("refuses a weak password", async () => {
      const user = await withPassword("xenia");
      await assert.rejects(
        change(user.credentials, PASSWORD, "Ab1"),
        violation("Password should have a minimum length of 8"),
      );
      await hasPassword(user.credentials, PASSWORD);
    });

    it("refuses a user without a profile", async () => {
      const user = await createUser(emu, "yann", { statements: [allow("iam:ChangePassword")] });
      await assert.rejects(change(user.credentials, PASSWORD, OTHER), noProfile("yann"));
    });

    it("refuses root and roles", async () => {
      const notUser = {
        name: "InvalidUserTypeException",
        message: "Only IAM Users can change their own password",
      };
      await assert.rejects(change(undefined, PASSWORD, OTHER), notUser);
      const user = await createUser(emu, "zoe", { statements: [allow("sts:AssumeRole")] });
      const role = await createRole(emu, "changer", { trusts: [trust(user.arn)], statements: [allow("iam:*")] });
      await assert.rejects(change(await assume(emu, user.credentials, role), PASSWORD, OTHER), notUser);
    });

    it("lets one of two win that change the same password", async () => {
      const user = await withPassword("anna");
      const both = await Promise.allSettled(
        [OTHER, "third one 3"].map((next) => change(user.credentials, PASSWORD, next)),
      );
      assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
    });

    it("needs the permission on the user, or a password policy that gives it to all", async () => {
      const user = await createUser(emu, "cleo");
      await create({ UserName: "cleo", Password: PASSWORD });
      const refusal = noPolicyAllows(user.arn, "iam:ChangePassword", user.arn);
      await assert.rejects(change(user.credentials, PASSWORD, OTHER), refusal);
      await setPolicy({ AllowUsersToChangePassword: false });
      await assert.rejects(change(user.credentials, PASSWORD, OTHER), refusal);
      await setPolicy({ AllowUsersToChangePassword: true });
      await change(user.credentials, PASSWORD, OTHER);
    });

    it("is refused to a user who is denied it, whatever the password policy gives", async () => {
      const user = await createUser(emu, "dina", { statements: [deny("iam:ChangePassword")] });
      await create({ UserName: "dina", Password: PASSWORD });
      await setPolicy({ AllowUsersToChangePassword: true });
      await assert.rejects(change(user.credentials, PASSWORD, OTHER), {
        name: "AccessDenied",
        message: withDetails(
          `User: ${user.arn} is not authorized to perform: iam:ChangePassword on resource: ${user.arn} with an explicit deny in an identity-based policy`,
        ),
      });
    });

    it("is possible with keys when the password has expired, also under HardExpiry", async () => {
      const user = await withPassword("enno");
      await setPolicy({ MaxPasswordAge: 1, HardExpiry: true });
      emu.server.clock.advance(2 * 86_400);
      await change(user.credentials, PASSWORD, OTHER);
      emu.server.clock.advance(-2 * 86_400);
    });
  });

  it("ask for permission on the stored ARN of the user", async () => {
    await newUser("lara", "/staff/");
    const arn = `arn:aws:iam::${emu.server.account}:user/staff/lara`;
    const UserName = "LARA";
    await asksPermissionOn(emu, "iam:CreateLoginProfile", arn, (iam) => create({ UserName, Password: PASSWORD }, iam));
    await asksPermissionOn(emu, "iam:GetLoginProfile", arn, (iam) => get(UserName, iam));
    await asksPermissionOn(emu, "iam:UpdateLoginProfile", arn, (iam) => update({ UserName, Password: OTHER }, iam));
    await asksPermissionOn(emu, "iam:DeleteLoginProfile", arn, (iam) => remove(UserName, iam));
  });
});
