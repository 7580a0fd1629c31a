import assert from "node:assert/strict";
import {
  DeleteAccountPasswordPolicyCommand,
  GetAccountPasswordPolicyCommand,
  UpdateAccountPasswordPolicyCommand,
  type UpdateAccountPasswordPolicyCommandInput,
} from "@aws-sdk/client-iam";
import { afterEach, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { assume, createRole, createUser, deny, trust, withDetails } from "../fixtures.ts";
import { asksPermissionOn, noPolicyAllows } from "./authorization.ts";

describe("the account's password policy", () => {
  const emu = emulator();
  const get = async (iam = emu.iam()) => (await iam.send(new GetAccountPasswordPolicyCommand({}))).PasswordPolicy;
  const update = (input: UpdateAccountPasswordPolicyCommandInput, iam = emu.iam()) =>
    iam.send(new UpdateAccountPasswordPolicyCommand(input));
  const remove = (iam = emu.iam()) => iam.send(new DeleteAccountPasswordPolicyCommand({}));

  const DEFAULTS = {
    MinimumPasswordLength: 6,
    RequireSymbols: false,
    RequireNumbers: false,
    RequireUppercaseCharacters: false,
    RequireLowercaseCharacters: false,
    AllowUsersToChangePassword: false,
    ExpirePasswords: false,
  };

  afterEach(async () => {
    await update({});
    await remove();
  });

  it("does not exist at first, to get or to delete", async () => {
    await assert.rejects(get(), {
      name: "NoSuchEntityException",
      message: `The Password Policy with domain name ${emu.server.account} cannot be found.`,
    });
    await assert.rejects(remove(), {
      name: "NoSuchEntityException",
      message: "The account policy with name PasswordPolicy cannot be found.",
    });
  });

  it("has AWS's defaults where an update says nothing", async () => {
    await update({});
    assert.deepEqual(await get(), DEFAULTS);
  });

  it("is shown with everything that was said", async () => {
    const all = {
      MinimumPasswordLength: 128,
      RequireSymbols: true,
      RequireNumbers: true,
      RequireUppercaseCharacters: true,
      RequireLowercaseCharacters: true,
      AllowUsersToChangePassword: true,
      MaxPasswordAge: 1095,
      PasswordReusePrevention: 24,
      HardExpiry: false,
    };
    await update(all);
    assert.deepEqual(await get(), { ...all, ExpirePasswords: true });
  });

  it("is replaced as a whole", async () => {
    await update({ MinimumPasswordLength: 20, RequireSymbols: true, MaxPasswordAge: 90, PasswordReusePrevention: 5 });
    await update({ RequireNumbers: true });
    assert.deepEqual(await get(), { ...DEFAULTS, RequireNumbers: true });
  });

  it("is gone after it was deleted", async () => {
    await update({});
    await remove();
    await assert.rejects(get(), { name: "NoSuchEntityException" });
    await update({});
  });

  it("is refused out of range, with every reason, and stays as it was", async () => {
    await update({ MinimumPasswordLength: 10 });
    await assert.rejects(update({ MinimumPasswordLength: 5, PasswordReusePrevention: 25, MaxPasswordAge: 1096 }), {
      name: "ValidationError",
      message:
        "3 validation errors detected: Value at 'minimumPasswordLength' failed to satisfy constraint: Member must have value greater than or equal to 6; Value at 'passwordReusePrevention' failed to satisfy constraint: Member must have value less than or equal to 24; Value at 'maxPasswordAge' failed to satisfy constraint: Member must have value less than or equal to 1095",
    });
    await assert.rejects(update({ MaxPasswordAge: 0 }), { name: "ValidationError" });
    await assert.rejects(update({ PasswordReusePrevention: 0 }), { name: "ValidationError" });
    await assert.rejects(update({ MinimumPasswordLength: 129 }), { name: "ValidationError" });
    assert.equal((await get())!.MinimumPasswordLength, 10);
  });

  it("is each account's own", async () => {
    await update({ MinimumPasswordLength: 10 });
    const stranger = emu.iam({ ...emu.server.rootCredentials, accessKeyId: "111122223333" });
    await assert.rejects(get(stranger), {
      name: "NoSuchEntityException",
      message: "The Password Policy with domain name 111122223333 cannot be found.",
    });
  });

  it("asks for permission on everything", async () => {
    await asksPermissionOn(emu, "iam:UpdateAccountPasswordPolicy", "*", (iam) => update({}, iam));
    await asksPermissionOn(emu, "iam:GetAccountPasswordPolicy", "*", (iam) => get(iam));
    await asksPermissionOn(emu, "iam:DeleteAccountPasswordPolicy", "*", (iam) => remove(iam));
    await update({});
  });

  describe("with AllowUsersToChangePassword", () => {
    const action = "iam:GetAccountPasswordPolicy";

    it("is shown to users without any policy", async () => {
      const user = await createUser(emu, "reader");
      await update({});
      await assert.rejects(get(emu.iam(user.credentials)), noPolicyAllows(user.arn, action, "*"));
      await update({ AllowUsersToChangePassword: true });
      assert.equal((await get(emu.iam(user.credentials)))!.AllowUsersToChangePassword, true);
    });

    it("is not shown to users who are denied it", async () => {
      const user = await createUser(emu, "denied", { statements: [deny(action)] });
      await update({ AllowUsersToChangePassword: true });
      await assert.rejects(get(emu.iam(user.credentials)), {
        name: "AccessDenied",
        message: withDetails(
          `User: ${user.arn} is not authorized to perform: ${action} on resource: * with an explicit deny in an identity-based policy`,
        ),
      });
    });

    it("is not shown to roles, which have no password", async () => {
      const user = await createUser(emu, "assumer", { statements: [{ Action: "sts:AssumeRole", Resource: "*" }] });
      const role = await createRole(emu, "reader", { trusts: [trust(user.arn)] });
      await update({ AllowUsersToChangePassword: true });
      const session = `arn:aws:sts::${emu.server.account}:assumed-role/reader/session`;
      await assert.rejects(
        get(emu.iam(await assume(emu, user.credentials, role))),
        noPolicyAllows(session, action, "*"),
      );
    });
  });
});
