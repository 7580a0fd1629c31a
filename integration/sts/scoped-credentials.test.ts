import assert from "node:assert/strict";
import { GetUserCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetScopedCredentialsCommand,
  GetSessionTokenCommand,
  type GetScopedCredentialsCommandInput,
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
  document,
  enableMfa,
  trust,
  type TestRole,
  type TestUser,
  withDetails,
} from "../fixtures.ts";

describe("GetScopedCredentials", () => {
  const emu = emulator();
  let user: TestUser;
  let role: TestRole;
  let session: Credentials;

  before(async () => {
    user = await createUser(emu, "scoper", { statements: [allow("*")] });
    role = await createRole(emu, "wide", {
      trusts: [trust(user.arn, ["sts:AssumeRole", "sts:SetSourceIdentity", "sts:TagSession"])],
      statements: [allow("iam:*")],
    });
    session = await assume(emu, user.credentials, role, { SourceIdentity: "ann", DurationSeconds: 1800 });
  });

  const send = (input: GetScopedCredentialsCommandInput, credentials = session) =>
    emu.sts(credentials).send(new GetScopedCredentialsCommand(input));
  const scoped = async (Policy: string, credentials = session) => credentialsOf(await send({ Policy }, credentials));
  const listUsers = (credentials: Credentials) => emu.iam(credentials).send(new ListUsersCommand({}));
  const getUser = (credentials: Credentials) => emu.iam(credentials).send(new GetUserCommand({ UserName: user.name }));
  const listOnly = document(allow("iam:ListUsers"));
  const readOnly = document(allow(["iam:ListUsers", "iam:GetUser"]));

  it("answers credentials of the same identity, until the end of the session", async () => {
    emu.server.clock.advance(0.5);
    const { $metadata: _metadata, Credentials, ...rest } = await send({ Policy: listOnly });
    emu.server.clock.advance(-0.5);
    assert.deepEqual(Credentials!.Expiration, new Date("2026-11-24T12:30:00Z"));
    const Arn = `arn:aws:sts::${emu.server.account}:assumed-role/wide/session`;
    assert.deepEqual(rest, {
      SessionInfo: { ScopedSessionId: `${role.id}:session`, Arn },
      ScopedPoliciesCount: 1,
      SourceIdentity: "ann",
      SessionTokenSize: Credentials!.SessionToken!.length,
      SessionTokenUtilization: rest.SessionTokenUtilization,
    });
    const identity = await emu.sts(credentialsOf({ Credentials })).send(new GetCallerIdentityCommand({}));
    assert.deepEqual([identity.Arn, identity.UserId], [Arn, `${role.id}:session`]);
  });

  it("limits to what both the session and the policy allow", async () => {
    const narrow = await scoped(listOnly);
    await listUsers(narrow);
    await assert.rejects(getUser(narrow), {
      name: "AccessDenied",
      message: withDetails(
        `User: arn:aws:sts::${emu.server.account}:assumed-role/wide/session is not authorized to perform: iam:GetUser on resource: ${user.arn} because no session policy allows the iam:GetUser action`,
      ),
    });
    const wider = await scoped(document(allow("*")), await scoped(listOnly));
    await assert.rejects(getUser(wider), { name: "AccessDenied" });
    const elsewhere = await scoped(document(allow("s3:*")));
    await assert.rejects(listUsers(elsewhere), { name: "AccessDenied" });
  });

  it("limits sessions that have session policies further", async () => {
    const limited = await assume(emu, user.credentials, role, { Policy: listOnly });
    const narrow = await scoped(readOnly, limited);
    await listUsers(narrow);
    await assert.rejects(getUser(narrow), { name: "AccessDenied" });
  });

  it("takes a denying policy at its word", async () => {
    const narrow = await scoped(document(allow("*"), deny("iam:GetUser")));
    await assert.rejects(getUser(narrow), {
      name: "AccessDenied",
      message: withDetails(
        `User: arn:aws:sts::${emu.server.account}:assumed-role/wide/session is not authorized to perform: iam:GetUser on resource: ${user.arn} with an explicit deny in a session policy`,
      ),
    });
  });

  it("takes three policies one after the other, and no fourth, but a shorter time still", async () => {
    let current = session;
    for (const count of [1, 2, 3]) {
      const answer = await send({ Policy: readOnly }, current);
      assert.equal(answer.ScopedPoliciesCount, count);
      current = credentialsOf(answer);
    }
    await assert.rejects(send({ Policy: readOnly }, current), {
      name: "AccessDenied",
      message: "A session cannot have more than 3 scope down policies.",
    });
    assert.equal((await send({ DurationSeconds: 60 }, current)).ScopedPoliciesCount, 3);
    await getUser(current);
  });

  it("shortens a session, with a policy or without, and does not lengthen it", async () => {
    const { Credentials, ScopedPoliciesCount } = await send({ DurationSeconds: 1 });
    assert.deepEqual([Credentials!.Expiration, ScopedPoliciesCount], [new Date("2026-11-24T12:00:01Z"), 0]);
    await getUser(credentialsOf({ Credentials }));
    const both = await send({ DurationSeconds: 1800, Policy: readOnly });
    assert.deepEqual(both.Credentials!.Expiration, new Date("2026-11-24T12:30:00Z"));
    await assert.rejects(send({ DurationSeconds: 1801 }), {
      name: "InsufficientSessionLifetimeException",
      message:
        "The requested DurationSeconds exceeds the remaining lifetime of the calling session, which is 1800 seconds.",
    });
  });

  it("makes the token as large as is asked for", async () => {
    assert.ok((await send({ Policy: readOnly, MinimumSessionTokenSize: 3000 })).SessionTokenSize! >= 3000);
  });

  it("serves federated users and the sessions of GetSessionToken, whose MFA it keeps", async () => {
    const federated = await emu
      .sts(user.credentials)
      .send(new GetFederationTokenCommand({ Name: "guest", Policy: readOnly }));
    const { SessionInfo } = await send({ Policy: listOnly }, credentialsOf(federated));
    assert.equal(SessionInfo!.Arn, `arn:aws:sts::${emu.server.account}:federated-user/guest`);
    const SerialNumber = await enableMfa(emu, user.name);
    emu.server.clock.advance(30);
    const TokenCode = emu.server.mfa.code(SerialNumber).code;
    const withMfa = credentialsOf(
      await emu.sts(user.credentials).send(new GetSessionTokenCommand({ SerialNumber, TokenCode })),
    );
    await getUser(await scoped(readOnly, withMfa));
    const without = credentialsOf(await emu.sts(user.credentials).send(new GetSessionTokenCommand({})));
    await assert.rejects(getUser(await scoped(readOnly, without)), { name: "InvalidClientTokenId" });
    emu.server.clock.advance(-30);
  });

  it("leaves the limits of the session's kind in force", async () => {
    const federated = credentialsOf(
      await emu
        .sts(user.credentials)
        .send(new GetFederationTokenCommand({ Name: "guest", Policy: document(allow("*")) })),
    );
    const narrow = await scoped(document(allow("*")), federated);
    const RoleArn = role.arn;
    await assert.rejects(emu.sts(narrow).send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "session" })), {
      name: "AccessDenied",
      message: "Cannot call AssumeRole with session credentials",
    });
  });

  it("refuses long-term credentials", async () => {
    for (const credentials of [user.credentials, emu.server.rootCredentials]) {
      await assert.rejects(send({ Policy: readOnly }, credentials), {
        name: "InvalidSubjectCredentialsException",
        message: "GetScopedCredentials can only be called with temporary security credentials.",
      });
    }
  });

  it("refuses a request that asks for nothing", async () => {
    for (const input of [{}, { MinimumSessionTokenSize: 100 }, { ScopedSessionDescription: "x" }]) {
      await assert.rejects(send(input), {
        name: "ValidationError",
        message: "Request must contain at least one of Policy or DurationSeconds",
      });
    }
  });

  it("refuses what is out of its limits", async () => {
    const invalid = (detail: string) => ({
      name: "ValidationError",
      message: `1 validation error detected: Value ${detail}`,
    });
    await assert.rejects(
      send({ DurationSeconds: 0 }),
      invalid(
        "'0' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 1",
      ),
    );
    await assert.rejects(
      send({ DurationSeconds: 129_601 }),
      invalid(
        "'129601' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600",
      ),
    );
    const ScopedSessionDescription = "d".repeat(257);
    await assert.rejects(
      send({ DurationSeconds: 60, ScopedSessionDescription }),
      invalid(
        `'${ScopedSessionDescription}' at 'scopedSessionDescription' failed to satisfy constraint: Member must have length less than or equal to 256`,
      ),
    );
    await send({ DurationSeconds: 60, ScopedSessionDescription: "d".repeat(256) });
  });

  it("refuses what is no policy, or too large", async () => {
    await assert.rejects(send({ Policy: "{}" }), { name: "MalformedPolicyDocumentException" });
    await assert.rejects(send({ Policy: document(allow("s3:GetObject", `arn:aws:s3:::${"x".repeat(2048)}`)) }), {
      name: "PackedPolicyTooLargeException",
    });
  });
});
