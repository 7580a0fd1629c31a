import assert from "node:assert/strict";
import { GetUserCommand } from "@aws-sdk/client-iam";
import { AssumeRoleCommand, type AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  notAuthorized,
  type TestRole,
  type TestUser,
  trust,
} from "../fixtures.ts";

const ACCOUNT = "000000000000";
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;

describe("the source identity of AssumeRole", () => {
  const emu = emulator();
  let ann: TestUser;

  before(async () => {
    ann = await createUser(emu, "ann", { statements: [allow("sts:AssumeRole")] });
  });

  const call = (credentials: Credentials | undefined, role: TestRole, more: Partial<AssumeRoleCommandInput> = {}) =>
    emu.sts(credentials).send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "session", ...more }));

  const MAY_SET = ["sts:AssumeRole", "sts:SetSourceIdentity"];
  let first: TestRole;
  let second: TestRole;

  before(async () => {
    first = await createRole(emu, "si-first", {
      trusts: [trust(ann.arn, MAY_SET)],
      statements: [
        allow(MAY_SET),
        { ...allow("iam:GetUser"), Condition: { StringEquals: { "aws:SourceIdentity": "ann" } } },
      ],
    });
    second = await createRole(emu, "si-second", { trusts: [trust(ROOT, MAY_SET)], statements: [allow(MAY_SET)] });
  });

  it("is told in the answer where it is set", async () => {
    assert.equal((await call(ann.credentials, first, { SourceIdentity: "ann" })).SourceIdentity, "ann");
    assert.equal((await call(ann.credentials, first)).SourceIdentity, undefined);
  });

  it("needs sts:SetSourceIdentity of the trust policy", async () => {
    const role = await createRole(emu, "si-closed", { trusts: [trust(ann.arn)] });
    await assert.rejects(
      call(ann.credentials, role, { SourceIdentity: "ann" }),
      notAuthorized(ann.arn, "sts:SetSourceIdentity", role.arn),
    );
  });

  it("is there for the session's own requests", async () => {
    const get = async (credentials: Credentials) => emu.iam(credentials).send(new GetUserCommand({ UserName: "ann" }));
    assert.ok((await get(await assume(emu, ann.credentials, first, { SourceIdentity: "ann" }))).User);
    await assert.rejects(get(await assume(emu, ann.credentials, first)), { name: "AccessDenied" });
  });

  it("stays through a chain of roles and cannot be changed there", async () => {
    const credentials = await assume(emu, ann.credentials, first, { SourceIdentity: "ann" });
    assert.equal((await call(credentials, second)).SourceIdentity, "ann");
    assert.equal((await call(credentials, second, { SourceIdentity: "ann" })).SourceIdentity, "ann");
    await assert.rejects(call(credentials, second, { SourceIdentity: "bob" }), {
      name: "AccessDenied",
      message: "The source identity of the calling session cannot be changed.",
    });
  });

  it("needs the permission of each role in the chain", async () => {
    const third = await createRole(emu, "si-third", { trusts: [trust(ROOT)] });
    const credentials = await assume(emu, ann.credentials, first, { SourceIdentity: "ann" });
    await assert.rejects(
      call(credentials, third),
      notAuthorized(`arn:aws:sts::${ACCOUNT}:assumed-role/si-first/session`, "sts:SetSourceIdentity", third.arn),
    );
  });

  it("can be set in the middle of a chain", async () => {
    const credentials = await assume(emu, ann.credentials, first);
    assert.equal((await call(credentials, second, { SourceIdentity: "late" })).SourceIdentity, "late");
  });

  it("cannot begin with aws:, which its characters rule out", async () => {
    await assert.rejects(call(ann.credentials, first, { SourceIdentity: "aws:ann" }), {
      name: "ValidationError",
      message:
        "1 validation error detected: Value 'aws:ann' at 'sourceIdentity' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=,.@-]*",
    });
  });
});
