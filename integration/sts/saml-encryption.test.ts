import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { UpdateSAMLProviderCommand } from "@aws-sdk/client-iam";
import type { AssumeRoleWithSAMLCommandInput } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { signSaml } from "../../signing/saml/issuer.ts";
import { emulator } from "../emulator.ts";
import { createRole } from "../fixtures.ts";
import { rsaKeys, type KeyPair } from "../iam/certificates.ts";
import { encryptAssertion, type EncryptionOptions } from "../saml-encryption.ts";
import {
  asking,
  BAD_SIGNATURE,
  base64,
  createProvider,
  INVALID,
  PROVIDER,
  response,
  type ResponseOptions,
  samlFederation,
  trustProvider,
  UNSIGNED,
} from "../saml-responses.ts";

const ROLE = "arn:aws:iam::000000000000:role/reader";

const pem = (privateKey: KeyObject) => privateKey.export({ type: "pkcs8", format: "pem" }).toString();

describe("encrypted assertions of AssumeRoleWithSAML", () => {
  const emu = emulator();
  const { idp, send: sendInput } = samlFederation(emu);
  let keys: KeyPair;
  let second: KeyPair;

  before(async () => {
    [keys, second] = [rsaKeys(2048), rsaKeys(2048)];
    const addKey = (privateKey: KeyObject) =>
      emu.iam().send(new UpdateSAMLProviderCommand({ SAMLProviderArn: PROVIDER, AddPrivateKey: pem(privateKey) }));
    await addKey(keys.privateKey);
    await addKey(second.privateKey);
    await createRole(emu, "reader", { trusts: [trustProvider(PROVIDER)] });
  });

  const plain = (options: Partial<ResponseOptions> = {}) =>
    response(idp, { now: emu.server.clock.now(), attributes: asking(ROLE, PROVIDER), ...options });

  const encrypted = (options: EncryptionOptions = {}, { publicKey } = keys, xml = plain()) =>
    encryptAssertion(xml, publicKey, options);

  const send = (xml: string, more: Partial<AssumeRoleWithSAMLCommandInput> = {}) =>
    sendInput({ RoleArn: ROLE, SAMLAssertion: base64(xml), ...more });

  for (const cipher of ["aes128-cbc", "aes256-cbc", "aes128-gcm", "aes256-gcm"] as const) {
    it(`are taken under ${cipher}`, async () => {
      assert.equal((await send(encrypted({ cipher }))).Subject, "subject-1");
    });
  }

  for (const transport of [
    { transport: "rsa-oaep-mgf1p" },
    { transport: "rsa-oaep-mgf1p", digest: "sha1" },
    { transport: "rsa-oaep-mgf1p", digest: "sha256" },
    { transport: "rsa-oaep" },
    { transport: "rsa-oaep", digest: "sha256" },
    { transport: "rsa-oaep", digest: "sha1", mask: "sha256" },
    { transport: "rsa-oaep", digest: "sha256", mask: "sha1" },
    { transport: "rsa-oaep", digest: "sha256", mask: "sha256" },
  ] as const) {
    it(`are taken with a key under ${Object.values(transport).join(" ")}`, async () => {
      assert.equal((await send(encrypted(transport))).Subject, "subject-1");
    });
  }

  it("are taken under any of the provider's keys, with the encrypted key inside or beside the data", async () => {
    assert.ok(await send(encrypted({}, second)));
    assert.ok(await send(encrypted({ place: "beside" })));
  });

  it("may leave a namespace to what is around them", async () => {
    const declaration = ' xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"';
    assert.ok(await send(encrypted({ edit: (assertion) => assertion.replace(declaration, "") })));
  });

  it("may stand in a signed response, whose signature must be good", async () => {
    const signed = signSaml(encrypted(), "Response", idp.signer);
    assert.ok(await send(signed));
    await assert.rejects(send(signed.replace(/Destination="/, 'Destination="x')), BAD_SIGNATURE);
  });

  it("must be signed within", async () => {
    await assert.rejects(send(encrypted({}, keys, plain({ sign: [] }))), UNSIGNED);
    const signedOutside = signSaml(encrypted({}, keys, plain({ sign: [] })), "Response", idp.signer);
    await assert.rejects(send(signedOutside), UNSIGNED);
    const forge = (assertion: string) => assertion.replace(">subject-1<", ">mallory<");
    await assert.rejects(send(encrypted({ edit: forge })), BAD_SIGNATURE);
  });

  it("must be one", async () => {
    const double = (assertion: string) => assertion + assertion.replace(/_assertion-/g, "_other-");
    await assert.rejects(send(encrypted({ edit: double })), INVALID);
    const nested = (assertion: string) =>
      assertion.replace("</saml:Subject>", `${assertion.replace(/_assertion-/g, "_other-")}</saml:Subject>`);
    await assert.rejects(send(encrypted({ edit: nested })), BAD_SIGNATURE);
    const beside = plain().replace(
      /<saml:Assertion .*<\/saml:Assertion>/,
      (assertion) => assertion + /<saml:Enc.*Assertion>/.exec(encrypted())![0],
    );
    await assert.rejects(send(beside), BAD_SIGNATURE);
    await assert.rejects(send(encrypted({ edit: () => "<saml:Subject/>" })), INVALID);
  });

  describe("are refused", () => {
    it("under another key", async () => {
      await assert.rejects(send(encrypted({}, rsaKeys(2048))), INVALID);
      await assert.rejects(send(encrypted({ transport: "rsa-oaep", digest: "sha256" }, rsaKeys(1024))), INVALID);
    });

    it("by a provider without a private key, or with one that is not RSA", async () => {
      const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
      for (const [name, options] of Object.entries({ keyless: {}, elliptic: { AddPrivateKey: pem(privateKey) } })) {
        const PrincipalArn = await createProvider(emu, name, idp, options);
        const xml = encrypted({}, keys, plain({ attributes: asking(ROLE, PrincipalArn) }));
        await assert.rejects(send(xml, { PrincipalArn }), INVALID);
      }
    });

    it("under an algorithm that AWS does not take", async () => {
      await assert.rejects(send(encrypted({ cipher: "tripledes-cbc" })), INVALID);
      await assert.rejects(send(encrypted({ transport: "rsa-1_5" })), INVALID);
      const labelled = encrypted().replace(
        '"http://www.w3.org/2001/04/xmlenc#rsa-oaep-mgf1p">',
        "$&<xenc:OAEPparams>bGFiZWw=</xenc:OAEPparams>",
      );
      assert.match(labelled, /OAEPparams/);
      await assert.rejects(send(labelled), INVALID);
      const unknownHash = encrypted({ digest: "sha256" }).replace(/xmlenc#sha256/, "xmlenc#sha224");
      await assert.rejects(send(unknownHash), INVALID);
    });

    it("where they are damaged", async () => {
      const damage = (xml: string) => xml.replace(/(<xenc:CipherValue>)(.{40})(?!.*<xenc:CipherValue>)/, "$1$2AAAA");
      for (const cipher of ["aes256-gcm", "aes256-cbc"] as const) {
        const xml = damage(encrypted({ cipher }));
        await assert.rejects(send(xml), cipher.endsWith("gcm") ? INVALID : { name: "InvalidIdentityTokenException" });
      }
      await assert.rejects(send(encrypted().replace(/<xenc:CipherData>.*?<\/xenc:CipherData>/, "")), INVALID);
      await assert.rejects(send(encrypted().replace(/<xenc:EncryptedData.*<\/xenc:EncryptedData>/, "")), INVALID);
      await assert.rejects(send(encrypted().replace(/<xenc:CipherValue>[^<]*/g, "<xenc:CipherValue>")), INVALID);
    });

    it("where they hold what is no assertion's XML", async () => {
      for (const edit of [
        () => "text",
        (assertion: string) => `<!DOCTYPE x>${assertion}`,
        (assertion: string) => assertion.replace(">subject-1<", ">sub<!---->ject-1<"),
        (assertion: string) => `${assertion}</decrypted><decrypted>`,
      ]) {
        await assert.rejects(send(encrypted({ edit })), INVALID);
      }
    });
  });

  it("are demanded where the provider says so", async () => {
    const options = { AssertionEncryptionMode: "Required", AddPrivateKey: pem(keys.privateKey) } as const;
    const PrincipalArn = await createProvider(emu, "strict", idp, options);
    const role = await createRole(emu, "strict", { trusts: [trustProvider(PrincipalArn)] });
    const xml = plain({ attributes: asking(role.arn, PrincipalArn) });
    const input = { RoleArn: role.arn, PrincipalArn };
    await assert.rejects(send(xml, input), INVALID);
    assert.ok(await send(encrypted({}, keys, xml), input));
  });
});
