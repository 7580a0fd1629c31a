import assert from "node:assert/strict";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
  type GetFederationTokenCommandInput,
} from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  document,
  notAuthorized,
  type TestUser,
  trust,
} from "../fixtures.ts";

describe("GetFederationToken", () => {
  const emu = emulator();
  const guest = "arn:aws:sts::000000000000:federated-user/guest";
  let broker: TestUser;

  before(async () => {
    broker = await createUser(emu, "broker", { statements: [allow(["sts:GetFederationToken", "sts:TagSession"])] });
  });

  const federate = (credentials?: Credentials, input: Partial<GetFederationTokenCommandInput> = {}) =>
    emu.sts(credentials).send(new GetFederationTokenCommand({ Name: "guest", ...input }));

  it("answers credentials, the federated user and a packed size of zero where there is no policy", async () => {
    const answer = await federate(broker.credentials);
    assert.match(answer.Credentials!.AccessKeyId!, /^ASIA/);
    assert.deepEqual(answer.FederatedUser, { FederatedUserId: "000000000000:guest", Arn: guest });
    assert.equal(answer.PackedPolicySize, 0);
  });

  it("tells what part of the largest token a policy makes it take", async () => {
    const answer = await federate(broker.credentials, { Policy: document(allow("s3:GetObject")) });
    assert.equal(answer.PackedPolicySize, answer.SessionTokenUtilization);
    assert.equal(answer.SessionTokenUtilization, Math.ceil((100 * answer.SessionTokenSize!) / 4096));
  });

  describe("durations", () => {
    for (const [asked, ofUser, ofRoot] of [
      [undefined, 43_200, 3600],
      [900, 900, 900],
      [129_600, 129_600, 3600],
    ] as const) {
      it(`lasts ${ofUser} s for a user and ${ofRoot} s for root where ${asked ?? "nothing"} is asked`, async () => {
        for (const [credentials, expected] of [
          [broker.credentials, ofUser],
          [undefined, ofRoot],
        ] as const) {
          const { Credentials: issued } = await federate(credentials, { DurationSeconds: asked });
          assert.equal((issued!.Expiration!.getTime() - emu.server.clock.now()) / 1000, expected);
        }
      });
    }
  });

  it("refuses a name of more than 32 characters", async () => {
    const Name = "n".repeat(33);
    await assert.rejects(federate(broker.credentials, { Name }), {
      name: "ValidationError",
      message: `1 validation error detected: Value '${Name}' at 'name' failed to satisfy constraint: Member must have length less than or equal to 32`,
    });
  });

  describe("permissions", () => {
    it("needs sts:GetFederationToken on the federated user", async () => {
      const some = await createUser(emu, "some", { statements: [allow("sts:GetFederationToken", guest)] });
      assert.ok((await federate(some.credentials)).Credentials);
      await assert.rejects(
        federate(some.credentials, { Name: "other" }),
        notAuthorized(some.arn, "sts:GetFederationToken", "arn:aws:sts::000000000000:federated-user/other"),
      );
    });

    it("needs sts:TagSession as well where tags are sent", async () => {
      const some = await createUser(emu, "untagged", { statements: [allow("sts:GetFederationToken")] });
      await assert.rejects(
        federate(some.credentials, { Tags: [{ Key: "team", Value: "red" }] }),
        notAuthorized(some.arn, "sts:TagSession", guest),
      );
    });

    it("shows the tags of the request to the policy", async () => {
      const onlyRed = {
        StringEquals: { "aws:RequestTag/team": "red" },
        "ForAllValues:StringEquals": { "aws:TagKeys": "team" },
      };
      const some = await createUser(emu, "red-only", {
        statements: [allow("sts:GetFederationToken"), { ...allow("sts:TagSession"), Condition: onlyRed }],
      });
      assert.ok((await federate(some.credentials, { Tags: [{ Key: "team", Value: "red" }] })).Credentials);
      await assert.rejects(
        federate(some.credentials, { Tags: [{ Key: "team", Value: "blue" }] }),
        notAuthorized(some.arn, "sts:TagSession", guest),
      );
    });

    it("is refused to session credentials, and so to a role, whatever they may do", async () => {
      const role = await createRole(emu, "role", {
        trusts: [trust(broker.arn)],
        statements: [allow("sts:GetFederationToken")],
      });
      const sessions = [
        credentialsOf(await emu.sts(broker.credentials).send(new GetSessionTokenCommand({}))),
        await assume(emu, broker.credentials, role),
        credentialsOf(await federate(broker.credentials)),
      ];
      for (const credentials of sessions) {
        await assert.rejects(federate(credentials), {
          name: "AccessDenied",
          message: "Cannot call GetFederationToken with session credentials",
        });
      }
    });
  });

  it("refuses a policy that is none, and tags that differ in case only", async () => {
    await assert.rejects(federate(broker.credentials, { Policy: "not json" }), {
      name: "MalformedPolicyDocumentException",
    });
    const Tags = [
      { Key: "Team", Value: "red" },
      { Key: "team", Value: "blue" },
    ];
    await assert.rejects(federate(broker.credentials, { Tags }), {
      name: "InvalidParameterValue",
      message: "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
    });
  });

  describe("what its credentials may do", () => {
    const Policy = document(allow("*"));

    it("cannot call IAM, even where user and session policy allow it", async () => {
      const admin = await createUser(emu, "admin", { statements: [allow("*")] });
      const credentials = credentialsOf(await federate(admin.credentials, { Policy }));
      await assert.rejects(emu.iam(credentials).send(new ListUsersCommand({})), {
        name: "InvalidClientTokenId",
        message: "The security token included in the request is invalid",
      });
    });

    it("can call no operation of STS but GetCallerIdentity", async () => {
      const role = await createRole(emu, "closed", { trusts: [trust("arn:aws:iam::000000000000:root")] });
      const sts = emu.sts(credentialsOf(await federate(undefined, { Policy })));
      await assert.rejects(sts.send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "session" })), {
        name: "AccessDenied",
        message: "Cannot call AssumeRole with session credentials",
      });
      await assert.rejects(sts.send(new GetSessionTokenCommand({})), {
        name: "AccessDenied",
        message: "Cannot call GetSessionToken with session credentials",
      });
      assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Arn, guest);
    });
  });
});
