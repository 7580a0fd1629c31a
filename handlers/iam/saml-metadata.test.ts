import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { certificate } from "../../integration/iam/certificates.ts";
import { samlMetadata } from "../../integration/iam/saml-documents.ts";
import { readSamlMetadata } from "./saml-metadata.ts";

const entityIds = async (document: string) => (await readSamlMetadata(document))?.map(({ entityId }) => entityId);

/** The document without its XML declaration, for inclusion in another. */
const inner = (document: string) => document.replace(/^<\?xml.*\?>/, "");

describe("SAML metadata", () => {
  const one = certificate("one");
  const two = certificate("two");

  it("tells the entity id and the signing certificates of its identity provider, in their order", async () => {
    const [issuer, ...more] = (await readSamlMetadata(samlMetadata({ certificates: [one.base64, two.base64] })))!;
    assert.equal(issuer!.entityId, "https://idp.example.com/saml");
    assert.deepEqual(
      issuer!.signingCertificates.map(({ subject }) => subject),
      ["CN=one", "CN=two"],
    );
    assert.deepEqual(more, []);
  });

  it("counts certificates without a use as signing ones, and those for encryption not", async () => {
    const read = async (use: "encryption" | null) =>
      (await readSamlMetadata(samlMetadata({ certificates: [one.base64], use })))![0]!.signingCertificates.length;
    assert.equal(await read(null), 1);
    assert.equal(await read("encryption"), 0);
  });

  it("may have line ends in a certificate, none at all, or an expired one", async () => {
    const expired = certificate("old", { to: "2021-01-01T00:00:00Z" }).base64;
    for (const base64 of [expired, one.base64.match(/.{1,64}/g)!.join("\r\n")]) {
      assert.deepEqual(await entityIds(samlMetadata({ certificates: [base64] })), ["https://idp.example.com/saml"]);
    }
    assert.deepEqual(await entityIds(samlMetadata()), ["https://idp.example.com/saml"]);
  });

  it("may have any prefix or none, a byte order mark, character references and validity times", async () => {
    const document = samlMetadata({ entityId: "https://idp.example.com/?a&amp;b" });
    for (const prefix of ["saml:", ""]) {
      const renamed = document
        .replaceAll("md:", prefix)
        .replace("xmlns:=", "xmlns=")
        .replace("xmlns:saml:=", "xmlns:saml=");
      assert.deepEqual(await entityIds(`\uFEFF${renamed}`), ["https://idp.example.com/?a&b"]);
    }
    assert.deepEqual(await entityIds(samlMetadata({ validUntil: "2001-01-01T00:00:00Z" })), [
      "https://idp.example.com/saml",
    ]);
  });

  it("may have processing instructions", async () => {
    const document = samlMetadata().replace("<!--", '<?xml-stylesheet href="style.xsl"?>\n<!--');
    assert.deepEqual(await entityIds(document), ["https://idp.example.com/saml"]);
  });

  it("may describe several entities, also in groups within groups", async () => {
    const entity = (entityId: string, role?: "SPSSODescriptor") =>
      inner(samlMetadata({ entityId, ...(role && { role }) }));
    const group = (...parts: string[]) =>
      `<md:EntitiesDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">${parts.join("")}</md:EntitiesDescriptor>`;
    const document = group(entity("urn:a"), entity("urn:sp", "SPSSODescriptor"), group(entity("urn:b")));
    assert.deepEqual(await entityIds(document), ["urn:a", "urn:b"]);
    assert.equal(await entityIds(group()), undefined);
  });

  it("has no issuer where no entity is an identity provider", async () => {
    assert.deepEqual(await entityIds(samlMetadata({ role: "SPSSODescriptor" })), []);
  });

  const BROKEN: Readonly<Record<string, string>> = {
    "an empty text": "",
    "no XML": "entityID: https://idp.example.com",
    "XML that breaks off": samlMetadata().slice(0, -25),
    "XML whose tags do not match": samlMetadata().replace("</md:IDPSSODescriptor>", "</md:SPSSODescriptor>"),
    "XML with something behind it": `${samlMetadata()}<more/>`,
    "another root element": samlMetadata().replaceAll("EntityDescriptor", "Response"),
    "an entity without an id": samlMetadata().replace(/ entityID="[^"]*"/, ""),
    "an entity with an empty id": samlMetadata({ entityId: "" }),
    "a certificate that is no base64": samlMetadata({ certificates: ["not a certificate"] }),
    "base64 that is no certificate": samlMetadata({ certificates: ["bm90IGEgY2VydGlmaWNhdGU="] }),
    "an empty certificate": samlMetadata({ certificates: [""] }),
    "an empty certificate with an attribute": samlMetadata({ certificates: [""] }).replace(
      "X509Certificate>",
      'X509Certificate Id="a">',
    ),
    "a document type": samlMetadata().replace("<!--", '<!DOCTYPE x [<!ENTITY a "b">]>\n<!--'),
    "elements in elements without end": `${"<a>".repeat(5000)}${"</a>".repeat(5000)}`,
  };
  for (const [what, document] of Object.entries(BROKEN)) {
    it(`is not ${what}`, async () => assert.equal(await readSamlMetadata(document), undefined));
  }
});
