import assert from "node:assert/strict";
import { GetUserCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetSessionTokenCommand, type AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { before, beforeEach, describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  enableMfa,
  notAuthorized,
  type TestRole,
  type TestUser,
  trust,
} from "../fixtures.ts";

describe("AssumeRole with MFA", () => {
  const emu = emulator();
  let ann: TestUser;

  before(async () => {
    ann = await createUser(emu, "ann");
  });

  const call = (credentials: Credentials | undefined, role: TestRole, more: Partial<AssumeRoleCommandInput> = {}) =>
    emu.sts(credentials).send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "session", ...more }));

  const PRESENT = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
  let mia: TestUser;
  let SerialNumber: string;
  let role: TestRole;

  before(async () => {
    mia = await createUser(emu, "mia");
    SerialNumber = await enableMfa(emu, "mia");
    role = await createRole(emu, "guarded", {
      trusts: [trust(mia.arn, "sts:AssumeRole", PRESENT)],
      statements: [
        { ...allow("iam:GetUser"), Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "true" } } },
        { ...allow("iam:ListUsers"), Condition: { Bool: { "aws:MultiFactorAuthPresent": "false" } } },
      ],
    });
  });
  beforeEach(() => emu.server.clock.advance(300));

  const withCode = () => ({ SerialNumber, TokenCode: emu.server.mfa.code(SerialNumber).code });

  it("is demanded by a trust policy and satisfied by a code in the request", async () => {
    await assert.rejects(call(mia.credentials, role), notAuthorized(mia.arn, "sts:AssumeRole", role.arn));
    assert.ok((await call(mia.credentials, role, withCode())).Credentials);
  });

  it("refuses a code that was used", async () => {
    const code = withCode();
    await call(mia.credentials, role, code);
    await assert.rejects(call(mia.credentials, role, code), {
      name: "AccessDenied",
      message: "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
    });
  });

  it("counts a code as used where the role is then refused", async () => {
    const code = withCode();
    const closed = await createRole(emu, "closed", { trusts: [trust(ann.arn)] });
    await assert.rejects(call(mia.credentials, closed, code), notAuthorized(mia.arn, "sts:AssumeRole", closed.arn));
    await assert.rejects(call(mia.credentials, role, code), {
      message: "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
    });
  });

  it("is satisfied by a session that was opened with a code", async () => {
    const session = credentialsOf(await emu.sts(mia.credentials).send(new GetSessionTokenCommand(withCode())));
    assert.ok((await call(session, role)).Credentials);
    const plain = credentialsOf(await emu.sts(mia.credentials).send(new GetSessionTokenCommand({})));
    await assert.rejects(call(plain, role), notAuthorized(mia.arn, "sts:AssumeRole", role.arn));
  });

  it("may be demanded to be fresh: a code in the request is of age zero", async () => {
    const fresh = await createRole(emu, "fresh", {
      trusts: [trust(mia.arn, "sts:AssumeRole", { NumericLessThan: { "aws:MultiFactorAuthAge": "60" } })],
    });
    const session = credentialsOf(await emu.sts(mia.credentials).send(new GetSessionTokenCommand(withCode())));
    assert.ok((await call(session, fresh)).Credentials);
    emu.server.clock.advance(60);
    await assert.rejects(call(session, fresh), notAuthorized(mia.arn, "sts:AssumeRole", fresh.arn));
    assert.ok((await call(mia.credentials, fresh, withCode())).Credentials);
  });

  it("does not pass on to the role's credentials", async () => {
    const iam = emu.iam(await assume(emu, mia.credentials, role, withCode()));
    await assert.rejects(iam.send(new GetUserCommand({ UserName: "mia" })), { name: "AccessDenied" });
    assert.ok((await iam.send(new ListUsersCommand({}))).Users);
  });

  it("works for a role of another account, with the device of the caller's", async () => {
    const other = { accessKeyId: "111122223333", secretAccessKey: "test" };
    const caller = await createUser(emu, "traveller", { statements: [allow("sts:AssumeRole")] });
    const serial = await enableMfa(emu, "traveller");
    const remote = await createRole(emu, "guarded", {
      root: other,
      trusts: [trust(caller.arn, "sts:AssumeRole", PRESENT)],
    });
    await assert.rejects(call(caller.credentials, remote), notAuthorized(caller.arn, "sts:AssumeRole", remote.arn));
    const TokenCode = emu.server.mfa.code(serial).code;
    assert.ok((await call(caller.credentials, remote, { SerialNumber: serial, TokenCode })).Credentials);
  });
});
