import assert from "node:assert/strict";
import {
  AssumeRoleCommand,
  DecodeAuthorizationMessageCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";
import {
  createRole,
  createUser,
  credentialsOf,
  deny,
  enableMfa,
  trust,
  type TestRole,
  type TestUser,
} from "../fixtures.ts";
import { PROVIDER, samlFederation, trustProvider } from "../saml-responses.ts";

const ROOT = "arn:aws:iam::000000000000:root";

// Keys that differ between callers. A denial lists all keys of its request.
const OF_PRINCIPALS =
  /^aws:(Principal(Arn|Account|Type)|userid|username|TokenIssueTime|Multi.*|Federated.*|SourceIdentity)$/;

describe("the condition keys of a principal", () => {
  const emu = emulator();
  const { call } = samlFederation(emu);
  let ann: TestUser;
  let role: TestRole;
  before(async () => {
    emu.server.clock.freeze();
    ann = await createUser(emu, "ann", { Path: "/staff/" });
    role = await createRole(emu, "reader", { trusts: [trust(ann.arn, ["sts:AssumeRole", "sts:SetSourceIdentity"])] });
  });

  /** The keys of a principal or session, from a denial by the resource's policy, which nobody can override. */
  async function keysOf(who: { readonly principal?: string; readonly sessionToken?: string | undefined }) {
    const resource = "arn:aws:s3:::bucket/key";
    const resourcePolicy = { Version: "2012-10-17", Statement: { ...deny("s3:*", resource), Principal: "*" } };
    const asked = { ...who, action: "s3:GetObject", resource, resourcePolicy };
    const { body } = await request(emu.server.endpoint).post("/_emulator/authorize").send(asked).expect(200);
    const command = new DecodeAuthorizationMessageCommand({ EncodedMessage: body.encodedMessage });
    const { context } = JSON.parse((await emu.sts().send(command)).DecodedMessage!);
    return Object.fromEntries(
      context.conditions.items
        .filter(({ key }: { key: string }) => OF_PRINCIPALS.test(key))
        .map(({ key, values }: { key: string; values: { items: { value: string }[] } }) => [
          key,
          values.items[0]!.value,
        ]),
    );
  }

  const ofAccount = { "aws:PrincipalAccount": "000000000000" };
  const withoutMfa = { "aws:TokenIssueTime": "2026-11-24T12:00:00.000Z", "aws:MultiFactorAuthPresent": "false" };
  const ofAnn = () => ({
    ...ofAccount,
    "aws:PrincipalArn": ann.arn,
    "aws:PrincipalType": "User",
    "aws:userid": ann.id,
    "aws:username": "ann",
  });
  const ofRoot = {
    ...ofAccount,
    "aws:PrincipalArn": ROOT,
    "aws:PrincipalType": "Account",
    "aws:userid": "000000000000",
  };

  it("say who a user is, with its name, and nothing of MFA for long-term keys", async () => {
    assert.deepEqual(await keysOf({ principal: ann.arn }), ofAnn());
  });

  it("say that root is the account, which has no name", async () => {
    assert.deepEqual(await keysOf({ principal: ROOT }), ofRoot);
    const session = credentialsOf(await emu.sts().send(new GetSessionTokenCommand({})));
    assert.deepEqual(await keysOf({ sessionToken: session.sessionToken }), { ...ofRoot, ...withoutMfa });
  });

  it("of a user's session are the user's, and say when it began, with or without MFA", async () => {
    const sts = emu.sts(ann.credentials);
    const plain = credentialsOf(await sts.send(new GetSessionTokenCommand({})));
    assert.deepEqual(await keysOf({ sessionToken: plain.sessionToken }), { ...ofAnn(), ...withoutMfa });
    const SerialNumber = await enableMfa(emu, "ann");
    const TokenCode = emu.server.mfa.code(SerialNumber).code;
    const strong = credentialsOf(await sts.send(new GetSessionTokenCommand({ SerialNumber, TokenCode })));
    emu.server.clock.advance(90);
    assert.deepEqual(await keysOf({ sessionToken: strong.sessionToken }), {
      ...ofAnn(),
      "aws:TokenIssueTime": "2026-11-24T12:00:00.000Z",
      "aws:MultiFactorAuthPresent": "true",
      "aws:MultiFactorAuthAge": "90",
    });
  });

  it("of a role's session name the role, and the session in the id only", async () => {
    const input = { RoleArn: role.arn, RoleSessionName: "work", SourceIdentity: "ann" };
    const session = credentialsOf(await emu.sts(ann.credentials).send(new AssumeRoleCommand(input)));
    assert.deepEqual(await keysOf({ sessionToken: session.sessionToken }), {
      ...ofAccount,
      ...withoutMfa,
      "aws:TokenIssueTime": new Date(emu.server.clock.now()).toISOString(),
      "aws:PrincipalArn": role.arn,
      "aws:PrincipalType": "AssumedRole",
      "aws:userid": `${role.id}:work`,
      "aws:SourceIdentity": "ann",
    });
  });

  it("of a federated role's session name the provider besides", async () => {
    const sso = await createRole(emu, "sso", { trusts: [trustProvider(PROVIDER)] });
    const { sessionToken } = credentialsOf(await call(sso));
    const { "aws:FederatedProvider": provider, "aws:PrincipalType": type } = await keysOf({ sessionToken });
    assert.deepEqual([provider, type], [PROVIDER, "AssumedRole"]);
  });

  it("of a federated user name itself, and not the user who asked", async () => {
    const session = credentialsOf(await emu.sts().send(new GetFederationTokenCommand({ Name: "guest" })));
    assert.deepEqual(await keysOf({ sessionToken: session.sessionToken }), {
      ...ofAccount,
      ...withoutMfa,
      "aws:TokenIssueTime": new Date(emu.server.clock.now()).toISOString(),
      "aws:PrincipalArn": "arn:aws:sts::000000000000:federated-user/guest",
      "aws:PrincipalType": "FederatedUser",
      "aws:userid": "000000000000:guest",
    });
  });
});
