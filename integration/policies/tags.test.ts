import assert from "node:assert/strict";
import {
  AddUserToGroupCommand,
  CreateGroupCommand,
  CreateUserCommand,
  GetUserCommand,
  PutGroupPolicyCommand,
  TagUserCommand,
  UntagUserCommand,
} from "@aws-sdk/client-iam";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, assume, createRole, createUser, document, trust, type TestUser } from "../fixtures.ts";
import { noPolicyAllows } from "../iam/authorization.ts";

const USERS = "arn:aws:iam::000000000000:user/";

describe("access by tags", () => {
  const emu = emulator();
  let lead: TestUser;

  before(async () => {
    const sameTeam = { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } };
    const ownTeam = {
      StringEquals: { "aws:RequestTag/team": "${aws:PrincipalTag/team}" },
      "ForAllValues:StringEquals": { "aws:TagKeys": ["team", "cost"] },
    };
    await emu.iam().send(new CreateGroupCommand({ GroupName: "leads" }));
    const policy = document(
      { ...allow(["iam:GetUser", "iam:UntagUser"]), Condition: sameTeam },
      { ...allow(["iam:CreateUser", "iam:TagUser"]), Condition: ownTeam },
    );
    await emu.iam().send(new PutGroupPolicyCommand({ GroupName: "leads", PolicyName: "abac", PolicyDocument: policy }));
    lead = await createUser(emu, "lead", { Tags: [{ Key: "team", Value: "a" }] });
    await emu.iam().send(new AddUserToGroupCommand({ GroupName: "leads", UserName: "lead" }));
    await createUser(emu, "of-a", { Tags: [{ Key: "team", Value: "a" }] });
    await createUser(emu, "of-b", { Tags: [{ Key: "team", Value: "b" }] });
    await createUser(emu, "of-none");
  });

  it("reaches resources whose tag is that of the caller", async () => {
    const iam = emu.iam(lead.credentials);
    await iam.send(new GetUserCommand({ UserName: "of-a" }));
    for (const UserName of ["of-b", "of-none"]) {
      const refusal = noPolicyAllows(lead.arn, "iam:GetUser", `${USERS}${UserName}`);
      await assert.rejects(iam.send(new GetUserCommand({ UserName })), refusal);
    }
  });

  it("lets make and tag with these tags only", async () => {
    const iam = emu.iam(lead.credentials);
    const create = (UserName: string, ...pairs: [string, string][]) =>
      iam.send(new CreateUserCommand({ UserName, Tags: pairs.map(([Key, Value]) => ({ Key, Value })) }));
    await create("new", ["team", "a"], ["cost", "7"]);
    const refusal = noPolicyAllows(lead.arn, "iam:CreateUser", `${USERS}newer`);
    await assert.rejects(create("newer"), refusal);
    await assert.rejects(create("newer", ["team", "b"]), refusal);
    await assert.rejects(create("newer", ["team", "a"], ["admin", "yes"]), refusal);
    const tag = (Key: string, Value: string) =>
      iam.send(
        new TagUserCommand({
          UserName: "of-a",
          Tags: [
            { Key, Value },
            { Key: "team", Value: "a" },
          ],
        }),
      );
    await tag("cost", "1");
    await assert.rejects(tag("admin", "yes"), noPolicyAllows(lead.arn, "iam:TagUser", `${USERS}of-a`));
  });

  it("follows the tags as they change", async () => {
    const iam = emu.iam(lead.credentials);
    await iam.send(new UntagUserCommand({ UserName: "of-a", TagKeys: ["team"] }));
    const refusal = noPolicyAllows(lead.arn, "iam:GetUser", `${USERS}of-a`);
    await assert.rejects(iam.send(new GetUserCommand({ UserName: "of-a" })), refusal);
    await emu.iam().send(new TagUserCommand({ UserName: "lead", Tags: [{ Key: "team", Value: "b" }] }));
    await iam.send(new GetUserCommand({ UserName: "of-b" }));
  });

  it("sees the tags of a session over those of the role", async () => {
    const Condition = { StringEquals: { "aws:ResourceTag/team": "${aws:PrincipalTag/team}" } };
    const role = await createRole(emu, "tagged", {
      trusts: [trust("*", ["sts:AssumeRole", "sts:TagSession"])],
      statements: [{ ...allow("iam:GetUser"), Condition }],
      Tags: [{ Key: "team", Value: "a" }],
    });
    const anyone = await createUser(emu, "anyone", { statements: [allow(["sts:AssumeRole", "sts:TagSession"])] });
    const get = async (more: object) =>
      emu.iam(await assume(emu, anyone.credentials, role, more)).send(new GetUserCommand({ UserName: "of-b" }));
    const session = "arn:aws:sts::000000000000:assumed-role/tagged/session";
    await assert.rejects(get({}), noPolicyAllows(session, "iam:GetUser", `${USERS}of-b`));
    await get({ Tags: [{ Key: "team", Value: "b" }] });
  });
});
