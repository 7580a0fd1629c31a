import assert from "node:assert/strict";
import { DeleteAccessKeyCommand, DeleteUserCommand, ListUsersCommand, TagRoleCommand } from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type AssumeRoleCommandInput,
} from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  deny,
  notAuthorized,
  type TestRole,
  type TestUser,
  trust,
} from "../fixtures.ts";

const ACCOUNT = "000000000000";
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;

describe("who may assume a role", () => {
  const emu = emulator();
  let ann: TestUser;

  before(async () => {
    ann = await createUser(emu, "ann", { statements: [allow("sts:AssumeRole")] });
  });

  const call = (credentials: Credentials | undefined, role: TestRole, more: Partial<AssumeRoleCommandInput> = {}) =>
    emu.sts(credentials).send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "session", ...more }));

  describe("by policy", () => {
    it("a user whom the trust policy names needs no policy of its own", async () => {
      const bob = await createUser(emu, "bob");
      const role = await createRole(emu, "for-bob", { trusts: [trust(bob.arn)] });
      assert.ok((await call(bob.credentials, role)).Credentials);
    });

    it("a user of a trusted account needs a policy that allows it", async () => {
      const [may, not] = [
        await createUser(emu, "may", {
          statements: [allow("sts:AssumeRole", `arn:aws:iam::${ACCOUNT}:role/for-account`)],
        }),
        await createUser(emu, "not"),
      ];
      const [role, other] = [
        await createRole(emu, "for-account", { trusts: [trust(ROOT)] }),
        await createRole(emu, "for-account-2", { trusts: [trust(ROOT)] }),
      ];
      assert.ok((await call(may.credentials, role)).Credentials);
      await assert.rejects(call(not.credentials, role), notAuthorized(not.arn, "sts:AssumeRole", role.arn));
      await assert.rejects(call(may.credentials, other), notAuthorized(may.arn, "sts:AssumeRole", other.arn));
    });

    it("nobody whom the trust policy leaves out, whatever their own policy says", async () => {
      const eve = await createUser(emu, "eve", { statements: [allow("*")] });
      const role = await createRole(emu, "not-for-eve", { trusts: [trust(ann.arn)] });
      await assert.rejects(call(eve.credentials, role), notAuthorized(eve.arn, "sts:AssumeRole", role.arn));
    });

    it("nobody who is denied, by their own policy or by the trust policy", async () => {
      const tim = await createUser(emu, "tim", { statements: [deny("sts:AssumeRole")] });
      const trusting = await createRole(emu, "for-tim", { trusts: [trust(tim.arn)] });
      await assert.rejects(call(tim.credentials, trusting), notAuthorized(tim.arn, "sts:AssumeRole", trusting.arn));
      const denying = await createRole(emu, "denies-ann", {
        trusts: [trust(ROOT), { ...trust(ann.arn), Effect: "Deny" }],
      });
      await assert.rejects(call(ann.credentials, denying), notAuthorized(ann.arn, "sts:AssumeRole", denying.arn));
    });

    it("not root, with its keys or a session of its own", async () => {
      const role = await createRole(emu, "for-root", { trusts: [trust(ROOT)] });
      const session = credentialsOf(await emu.sts().send(new GetSessionTokenCommand({})));
      for (const credentials of [undefined, session]) {
        await assert.rejects(call(credentials, role), {
          name: "AccessDenied",
          message: "Roles may not be assumed by root accounts.",
        });
      }
    });

    it("a GetSessionToken session of a user, also without a code", async () => {
      const role = await createRole(emu, "for-sessions", { trusts: [trust(ann.arn)] });
      const session = credentialsOf(await emu.sts(ann.credentials).send(new GetSessionTokenCommand({})));
      assert.ok((await call(session, role)).Credentials);
    });

    it("not a user recreated under the name that the trust policy was written with", async () => {
      const old = await createUser(emu, "phoenix");
      const role = await createRole(emu, "for-phoenix", { trusts: [trust(old.arn)] });
      assert.ok((await call(old.credentials, role)).Credentials);
      await emu
        .iam()
        .send(new DeleteAccessKeyCommand({ UserName: "phoenix", AccessKeyId: old.credentials.accessKeyId }));
      await emu.iam().send(new DeleteUserCommand({ UserName: "phoenix" }));
      const risen = await createUser(emu, "phoenix", { statements: [allow("sts:AssumeRole")] });
      await assert.rejects(call(risen.credentials, role), notAuthorized(old.arn, "sts:AssumeRole", role.arn));
    });
  });

  describe("conditions of the trust policy", () => {
    /** Asserts that a role with this condition can be assumed with `right`, but not with `wrong` or with neither. */
    const demands = (
      name: string,
      condition: object,
      right: Partial<AssumeRoleCommandInput>,
      wrong: Partial<AssumeRoleCommandInput>,
      action: string | readonly string[] = "sts:AssumeRole",
    ) => {
      it(`can demand ${name}`, async () => {
        const role = await createRole(emu, name.replaceAll(/\W/g, "-"), {
          trusts: [trust(ann.arn, action, condition)],
        });
        assert.ok((await call(ann.credentials, role, right)).Credentials);
        for (const input of [wrong, {}]) {
          await assert.rejects(call(ann.credentials, role, input), notAuthorized(ann.arn, "sts:AssumeRole", role.arn));
        }
      });
    };

    demands(
      "an external id",
      { StringEquals: { "sts:ExternalId": "customer-7" } },
      { ExternalId: "customer-7" },
      { ExternalId: "customer-8" },
    );
    demands(
      "a session name, such as the user's own",
      { StringEquals: { "sts:RoleSessionName": "${aws:username}" } },
      { RoleSessionName: "ann" },
      { RoleSessionName: "bob" },
    );
    demands(
      "a source identity",
      { StringLike: { "sts:SourceIdentity": "a*" } },
      { SourceIdentity: "ann" },
      { SourceIdentity: "bob" },
      ["sts:AssumeRole", "sts:SetSourceIdentity"],
    );
    demands(
      "a tag in the request",
      { StringEquals: { "aws:RequestTag/team": "red" } },
      { Tags: [{ Key: "team", Value: "red" }] },
      { Tags: [{ Key: "team", Value: "blue" }] },
      ["sts:AssumeRole", "sts:TagSession"],
    );
    demands(
      "transitive tags",
      { "ForAnyValue:StringEquals": { "sts:TransitiveTagKeys": "team" } },
      { Tags: [{ Key: "team", Value: "red" }], TransitiveTagKeys: ["team"] },
      { Tags: [{ Key: "team", Value: "red" }] },
      ["sts:AssumeRole", "sts:TagSession"],
    );

    it("can look at the tags of the role, as the caller's own policy can", async () => {
      const user = await createUser(emu, "by-tag", {
        statements: [{ ...allow("sts:AssumeRole"), Condition: { StringEquals: { "aws:ResourceTag/team": "red" } } }],
      });
      const role = await createRole(emu, "tagged", { trusts: [trust(ROOT)] });
      await assert.rejects(call(user.credentials, role), notAuthorized(user.arn, "sts:AssumeRole", role.arn));
      await emu.iam().send(new TagRoleCommand({ RoleName: "tagged", Tags: [{ Key: "team", Value: "red" }] }));
      assert.ok((await call(user.credentials, role)).Credentials);
    });
  });

  describe("across accounts", () => {
    const other = { accessKeyId: "444455556666", secretAccessKey: "test" };

    it("needs both sides: the trust policy and a policy of the caller", async () => {
      const [may, not] = [
        await createUser(emu, "crosser", { statements: [allow("sts:AssumeRole")] }),
        await createUser(emu, "stayer"),
      ];
      const role = await createRole(emu, "remote", { root: other, trusts: [trust([may.arn, not.arn])] });
      const closed = await createRole(emu, "remote-closed", { root: other, trusts: [trust(not.arn)] });
      assert.ok((await call(may.credentials, role)).Credentials);
      await assert.rejects(call(not.credentials, role), notAuthorized(not.arn, "sts:AssumeRole", role.arn));
      await assert.rejects(call(may.credentials, closed), notAuthorized(may.arn, "sts:AssumeRole", closed.arn));
    });

    it("makes a session of the role's account", async () => {
      const role = await createRole(emu, "viewer", {
        root: other,
        trusts: [trust(ROOT)],
        statements: [allow("iam:ListUsers")],
      });
      await createUser(emu, "resident", { root: other });
      const credentials = await assume(emu, ann.credentials, role);
      const caller = await emu.sts(credentials).send(new GetCallerIdentityCommand({}));
      assert.equal(caller.Account, "444455556666");
      assert.equal(caller.Arn, "arn:aws:sts::444455556666:assumed-role/viewer/session");
      const { Users } = await emu.iam(credentials).send(new ListUsersCommand({}));
      assert.deepEqual(
        Users!.map(({ UserName }) => UserName),
        ["resident"],
      );
    });

    it("is decided by the role of that account, not by its namesake at home", async () => {
      await createRole(emu, "twin", { trusts: [trust(ann.arn)] });
      const remote = await createRole(emu, "twin", { root: other, trusts: [trust("arn:aws:iam::444455556666:root")] });
      await assert.rejects(call(ann.credentials, remote), notAuthorized(ann.arn, "sts:AssumeRole", remote.arn));
    });
  });
});
