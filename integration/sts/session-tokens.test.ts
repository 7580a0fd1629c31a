import assert from "node:assert/strict";
import { DeleteAccessKeyCommand, DeleteUserCommand, GetUserCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import {
  GetAccessKeyInfoCommand,
  GetCallerIdentityCommand,
  GetSessionTokenCommand,
  type GetSessionTokenCommandInput,
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
  enableMfa,
  type TestUser,
  trust,
} from "../fixtures.ts";

describe("GetSessionToken", () => {
  const emu = emulator();
  let ann: TestUser;

  before(async () => {
    ann = await createUser(emu, "ann", { statements: [allow("iam:*")] });
  });

  const session = (credentials?: Credentials, input: GetSessionTokenCommandInput = {}) =>
    emu.sts(credentials).send(new GetSessionTokenCommand(input));

  it("answers an ASIA key, a secret, a token and when they expire", async () => {
    const answer = await session(ann.credentials);
    const { AccessKeyId, SecretAccessKey, SessionToken, Expiration } = answer.Credentials!;
    assert.match(AccessKeyId!, /^ASIA[A-Z2-7]{16}$/);
    assert.match(SecretAccessKey!, /^[A-Za-z0-9+/]{40}$/);
    assert.match(SessionToken!, /^IQoJb3JpZ2luX2Vj[A-Za-z0-9+/=]{100,}$/);
    assert.equal(Expiration!.toISOString(), "2026-11-25T00:00:00.000Z");
    assert.equal(answer.SessionTokenSize, SessionToken!.length);
    assert.equal(answer.SessionTokenUtilization, Math.ceil((100 * SessionToken!.length) / 4096));
  });

  it("gives other credentials each time", async () => {
    const [first, second] = [await session(ann.credentials), await session(ann.credentials)];
    assert.notEqual(first.Credentials!.AccessKeyId, second.Credentials!.AccessKeyId);
    assert.notEqual(first.Credentials!.SecretAccessKey, second.Credentials!.SecretAccessKey);
  });

  it("needs no permission, and no deny keeps it from answering", async () => {
    const denied = await createUser(emu, "denied", { statements: [deny("*")] });
    assert.ok((await session(denied.credentials)).Credentials);
  });

  describe("durations", () => {
    const seconds = async (credentials: Credentials | undefined, DurationSeconds?: number) => {
      const { Credentials: issued } = await session(credentials, { DurationSeconds });
      return (issued!.Expiration!.getTime() - emu.server.clock.now()) / 1000;
    };

    for (const [asked, ofUser, ofRoot] of [
      [undefined, 43_200, 3600],
      [900, 900, 900],
      [3600, 3600, 3600],
      [3601, 3601, 3600],
      [129_600, 129_600, 3600],
    ] as const) {
      it(`lasts ${ofUser} s for a user and ${ofRoot} s for root where ${asked ?? "nothing"} is asked`, async () => {
        assert.equal(await seconds(ann.credentials, asked), ofUser);
        assert.equal(await seconds(undefined, asked), ofRoot);
      });
    }

    for (const [asked, rule] of [
      [899, "greater than or equal to 900"],
      [129_601, "less than or equal to 129600"],
    ] as const) {
      it(`refuses ${asked} s`, async () => {
        await assert.rejects(session(ann.credentials, { DurationSeconds: asked }), {
          name: "ValidationError",
          message: `1 validation error detected: Value '${asked}' at 'durationSeconds' failed to satisfy constraint: Member must have value ${rule}`,
        });
      });
    }

    it("ends when its time has come, and not before", async () => {
      const credentials = credentialsOf(await session(ann.credentials, { DurationSeconds: 900 }));
      const call = () => emu.sts(credentials).send(new GetCallerIdentityCommand({}));
      emu.server.clock.advance(899.999);
      assert.equal((await call()).Arn, ann.arn);
      emu.server.clock.advance(0.001);
      await assert.rejects(call(), {
        name: "ExpiredToken",
        message: "The security token included in the request is expired",
      });
    });

    it("expires on a whole second", async () => {
      emu.server.clock.advance(0.75);
      const { Credentials: issued } = await session(ann.credentials);
      assert.equal(issued!.Expiration!.getTime(), Math.floor(emu.server.clock.now() / 1000) * 1000 + 43_200_000);
    });
  });

  describe("MinimumSessionTokenSize", () => {
    for (const MinimumSessionTokenSize of [1024, 2000, 4096]) {
      it(`brings the token to ${MinimumSessionTokenSize} bytes, and the token is good`, async () => {
        const answer = await session(ann.credentials, { MinimumSessionTokenSize });
        assert.equal(answer.SessionTokenSize, answer.Credentials!.SessionToken!.length);
        assert.ok(answer.SessionTokenSize >= MinimumSessionTokenSize);
        assert.ok(answer.SessionTokenSize <= 4096);
        const caller = await emu.sts(credentialsOf(answer)).send(new GetCallerIdentityCommand({}));
        assert.equal(caller.Arn, ann.arn);
      });
    }

    it("leaves a token alone that is larger anyhow", async () => {
      const [plain, small] = [
        await session(ann.credentials),
        await session(ann.credentials, { MinimumSessionTokenSize: 10 }),
      ];
      assert.equal(small.SessionTokenSize, plain.SessionTokenSize);
    });

    for (const [size, rule] of [
      [4097, "less than or equal to 4096"],
      [-1, "greater than or equal to 0"],
    ] as const) {
      it(`refuses ${size}`, async () => {
        await assert.rejects(session(ann.credentials, { MinimumSessionTokenSize: size }), {
          name: "ValidationError",
          message: `1 validation error detected: Value '${size}' at 'minimumSessionTokenSize' failed to satisfy constraint: Member must have value ${rule}`,
        });
      });
    }
  });

  describe("who may ask", () => {
    it("refuses every kind of session credentials", async () => {
      const role = await createRole(emu, "role", { trusts: [trust(ann.arn)] });
      const sessions = [
        credentialsOf(await session(ann.credentials)),
        credentialsOf(await session()),
        await assume(emu, ann.credentials, role),
      ];
      for (const credentials of sessions) {
        await assert.rejects(session(credentials), {
          name: "AccessDenied",
          message: "Cannot call GetSessionToken with session credentials",
        });
      }
    });

    it("refuses them before a code is looked at, which so stays unused", async () => {
      const eve = await createUser(emu, "eve");
      const SerialNumber = await enableMfa(emu, "eve");
      const TokenCode = emu.server.mfa.code(SerialNumber).code;
      const credentials = credentialsOf(await session(eve.credentials));
      await assert.rejects(session(credentials, { SerialNumber, TokenCode }), {
        message: "Cannot call GetSessionToken with session credentials",
      });
      assert.ok((await session(eve.credentials, { SerialNumber, TokenCode })).Credentials);
    });
  });

  describe("what its credentials may do", () => {
    it("cannot call IAM without a code", async () => {
      const credentials = credentialsOf(await session(ann.credentials));
      await assert.rejects(emu.iam(credentials).send(new ListUsersCommand({})), {
        name: "InvalidClientTokenId",
        message: "The security token included in the request is invalid",
      });
    });

    it("can do with a code what the user may do", async () => {
      const mia = await createUser(emu, "mia", { statements: [allow("iam:GetUser")] });
      const SerialNumber = await enableMfa(emu, "mia");
      const TokenCode = emu.server.mfa.code(SerialNumber).code;
      const credentials = credentialsOf(await session(mia.credentials, { SerialNumber, TokenCode }));
      const iam = emu.iam(credentials);
      assert.equal((await iam.send(new GetUserCommand({ UserName: "ann" }))).User!.UserName, "ann");
      await assert.rejects(iam.send(new ListUsersCommand({})), { name: "AccessDenied" });
    });

    it("can call no operation of STS but GetCallerIdentity and AssumeRole", async () => {
      const sts = emu.sts(credentialsOf(await session(ann.credentials)));
      await assert.rejects(sts.send(new GetAccessKeyInfoCommand({ AccessKeyId: ann.credentials.accessKeyId })), {
        name: "AccessDenied",
        message: "Cannot call GetAccessKeyInfo with session credentials",
      });
      assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Arn, ann.arn);
    });

    it("end with the user, and do not come back with a namesake", async () => {
      const tom = await createUser(emu, "tom");
      const credentials = credentialsOf(await session(tom.credentials));
      const call = () => emu.sts(credentials).send(new GetCallerIdentityCommand({}));
      assert.equal((await call()).Arn, tom.arn);
      await emu.iam().send(new DeleteAccessKeyCommand({ UserName: "tom", AccessKeyId: tom.credentials.accessKeyId }));
      await emu.iam().send(new DeleteUserCommand({ UserName: "tom" }));
      const invalid = {
        name: "InvalidClientTokenId",
        message: "The security token included in the request is invalid.",
      };
      await assert.rejects(call(), invalid);
      await createUser(emu, "tom");
      await assert.rejects(call(), invalid);
    });
  });
});
