import assert from "node:assert/strict";
import {
  AssumeRoleCommand,
  DecodeAuthorizationMessageCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import request from "supertest";
import { emulator, type Credentials } from "../emulator.ts";
import { createRole, createUser, credentialsOf, document, deny, trust, type TestUser } from "../fixtures.ts";
import { PROVIDER, samlFederation, trustProvider } from "../saml-responses.ts";
import { assumeWithToken, createProvider, tokenIssuer, trustFederated } from "./token-issuer.ts";

describe("The principal of a session", () => {
  const emu = emulator();
  const issuer = tokenIssuer();
  const { call } = samlFederation(emu);
  let ann: TestUser;
  before(async () => {
    ann = await createUser(emu, "ann");
  });

  const sessions: Readonly<Record<string, () => Promise<Credentials>>> = {
    "root's GetSessionToken": async () => credentialsOf(await emu.sts().send(new GetSessionTokenCommand({}))),
    "a user's GetSessionToken": async () =>
      credentialsOf(await emu.sts(ann.credentials).send(new GetSessionTokenCommand({}))),
    "AssumeRole, limited by a session policy": async () => {
      const { arn } = await createRole(emu, "trusting", { trusts: [trust(ann.arn)] });
      const input = { RoleArn: arn, RoleSessionName: "ann", Policy: document(deny("ec2:*")) };
      return credentialsOf(await emu.sts(ann.credentials).send(new AssumeRoleCommand(input)));
    },
    AssumeRoleWithWebIdentity: async () => {
      const provider = await createProvider(emu, issuer.url);
      const { arn } = await createRole(emu, "web", { trusts: [trustFederated(provider)] });
      return credentialsOf(await assumeWithToken(emu, arn, await issuer.token()));
    },
    AssumeRoleWithSAML: async () =>
      credentialsOf(await call(await createRole(emu, "sso", { trusts: [trustProvider(PROVIDER)] }))),
    GetFederationToken: async () =>
      credentialsOf(await emu.sts().send(new GetFederationTokenCommand({ Name: "guest" }))),
  };

  for (const [operation, session] of Object.entries(sessions)) {
    it(`is one to GetCallerIdentity and to DecodeAuthorizationMessage: ${operation}`, async () => {
      const credentials = await session();
      const { UserId, Arn } = await emu.sts(credentials).send(new GetCallerIdentityCommand({}));
      const asked = { sessionToken: credentials.sessionToken, action: "ec2:StopInstances" };
      const isRoot = Arn!.endsWith(":root");
      const { body } = await request(emu.server.endpoint).post("/_emulator/authorize").send(asked).expect(200);
      assert.equal(body.allowed, isRoot);
      if (isRoot) return;
      const command = new DecodeAuthorizationMessageCommand({ EncodedMessage: body.encodedMessage });
      const { context } = JSON.parse((await emu.sts().send(command)).DecodedMessage!);
      assert.deepEqual([context.principal.id, context.principal.arn], [UserId, Arn]);
    });
  }
});
