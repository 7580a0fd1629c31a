import assert from "node:assert/strict";
import { GetSAMLProviderCommand, ListUsersCommand } from "@aws-sdk/client-iam";
import { AssumeRoleWithSAMLCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createRole, credentialsOf } from "../fixtures.ts";
import { SIGN_IN, trustProvider } from "../saml-responses.ts";
import { ask } from "./provider.ts";

describe("the built-in identity provider's SAML responses", () => {
  const emu = emulator({ idp: true });
  let provider: string;
  let roleArn: string;

  before(async () => {
    provider = String((await ask(emu, "providers"))["samlProviderArn"]);
    ({ arn: roleArn } = await createRole(emu, "sso", {
      trusts: [
        trustProvider(provider, { StringEquals: { "saml:aud": SIGN_IN } }, [
          "sts:AssumeRoleWithSAML",
          "sts:TagSession",
          "sts:SetSourceIdentity",
        ]),
      ],
      statements: [{ ...allow("iam:ListUsers"), Condition: { StringEquals: { "aws:PrincipalTag/team": "blue" } } }],
    }));
  });

  const respond = async (body: object = {}) => String((await ask(emu, "saml", { roleArn, ...body }))["SAMLResponse"]);
  const assume = (SAMLAssertion: string, more: object = {}) =>
    emu.sts().send(new AssumeRoleWithSAMLCommand({ RoleArn: roleArn, PrincipalArn: provider, SAMLAssertion, ...more }));

  it("assume a role of an account that has its metadata", async () => {
    assert.equal(provider, "arn:aws:iam::000000000000:saml-provider/iam-local");
    const assumed = await assume(await respond({ roleSessionName: "ann", subject: "ann@example.com" }));
    assert.deepEqual(
      {
        arn: assumed.AssumedRoleUser!.Arn,
        subject: assumed.Subject,
        issuer: assumed.Issuer,
        audience: assumed.Audience,
      },
      {
        arn: "arn:aws:sts::000000000000:assumed-role/sso/ann",
        subject: "ann@example.com",
        issuer: `${emu.server.endpoint}/_idp`,
        audience: SIGN_IN,
      },
    );
  });

  it("bring tags, source identity and the length of the session", async () => {
    const assumed = await assume(
      await respond({
        tags: { team: "blue" },
        transitiveTagKeys: ["team"],
        sourceIdentity: "ann",
        sessionDuration: 900,
      }),
    );
    assert.equal(assumed.SourceIdentity, "ann");
    assert.equal(assumed.Credentials!.Expiration!.toISOString(), "2026-11-24T12:15:00.000Z");
    await emu.iam(credentialsOf(assumed)).send(new ListUsersCommand({}));
    const untagged = await assume(await respond());
    await assert.rejects(emu.iam(credentialsOf(untagged)).send(new ListUsersCommand({})), { name: "AccessDenied" });
  });

  it("have any attributes that are asked for", async () => {
    const attributes = { "https://aws.amazon.com/SAML/Attributes/RoleSessionName": "!" };
    await assert.rejects(assume(await respond({ attributes })), {
      name: "InvalidIdentityTokenException",
      message: "RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}",
    });
  });

  it("are for others than AWS if that is asked for, or have expired", async () => {
    await assert.rejects(assume(await respond({ recipient: "https://sp.example.com/acs" })), {
      name: "AccessDenied",
      message: "Not authorized to perform sts:AssumeRoleWithSAML",
    });
    await assert.rejects(assume(await respond({ expiresIn: -1 })), {
      name: "ExpiredTokenException",
      message: "Response has expired",
    });
  });

  it("are of the key of now: after a reset, with a provider that has the old metadata, they are refused", async () => {
    const { SAMLMetadataDocument: old } = await emu
      .iam()
      .send(new GetSAMLProviderCommand({ SAMLProviderArn: provider }));
    const former = await respond();
    await emu.server.reset();
    await ask(emu, "providers");
    await createRole(emu, "sso", { trusts: [trustProvider(provider)] });
    const { SAMLMetadataDocument: now } = await emu
      .iam()
      .send(new GetSAMLProviderCommand({ SAMLProviderArn: provider }));
    assert.notEqual(now, old);
    await assert.rejects(assume(former), {
      name: "InvalidIdentityTokenException",
      message: "Response signature invalid",
    });
    await assume(await respond());
  });
});
