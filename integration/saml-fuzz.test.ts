import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { verifySamlResponse, type SamlTrust } from "../signing/saml/response.ts";
import { SamlError } from "../signing/saml/xml.ts";
import { rsaKeys } from "./iam/certificates.ts";
import { encryptAssertion } from "./saml-encryption.ts";
import { asking, base64, response, testIdp } from "./saml-responses.ts";

const NOW = Date.UTC(2026, 10, 24, 12);

describe("a SAML response under fuzz", () => {
  const idp = testIdp();
  const keys = rsaKeys(2048);
  const trust: SamlTrust = {
    issuers: [{ entityId: idp.entityId, signingCertificates: [new X509Certificate(idp.certificate.pem)] }],
    privateKeys: [createPrivateKey(keys.privateKey.export({ type: "pkcs8", format: "pem" }))],
    encryption: "Allowed",
  };
  const attributes = asking("arn:aws:iam::000000000000:role/reader", "arn:aws:iam::000000000000:saml-provider/idp");
  const signed = response(idp, { now: NOW, attributes, sign: ["Assertion", "Response"] });
  const encrypted = encryptAssertion(response(idp, { now: NOW, attributes }), keys.publicKey);
  const claims = verifySamlResponse(base64(signed), trust, NOW);

  /** The fault of a response; undefined for a valid one, which must have the content of the genuine one. */
  function faultOf(input: string): string | undefined {
    try {
      assert.deepEqual(verifySamlResponse(input, trust, NOW), claims);
      return undefined;
    } catch (error) {
      if (!(error instanceof SamlError)) throw error;
      return error.fault;
    }
  }

  /** Pieces with a meaning to a parser. */
  const piece = fc.oneof(
    fc.constantFrom("<", ">", "/", "&", "&#0;", "&lt;", "<!--", "-->", "<?x ", "?>", "<![CDATA[", "]]>", '"', "'"),
    fc.constantFrom(
      "<!DOCTYPE a [",
      '<!ENTITY x "y">',
      "]>",
      "&x;",
      ' xmlns=""',
      ' xmlns:saml="urn:x"',
      ' ID="_assertion-1"',
    ),
    fc.constantFrom(
      "<saml:Assertion>",
      "</saml:Assertion>",
      "<ds:Signature>",
      "</ds:Signature>",
      "<a>",
      "</a>",
      "<a/>",
    ),
    fc.string({ unit: "binary", maxLength: 4 }),
  );

  it("is refused for a reason where the parser throws, as for text that is a section beside the root", () => {
    assert.equal(faultOf(base64("<a>><![CDATA[<!DOCTYPE a []]>")), "malformed");
  });

  it("is refused for a reason, or says what its signer said, however it was changed", () => {
    const change = fc.record({ at: fc.nat(), removed: fc.oneof(fc.nat(3), fc.nat(500)), piece, copied: fc.nat(300) });
    const faults = new Map<string | undefined, number>();
    fc.assert(
      fc.property(
        fc.constantFrom(signed, encrypted),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (xml, changes) => {
          let changed = xml;
          for (const { at, removed, piece: inserted, copied } of changes) {
            const start = at % changed.length;
            const source = (at * 7) % changed.length;
            const copy = copied > 250 ? changed.slice(source, source + copied) : "";
            changed = changed.slice(0, start) + inserted + copy + changed.slice(start + removed);
          }
          const fault = faultOf(base64(changed));
          faults.set(fault, (faults.get(fault) ?? 0) + 1);
        },
      ),
      { numRuns: 2_000 },
    );
    // A fuzz test that never gets past the parser would prove nothing.
    assert.ok((faults.get("signature") ?? 0) > 50, JSON.stringify([...faults]));
  });

  it("is refused for a reason where it is anything at all", () => {
    const soup = fc.array(piece, { maxLength: 30 }).map((pieces) => base64(pieces.join("")));
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), soup, fc.base64String()), (input) => {
        assert.notEqual(faultOf(input), undefined);
      }),
      { numRuns: 5_000 },
    );
  });

  it("is refused in good time, however large and odd", function () {
    this.timeout(120_000);
    const fill = (unit: string) => unit.repeat(Math.floor((74_000 - signed.length) / unit.length));
    const names = (attribute: string) => Array.from({ length: 4_000 }, (_, index) => `${attribute}${index}="u"`);
    for (const filling of [
      fill("<a/>"),
      fill('<x xmlns:y="urn:y"/>'),
      `<a ${names("a").join(" ")}/>`,
      `<a ${names("xmlns:n").join(" ")}/>`,
      fill("&amp;"),
      fill("<![CDATA[x]]>"),
      fill("<"),
      fill("<!--"),
      fill("<saml:Assertion/>"),
    ]) {
      const before = performance.now();
      assert.notEqual(faultOf(base64(signed.replace("</saml:Subject>", `${filling}</saml:Subject>`))), undefined);
      const took = performance.now() - before;
      // A hundred times what the slowest of them takes.
      assert.ok(took < 60_000, `${filling.slice(0, 20)}… took ${took} ms`);
    }
  });
});
