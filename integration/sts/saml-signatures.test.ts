import assert from "node:assert/strict";
import { createHash, createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import type { AssumeRoleWithSAMLCommandInput } from "@aws-sdk/client-sts";
import { DOMParser } from "@xmldom/xmldom";
import { before, describe, it } from "mocha";
import { SignedXml } from "xml-crypto";
import { emulator } from "../emulator.ts";
import { createRole } from "../fixtures.ts";
import { certificate, rsaKeys } from "../iam/certificates.ts";
import { samlMetadata } from "../iam/saml-documents.ts";
import { signOddly, WRAPPINGS, type SigningOptions } from "../saml-attacks.ts";
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
  testIdp,
  trustProvider,
  UNSIGNED,
} from "../saml-responses.ts";

const ROLE = "arn:aws:iam::000000000000:role/reader";
const DSIG = "http://www.w3.org/2000/09/xmldsig#";

describe("signatures of AssumeRoleWithSAML", () => {
  const emu = emulator();
  const { idp, send: sendInput } = samlFederation(emu);
  const stranger = testIdp();

  before(async () => {
    await createRole(emu, "reader", { trusts: [trustProvider(PROVIDER)] });
  });

  const genuine = (options: Partial<ResponseOptions> = {}, by = idp) =>
    response(by, { now: emu.server.clock.now(), attributes: asking(ROLE, PROVIDER), ...options });

  const send = (xml: string, more: Partial<AssumeRoleWithSAMLCommandInput> = {}) =>
    sendInput({ RoleArn: ROLE, SAMLAssertion: base64(xml), ...more });

  /** Whether xml-crypto by itself accepts one of the signatures. */
  function satisfiesLibrary(xml: string, publicCert = idp.certificate.pem): boolean {
    const document = new DOMParser().parseFromString(xml, "text/xml");
    return Array.from(document.getElementsByTagNameNS(DSIG, "Signature")).some((signature) => {
      const verifier = new SignedXml({ publicCert });
      try {
        verifier.loadSignature(signature);
        return verifier.checkSignature(xml);
      } catch {
        return false;
      }
    });
  }

  it("must be there, on the assertion, whether or not the response is signed", async () => {
    assert.ok(await send(genuine()));
    assert.ok(await send(genuine({ sign: ["Assertion", "Response"] })));
    await assert.rejects(send(genuine({ sign: [] })), UNSIGNED);
    await assert.rejects(send(genuine({ sign: ["Response"] })), UNSIGNED);
  });

  it("are asked of a response without an assertion, too", async () => {
    const edit = (xml: string) => xml.replace(/<saml:Assertion.*<\/saml:Assertion>/, "");
    await assert.rejects(send(genuine({ edit, sign: [] })), UNSIGNED);
    const hidden = (xml: string) =>
      xml.replace(/<saml:Assertion.*<\/saml:Assertion>/, "<samlp:Extensions>$&</samlp:Extensions>");
    await assert.rejects(send(hidden(genuine())), UNSIGNED);
  });

  it("do not cover what was changed afterwards, down to a letter", async () => {
    for (const [from, to] of [
      [">subject-1<", ">subject-2<"],
      ["<saml:Audience>", '<saml:Audience x="">'],
      ["</saml:Subject>", "</saml:Subject> "],
    ] as const) {
      const xml = genuine().replace(from, to);
      assert.notEqual(xml, genuine());
      await assert.rejects(send(xml), BAD_SIGNATURE, to);
    }
    const changed = genuine({ sign: ["Assertion", "Response"] }).replace("status:Success", "status:Success ");
    await assert.rejects(send(changed), { name: "IDPRejectedClaimException" });
    const redirected = genuine({ sign: ["Assertion", "Response"] }).replace(/Destination="/, 'Destination="x');
    await assert.rejects(send(redirected), BAD_SIGNATURE);
  });

  it("by another key are refused, also with its certificate beside them", async () => {
    const xml = genuine({}, { ...stranger, entityId: idp.entityId });
    assert.ok(xml.includes(stranger.certificate.base64));
    await assert.rejects(send(xml), BAD_SIGNATURE);
    const disguised = xml.replaceAll(stranger.certificate.base64, idp.certificate.base64);
    await assert.rejects(send(disguised), BAD_SIGNATURE);
  });

  it("of assertion and response must both be good", async () => {
    const resign = { ...idp, signer: stranger.signer };
    const xml = genuine({ sign: ["Assertion"] });
    const both = response(resign, {
      now: emu.server.clock.now(),
      attributes: asking(ROLE, PROVIDER),
      sign: ["Response"],
      edit: () => xml,
    });
    await assert.rejects(send(both), BAD_SIGNATURE);
  });

  it("may be by any certificate of the metadata that is for signing, also one that has expired", async () => {
    const keys = rsaKeys(2048);
    const old = certificate("old", { keys, from: "2020-01-01T00:00:00Z", to: "2021-01-01T00:00:00Z" });
    const former = { ...idp, signer: { privateKey: old.keyPem, certificate: old.pem } };
    const { entityId } = idp;
    const SAMLMetadataDocument = samlMetadata({ entityId, certificates: [old.base64, idp.certificate.base64] });
    const both = await createProvider(emu, "both", idp, { SAMLMetadataDocument });
    const role = await createRole(emu, "both", { trusts: [trustProvider(both)] });
    const attributes = asking(role.arn, both);
    const input = { RoleArn: role.arn, PrincipalArn: both };
    assert.ok(await send(genuine({ attributes }), input));
    assert.ok(await send(genuine({ attributes }, former), input));
    await assert.rejects(send(genuine({ attributes }, stranger), input), BAD_SIGNATURE);
  });

  it("may not be by a certificate that is for encryption", async () => {
    const certificates = [idp.certificate.base64];
    const SAMLMetadataDocument = samlMetadata({ entityId: idp.entityId, certificates, use: "encryption" });
    const PrincipalArn = await createProvider(emu, "encryption", idp, { SAMLMetadataDocument });
    await assert.rejects(send(genuine({ attributes: asking(ROLE, PrincipalArn) }), { PrincipalArn }), BAD_SIGNATURE);
  });

  it("may not be by an EC key under the name of RSA", async () => {
    const elliptic = certificate("ec");
    const SAMLMetadataDocument = samlMetadata({ entityId: idp.entityId, certificates: [elliptic.base64] });
    const PrincipalArn = await createProvider(emu, "elliptic", idp, { SAMLMetadataDocument });
    const xml = genuine({ attributes: asking(ROLE, PrincipalArn), sign: [] });
    const signed = signOddly(xml, { privateKey: elliptic.keyPem, certificate: elliptic.pem });
    assert.ok(satisfiesLibrary(signed, elliptic.pem));
    await assert.rejects(send(signed, { PrincipalArn }), BAD_SIGNATURE);
  });

  it("are taken as another implementation makes them, in other words for the same", async () => {
    // By the Java Development Kit 17, with a key that was not kept: default namespaces, inclusive prefixes, line ends
    // as references.
    const xml = readFileSync("integration/sts/cases/saml-response-signed-by-the-jdk.xml", "utf8");
    const certificates = [/<ds:X509Certificate>([^<]*)/.exec(xml)![1]!.replaceAll("&#13;", "")];
    const SAMLMetadataDocument = samlMetadata({ entityId: idp.entityId, certificates });
    const PrincipalArn = await createProvider(emu, "another", idp, { SAMLMetadataDocument });
    const role = await createRole(emu, "another", { trusts: [trustProvider(PrincipalArn)] });
    const attempt = (text: string) => send(text, { RoleArn: role.arn, PrincipalArn });
    assert.equal((await attempt(xml)).Subject, "Zoë.o'neil&sons@example.com");
    await assert.rejects(attempt(xml.replace("Zoë", "Zoe")), BAD_SIGNATURE);
  });

  describe("that are wrapped", () => {
    for (const [name, wrap] of Object.entries(WRAPPINGS)) {
      it(`are refused, though they are valid: ${name}`, async () => {
        const xml = genuine({ sign: /XSW[12]:/.test(name) ? ["Assertion", "Response"] : ["Assertion"] });
        const wrapped = wrap(xml);
        assert.ok(wrapped.includes(">mallory<") && wrapped.includes(">subject-1<"));
        assert.ok(satisfiesLibrary(wrapped));
        await assert.rejects(send(wrapped), BAD_SIGNATURE);
      });
    }

    it("are refused with another signature elsewhere, of which nobody knows what for", async () => {
      const other = /<ds:Signature .*<\/ds:Signature>/.exec(genuine({ subject: "subject-2" }))![0];
      const xml = genuine().replace("<samlp:Status>", `<samlp:Extensions>${other}</samlp:Extensions><samlp:Status>`);
      assert.ok(satisfiesLibrary(xml));
      await assert.rejects(send(xml), BAD_SIGNATURE);
    });
  });

  describe("that a reader and the signer would understand differently", () => {
    it("by a processing instruction, which xml-crypto digests as text", async () => {
      const xml = genuine({ subject: "bob" }).replace(">bob<", ">b<?x ob?><");
      assert.ok(satisfiesLibrary(xml));
      await assert.rejects(send(xml), INVALID);
    });

    it("by a comment in a value, which is not signed", async () => {
      const xml = genuine({ subject: "admin@example.com.evil.com" }).replace(".evil", "<!---->.evil");
      assert.ok(satisfiesLibrary(xml));
      await assert.rejects(send(xml), INVALID);
    });

    it("by a document type with entities", async () => {
      const xml = `<!DOCTYPE Response [<!ENTITY who "subject-1">]>${genuine().replace(">subject-1<", ">&who;<")}`;
      await assert.rejects(send(xml), INVALID);
      await assert.rejects(send(`<!DOCTYPE Response>${genuine()}`), INVALID);
      await assert.rejects(send(genuine().replace(">subject-1<", ">&who;<")), INVALID);
    });

    it("by two elements with the same id", async () => {
      for (const attribute of ["ID", "Id", "id", "xml:id"]) {
        const twin = genuine().replace("<saml:Audience>", `<saml:Audience ${attribute}="_assertion-1">`);
        await assert.rejects(send(twin), INVALID, attribute);
      }
    });

    it("by elements nested without end", async () => {
      const deep = "<a>".repeat(5_000) + "</a>".repeat(5_000);
      await assert.rejects(send(genuine().replace("<saml:Audience>", `${deep}<saml:Audience>`)), INVALID);
    });

    it("by what is not well-formed", async () => {
      for (const [from, to] of [
        ["</samlp:Response>", ""],
        ["</samlp:Response>", "</samlp:Response><samlp:Response/>"],
        ["</samlp:Response>", "</samlp:Response>text"],
        ["<samlp:Status>", '<samlp:Status a="1" a="2">'],
        ["<samlp:Status>", "<y:Status/><samlp:Status>"],
        ["<samlp:Status>", "& <samlp:Status>"],
        ["<samlp:Status>", "\u0001<samlp:Status>"],
      ] as const) {
        await assert.rejects(send(genuine().replace(from, to)), INVALID, to);
      }
    });
  });

  describe("of other makings", () => {
    const oddly = (options: SigningOptions, signer = idp.signer) => signOddly(genuine({ sign: [] }), signer, options);
    const dsig = (name: string) => `${DSIG}${name}`;

    for (const [what, options] of Object.entries({
      "RSA-SHA512": { algorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha512" },
      "RSA-PSS": { algorithm: "http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1" },
      "a digest by SHA-512": { digest: "http://www.w3.org/2001/04/xmlenc#sha512" },
    })) {
      it(`are taken: ${what}`, async () => assert.ok(await send(oddly(options))));
    }

    for (const [what, options] of Object.entries<SigningOptions>({
      "RSA-SHA1": { algorithm: dsig("rsa-sha1") },
      "a digest by SHA-1": { digest: dsig("sha1") },
      "canonical XML that depends on what is around": {
        canonicalization: "http://www.w3.org/TR/2001/REC-xml-c14n-20010315",
      },
      "canonical XML with comments": { canonicalization: "http://www.w3.org/2001/10/xml-exc-c14n#WithComments" },
      "a transform that keeps comments": {
        transforms: [dsig("enveloped-signature"), "http://www.w3.org/2001/10/xml-exc-c14n#WithComments"],
      },
      "a signature over the whole document": { emptyUri: true, signed: ["/*"] },
      "a signature over a part of the assertion": { signed: ["//*[local-name(.)='Subject']"] },
      "a signature over two things": { signed: ["//*[local-name(.)='Assertion']", "//*[local-name(.)='Status']"] },
    })) {
      it(`are refused, though they are valid: ${what}`, async () => {
        const xml = oddly(options);
        assert.ok(satisfiesLibrary(xml));
        await assert.rejects(send(xml), BAD_SIGNATURE);
      });
    }

    it("are refused: HMAC with the public certificate for its secret", async () => {
      const { certificate: pem } = idp.signer;
      const publicKey = createPublicKey(pem).export({ type: "spki", format: "pem" }).toString();
      for (const secret of [pem, publicKey]) {
        const xml = oddly({ algorithm: dsig("hmac-sha1") }, { privateKey: secret, certificate: pem });
        await assert.rejects(send(xml), BAD_SIGNATURE);
      }
    });

    it("are refused: a digest that was put right without the key", async () => {
      const xml = genuine().replace(">subject-1<", ">mallory<");
      const bytes = createHash("sha256").update(xml).digest("base64");
      await assert.rejects(send(xml.replace(/(<ds:DigestValue>)[^<]*/, `$1${bytes}`)), BAD_SIGNATURE);
    });
  });
});
