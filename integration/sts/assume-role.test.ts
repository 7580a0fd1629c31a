import assert from "node:assert/strict";
import {
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  GetRoleCommand,
  GetUserCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetCallerIdentityCommand, type AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  notAuthorized,
  type TestRole,
  type TestUser,
  trust,
  withDetails,
} from "../fixtures.ts";

const ACCOUNT = "000000000000";
const ROOT = `arn:aws:iam::${ACCOUNT}:root`;

const outOfRange = (asked: number, rule: string) =>
  `1 validation error detected: Value '${asked}' at 'durationSeconds' failed to satisfy constraint: Member must have value ${rule}`;

describe("AssumeRole", () => {
  const emu = emulator();
  let ann: TestUser;

  before(async () => {
    ann = await createUser(emu, "ann", { statements: [allow("sts:AssumeRole")] });
  });

  const call = (credentials: Credentials | undefined, role: TestRole, more: Partial<AssumeRoleCommandInput> = {}) =>
    emu.sts(credentials).send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "session", ...more }));

  it("answers credentials and names the session, without the role's path", async () => {
    const role = await createRole(emu, "reader", { Path: "/apps/", trusts: [trust(ann.arn)] });
    const { $metadata, Credentials: issued, ...answer } = await call(ann.credentials, role, { RoleSessionName: "s=1" });
    assert.equal($metadata.httpStatusCode, 200);
    assert.match(issued!.AccessKeyId!, /^ASIA[A-Z2-7]{16}$/);
    assert.match(issued!.SecretAccessKey!, /^[A-Za-z0-9+/]{40}$/);
    assert.equal(issued!.Expiration!.toISOString(), "2026-11-24T13:00:00.000Z");
    assert.deepEqual(answer, {
      AssumedRoleUser: {
        AssumedRoleId: `${role.id}:s=1`,
        Arn: `arn:aws:sts::${ACCOUNT}:assumed-role/reader/s=1`,
      },
      SessionTokenSize: issued!.SessionToken!.length,
      SessionTokenUtilization: Math.ceil((100 * issued!.SessionToken!.length) / 4096),
    });
  });

  it("gives the role's permissions and not the caller's", async () => {
    const user = await createUser(emu, "lister", { statements: [allow("iam:ListUsers")] });
    const role = await createRole(emu, "getter", { trusts: [trust(user.arn)], statements: [allow("iam:GetUser")] });
    const iam = emu.iam(await assume(emu, user.credentials, role));
    assert.equal((await iam.send(new GetUserCommand({ UserName: "ann" }))).User!.UserName, "ann");
    await assert.rejects(iam.send(new ListUsersCommand({})), {
      name: "AccessDenied",
      message: withDetails(
        `User: arn:aws:sts::${ACCOUNT}:assumed-role/getter/session is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::${ACCOUNT}:user/ because no identity-based policy allows the iam:ListUsers action`,
      ),
    });
  });

  it("brings the token to MinimumSessionTokenSize, and the token is good", async () => {
    const role = await createRole(emu, "padded", { trusts: [trust(ann.arn)] });
    const answer = await call(ann.credentials, role, { MinimumSessionTokenSize: 3000 });
    assert.ok(answer.SessionTokenSize! >= 3000);
    const caller = await emu.sts(credentialsOf(answer)).send(new GetCallerIdentityCommand({}));
    assert.equal(caller.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/padded/session`);
  });

  it("notes the role's use once its credentials are used", async () => {
    const role = await createRole(emu, "used", { trusts: [trust(ann.arn)] });
    const credentials = await assume(emu, ann.credentials, role);
    const lastUsed = async () => (await emu.iam().send(new GetRoleCommand({ RoleName: "used" }))).Role!.RoleLastUsed;
    assert.equal((await lastUsed())?.LastUsedDate, undefined);
    await emu.sts(credentials).send(new GetCallerIdentityCommand({}));
    assert.equal((await lastUsed())!.LastUsedDate!.getTime(), emu.server.clock.now());
  });

  describe("which role", () => {
    for (const [what, arn] of [
      ["does not exist", `arn:aws:iam::${ACCOUNT}:role/nobody`],
      ["is of an account that does not exist", "arn:aws:iam::999999999999:role/nobody"],
      ["has another path", `arn:aws:iam::${ACCOUNT}:role/located`],
      ["is written in another case", `arn:aws:iam::${ACCOUNT}:role/here/LOCATED`],
      ["is a user", `arn:aws:iam::${ACCOUNT}:user/ann`],
      ["is a session", `arn:aws:sts::${ACCOUNT}:assumed-role/located/session`],
    ] as const) {
      it(`refuses a role that ${what} as if it did not trust the caller`, async () => {
        if (what.startsWith("has")) await createRole(emu, "located", { Path: "/here/", trusts: [trust(ann.arn)] });
        await assert.rejects(call(ann.credentials, { arn, id: "" }), notAuthorized(ann.arn, "sts:AssumeRole", arn));
      });
    }

    it("refuses what is no ARN", async () => {
      const arn = "this-is-not-an-arn-at-all";
      await assert.rejects(call(ann.credentials, { arn, id: "" }), {
        name: "ValidationError",
        message: `${arn} is invalid`,
      });
    });
  });

  describe("durations", () => {
    const EXCEEDS_ROLE = "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.";
    const EXCEEDS_CHAIN =
      "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.";
    let chained: Credentials;

    before(async () => {
      const link = await createRole(emu, "link", { trusts: [trust(ann.arn)], statements: [allow("sts:AssumeRole")] });
      chained = await assume(emu, ann.credentials, link);
      for (const hours of [1, 12]) {
        await createRole(emu, `hours-${hours}`, { MaxSessionDuration: hours * 3600, trusts: [trust(ROOT)] });
      }
    });

    for (const [maximum, by, asked, expected] of [
      [1, "a user", undefined, 3600],
      [1, "a user", 900, 900],
      [1, "a user", 3600, 3600],
      [1, "a user", 3601, EXCEEDS_ROLE],
      [1, "a user", 43_200, EXCEEDS_ROLE],
      [1, "a user", 43_201, outOfRange(43_201, "less than or equal to 43200")],
      [1, "a user", 899, outOfRange(899, "greater than or equal to 900")],
      [12, "a user", undefined, 3600],
      [12, "a user", 3601, 3601],
      [12, "a user", 43_200, 43_200],
      [12, "a role", undefined, 3600],
      [12, "a role", 900, 900],
      [12, "a role", 3600, 3600],
      [12, "a role", 3601, EXCEEDS_CHAIN],
      [1, "a role", 3601, EXCEEDS_ROLE],
    ] as const) {
      it(`${by} that asks for ${asked ?? "nothing"} of a role with ${maximum} h gets ${expected}`, async () => {
        const role = { arn: `arn:aws:iam::${ACCOUNT}:role/hours-${maximum}`, id: "" };
        const answer = call(by === "a user" ? ann.credentials : chained, role, { DurationSeconds: asked });
        if (typeof expected === "string") {
          await assert.rejects(answer, { name: "ValidationError", message: expected });
        } else {
          const { Credentials: issued } = await answer;
          assert.equal((issued!.Expiration!.getTime() - emu.server.clock.now()) / 1000, expected);
        }
      });
    }

    it("end to the millisecond", async () => {
      const role = { arn: `arn:aws:iam::${ACCOUNT}:role/hours-1`, id: "" };
      const sts = emu.sts(await assume(emu, ann.credentials, role, { DurationSeconds: 900 }));
      emu.server.clock.advance(899.999);
      assert.ok((await sts.send(new GetCallerIdentityCommand({}))).Arn);
      emu.server.clock.advance(0.001);
      await assert.rejects(sts.send(new GetCallerIdentityCommand({})), {
        name: "ExpiredToken",
        message: "The security token included in the request is expired",
      });
    });
  });

  it("refuses context assertions, which only IAM Identity Center makes", async () => {
    const role = await createRole(emu, "contextual", { trusts: [trust(ann.arn)] });
    const ProvidedContexts = [
      { ProviderArn: "arn:aws:iam::aws:contextProvider/IdentityCenter", ContextAssertion: "assertion" },
    ];
    await assert.rejects(call(ann.credentials, role, { ProvidedContexts }), {
      name: "InvalidContextAssertionException",
      message: "The context assertion that was provided is invalid.",
    });
  });

  describe("sessions", () => {
    it("end with the role, and do not come back with a namesake", async () => {
      const role = await createRole(emu, "mortal", { trusts: [trust(ann.arn)] });
      const sts = emu.sts(await assume(emu, ann.credentials, role));
      assert.ok((await sts.send(new GetCallerIdentityCommand({}))).Arn);
      await emu.iam().send(new DeleteRoleCommand({ RoleName: "mortal" }));
      const invalid = {
        name: "InvalidClientTokenId",
        message: "The security token included in the request is invalid.",
      };
      await assert.rejects(sts.send(new GetCallerIdentityCommand({})), invalid);
      await createRole(emu, "mortal", { trusts: [trust(ann.arn)] });
      await assert.rejects(sts.send(new GetCallerIdentityCommand({})), invalid);
    });

    it("live on when the user who opened them is gone", async () => {
      const user = await createUser(emu, "opener");
      const role = await createRole(emu, "outlives", { trusts: [trust(user.arn)] });
      const sts = emu.sts(await assume(emu, user.credentials, role));
      await emu
        .iam()
        .send(new DeleteAccessKeyCommand({ UserName: "opener", AccessKeyId: user.credentials.accessKeyId }));
      await emu.iam().send(new DeleteUserCommand({ UserName: "opener" }));
      assert.ok((await sts.send(new GetCallerIdentityCommand({}))).Arn);
    });
  });
});
