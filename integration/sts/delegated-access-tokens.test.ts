import assert from "node:assert/strict";
import {
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetUserCommand,
  ListRolesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetDelegatedAccessTokenCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { createRequest, onboard, PARTNER, sendToken } from "../delegation.ts";
import { emulator, type Credentials } from "../emulator.ts";
import { allow, assume, createRole, createUser, credentialsOf, trust, type TestUser } from "../fixtures.ts";
import { rootOf } from "../organization.ts";

describe("GetDelegatedAccessToken", () => {
  const emu = emulator();
  let approver: TestUser;

  before(async () => {
    await onboard(emu);
    approver = await createUser(emu, "approver", { statements: [allow("*")] });
  });

  const exchange = (TradeInToken: string, credentials: Credentials = rootOf(emu, PARTNER)) =>
    emu.sts(credentials).send(new GetDelegatedAccessTokenCommand({ TradeInToken }));
  const token = async (by: Credentials = approver.credentials) => sendToken(emu, await createRequest(emu), by);

  it("answers credentials of whoever accepted, until the end of what was asked for", async () => {
    const tradeInToken = await token();
    emu.server.clock.advance(600);
    const { $metadata: _metadata, Credentials, ...rest } = await exchange(tradeInToken);
    assert.deepEqual(rest, { AssumedPrincipal: approver.arn });
    assert.deepEqual(Credentials!.Expiration, new Date("2026-11-24T13:00:00Z"));
    const identity = await emu.sts(credentialsOf({ Credentials })).send(new GetCallerIdentityCommand({}));
    assert.deepEqual([identity.Arn, identity.UserId], [approver.arn, approver.id]);
    const again = await exchange(tradeInToken);
    assert.notEqual(again.Credentials!.AccessKeyId, Credentials!.AccessKeyId);
    emu.server.clock.advance(-600);
  });

  it("limits them to what was asked for, and to what the approver may do", async () => {
    const iam = emu.iam(credentialsOf(await exchange(await token())));
    await iam.send(new GetUserCommand({ UserName: "approver" }));
    await iam.send(new ListUsersCommand({}));
    await assert.rejects(iam.send(new ListRolesCommand({})), {
      name: "AccessDenied",
      message: `User: ${approver.arn} is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::${emu.server.account}:role/ because no session policy allows the iam:ListRoles action`,
    });
    const weak = await createUser(emu, "weak", {
      statements: [allow(["iam:AssociateDelegationRequest", "iam:AcceptDelegationRequest", "iam:SendDelegationToken"])],
    });
    const limited = emu.iam(credentialsOf(await exchange(await token(weak.credentials))));
    await assert.rejects(limited.send(new ListUsersCommand({})), {
      name: "AccessDenied",
      message: `User: ${weak.arn} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::${emu.server.account}:user/ because no identity-based policy allows the iam:ListUsers action`,
    });
  });

  it("answers the session of a role as that session, and root as root", async () => {
    const role = await createRole(emu, "approving", { trusts: [trust(approver.arn)], statements: [allow("iam:*")] });
    const session = await assume(emu, approver.credentials, role);
    const { AssumedPrincipal, ...issued } = await exchange(await token(session));
    const arn = `arn:aws:sts::${emu.server.account}:assumed-role/approving/session`;
    assert.equal(AssumedPrincipal, arn);
    await emu.iam(credentialsOf(issued)).send(new ListUsersCommand({}));
    assert.equal((await emu.sts(credentialsOf(issued)).send(new GetCallerIdentityCommand({}))).Arn, arn);
    const root = await exchange(await token(emu.server.rootCredentials));
    assert.equal(root.AssumedPrincipal, `arn:aws:iam::${emu.server.account}:root`);
    await assert.rejects(emu.iam(credentialsOf(root)).send(new ListRolesCommand({})), { name: "AccessDenied" });
  });

  it("answers credentials that die with the approver", async () => {
    const passing = await createUser(emu, "passing", { statements: [allow("*")] });
    const iam = emu.iam(credentialsOf(await exchange(await token(passing.credentials))));
    await iam.send(new ListUsersCommand({}));
    const UserName = "passing";
    await emu.iam().send(new DeleteAccessKeyCommand({ UserName, AccessKeyId: passing.credentials.accessKeyId }));
    await emu.iam().send(new DeleteUserPolicyCommand({ UserName, PolicyName: "test" }));
    await emu.iam().send(new DeleteUserCommand({ UserName }));
    await assert.rejects(iam.send(new ListUsersCommand({})), { name: "InvalidClientTokenId" });
  });

  it("does not let them open sessions", async () => {
    const sts = emu.sts(credentialsOf(await exchange(await token())));
    await assert.rejects(sts.send(new GetSessionTokenCommand({})), {
      name: "AccessDenied",
      message: "Cannot call GetSessionToken with session credentials",
    });
  });

  it("refuses a token when the time that was asked for is over", async () => {
    const tradeInToken = await token();
    emu.server.clock.advance(3599);
    await exchange(tradeInToken);
    emu.server.clock.advance(1);
    await assert.rejects(exchange(tradeInToken), {
      name: "ExpiredTradeInTokenException",
      message: "The trade-in token has expired.",
    });
    emu.server.clock.advance(-3600);
  });

  it("refuses what is no token, and those of another partner", async () => {
    const invalid = { name: "AccessDenied", message: "The trade-in token is not valid." };
    const tradeInToken = await token();
    await assert.rejects(exchange("token"), invalid);
    await assert.rejects(exchange(""), invalid);
    await assert.rejects(exchange(tradeInToken, rootOf(emu, "111122223333")), invalid);
    await assert.rejects(exchange(tradeInToken, approver.credentials), invalid);
  });

  it("asks permission on everything", async () => {
    const tradeInToken = await token();
    const root = rootOf(emu, PARTNER);
    const may = await createUser(emu, "may", { root, statements: [allow("sts:GetDelegatedAccessToken", "*")] });
    await exchange(tradeInToken, may.credentials);
    const mayNot = await createUser(emu, "may-not", { root });
    await assert.rejects(exchange(tradeInToken, mayNot.credentials), {
      name: "AccessDenied",
      message: `User: ${mayNot.arn} is not authorized to perform: sts:GetDelegatedAccessToken on resource: * because no identity-based policy allows the sts:GetDelegatedAccessToken action`,
    });
  });
});
