import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import {
  GetOpenIDConnectProviderCommand,
  GetSAMLProviderCommand,
  GetServerCertificateCommand,
} from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import request from "supertest";
import { emulator } from "../emulator.ts";
import { certificate } from "../iam/certificates.ts";
import { samlMetadata } from "../iam/saml-documents.ts";

describe("a seed that is an object", () => {
  const issuer = "https://token.actions.githubusercontent.com";
  const authority = certificate("authority", { ca: true });
  const server = certificate("server", { issuer: authority });
  const metadata = samlMetadata({ certificates: [server.base64] });
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const jwks = { keys: [{ ...publicKey.export({ format: "jwk" }), kid: "one" }] };
  const emu = emulator({
    seed: {
      samlProviders: [
        {
          name: "Corporate",
          metadata,
          tags: { team: "blue" },
          assertionEncryptionMode: "Required",
          privateKey: privateKey.export({ type: "pkcs8", format: "pem" }),
        },
      ],
      oidcProviders: [{ url: issuer, clientIds: ["sts.amazonaws.com"], thumbprints: ["f".repeat(40)], jwks }],
      serverCertificates: [
        { name: "web", path: "/cloudfront/", body: server.pem, privateKey: server.keyPem, chain: authority.pem },
      ],
    },
  });

  it("has SAML providers", async () => {
    const SAMLProviderArn = "arn:aws:iam::000000000000:saml-provider/Corporate";
    const provider = await emu.iam().send(new GetSAMLProviderCommand({ SAMLProviderArn }));
    assert.equal(provider.SAMLMetadataDocument, metadata);
    assert.deepEqual(provider.Tags, [{ Key: "team", Value: "blue" }]);
    assert.equal(provider.AssertionEncryptionMode, "Required");
    assert.equal(provider.PrivateKeyList!.length, 1);
  });

  it("has OpenID Connect providers, with the keys of their issuers", async () => {
    const OpenIDConnectProviderArn = "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com";
    const provider = await emu.iam().send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn }));
    assert.deepEqual(provider.ClientIDList, ["sts.amazonaws.com"]);
    assert.deepEqual(provider.ThumbprintList, ["f".repeat(40)]);
    const { body } = await request(emu.server.endpoint).get("/_emulator/issuers").expect(200);
    assert.deepEqual(
      body.issuers.map((known: { issuer: string; jwks: unknown }) => [known.issuer, known.jwks]),
      [[issuer, jwks]],
    );
  });

  it("has server certificates", async () => {
    const { ServerCertificate } = await emu
      .iam()
      .send(new GetServerCertificateCommand({ ServerCertificateName: "web" }));
    assert.equal(ServerCertificate!.CertificateBody, server.pem.trimEnd());
    assert.equal(ServerCertificate!.CertificateChain, authority.pem.trimEnd());
    assert.equal(ServerCertificate!.ServerCertificateMetadata!.Path, "/cloudfront/");
  });
});
