import assert from "node:assert/strict";
import {
  DeleteAccessKeyCommand,
  DeleteUserCommand,
  DeleteUserPolicyCommand,
  GetUserCommand,
  ListRolesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import {
  GetCallerIdentityCommand,
  GetDelegatedAccessTokenCommand,
  GetScopedCredentialsCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { createRequest, onboard, PARTNER, sendToken } from "../delegation.ts";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  document,
  trust,
  type TestUser,
  withDetails,
} from "../fixtures.ts";
import { control } from "../mfa/control.ts";
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
      message: withDetails(
        `User: ${approver.arn} is not authorized to perform: iam:ListRoles on resource: arn:aws:iam::${emu.server.account}:role/ because no session policy allows the iam:ListRoles action`,
      ),
    });
    const weak = await createUser(emu, "weak", {
      statements: [allow(["iam:AssociateDelegationRequest", "iam:AcceptDelegationRequest", "iam:SendDelegationToken"])],
    });
    const limited = emu.iam(credentialsOf(await exchange(await token(weak.credentials))));
    await assert.rejects(limited.send(new ListUsersCommand({})), {
      name: "AccessDenied",
      message: withDetails(
        `User: ${weak.arn} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::${emu.server.account}:user/ because no identity-based policy allows the iam:ListUsers action`,
      ),
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

  it("keeps them within what the approver's own session was limited to", async () => {
    const trusts = [trust(approver.arn)];
    const role = await createRole(emu, "wide", { trusts, statements: [allow("*")] });
    const delegation = [
      allow(["iam:AssociateDelegationRequest", "iam:AcceptDelegationRequest", "iam:SendDelegationToken"]),
      allow("iam:ListRoles"),
    ];
    const session = await assume(emu, approver.credentials, role, {
      Policy: document(...delegation, allow("iam:GetUser")),
    });
    const iam = emu.iam(credentialsOf(await exchange(await token(session))));
    await iam.send(new GetUserCommand({ UserName: "approver" }));
    const caller = `arn:aws:sts::${emu.server.account}:assumed-role/wide/session`;
    const refused = (action: string, resource: string) => ({
      name: "AccessDenied",
      message: withDetails(
        `User: ${caller} is not authorized to perform: ${action} on resource: arn:aws:iam::${emu.server.account}:${resource} because no session policy allows the ${action} action`,
      ),
    });
    await assert.rejects(iam.send(new ListUsersCommand({})), refused("iam:ListUsers", "user/"));
    await assert.rejects(iam.send(new ListRolesCommand({})), refused("iam:ListRoles", "role/"));

    const managed = await assume(emu, approver.credentials, role, {
      PolicyArns: [{ arn: "arn:aws:iam::aws:policy/ReadOnlyAccess" }],
      Policy: document(...delegation),
    });
    await emu.iam(credentialsOf(await exchange(await token(managed)))).send(new ListUsersCommand({}));

    const { Credentials } = await emu
      .sts(await assume(emu, approver.credentials, role))
      .send(new GetScopedCredentialsCommand({ Policy: document(...delegation) }));
    const scoped = emu.iam(credentialsOf(await exchange(await token(credentialsOf({ Credentials })))));
    await assert.rejects(scoped.send(new ListUsersCommand({})), refused("iam:ListUsers", "user/"));
  });

  it("keeps what the approver's session hands on to roles that it assumes", async () => {
    const partner = rootOf(emu, "222233334444");
    const template = "arn:aws:iam::aws:delegation-template/roles/1";
    await control(emu, "delegation-partners", {
      account: partner.accessKeyId,
      name: "Roles",
      templates: [{ arn: template, document: JSON.parse(document(allow(["sts:AssumeRole", "sts:TagSession"]))) }],
    });
    const actions = ["sts:AssumeRole", "sts:TagSession"];
    const trusted = await createRole(emu, "handing-on", {
      trusts: [trust(approver.arn, actions)],
      statements: [allow("*")],
    });
    const Condition = { StringEquals: { "aws:PrincipalTag/team": "blue" } };
    const tagged = await createRole(emu, "tagged", {
      trusts: [trust(trusted.arn, actions)],
      statements: [{ ...allow("iam:ListUsers"), Condition }],
    });
    const session = await assume(emu, approver.credentials, trusted, {
      Tags: [{ Key: "team", Value: "blue" }],
      TransitiveTagKeys: ["team"],
    });
    const more = {
      Permissions: { PolicyTemplateArn: template },
      NotificationChannel: "arn:aws:sns:us-east-1:222233334444:requests",
    };
    const id = await createRequest(emu, more, partner);
    const delegated = credentialsOf(
      await exchange(await sendToken(emu, id, session, more.NotificationChannel), partner),
    );
    await emu.iam(await assume(emu, delegated, tagged)).send(new ListUsersCommand({}));
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
