import assert from "node:assert/strict";
import { generateKeyPairSync, X509Certificate } from "node:crypto";
import { describe, it } from "mocha";
import { certificatePem, signCertificate } from "./x509-certificate.ts";

const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });

const content = {
  subject: "idp at http://localhost/é",
  issuer: "authority",
  serialNumber: 300,
  from: Date.UTC(2000, 0, 1),
  to: Date.UTC(2049, 11, 31, 23, 59, 59),
  publicKey: rsa.publicKey,
};

describe("an X.509 certificate", () => {
  it("says what it was made to say, under the signature of its signer", () => {
    for (const signer of [rsa, ec]) {
      const certificate = new X509Certificate(signCertificate(content, signer.privateKey));
      assert.equal(certificate.issuer, "CN=authority");
      assert.equal(certificate.serialNumber, "012C");
      assert.equal(certificate.validFrom, "Jan  1 00:00:00 2000 GMT");
      assert.equal(certificate.validTo, "Dec 31 23:59:59 2049 GMT");
      assert.ok(certificate.checkPrivateKey(rsa.privateKey));
      assert.ok(certificate.verify(signer.publicKey));
      assert.ok(!certificate.ca);
    }
  });

  it("writes years from 2050 on in full", () => {
    const last = { ...content, from: Date.UTC(2050, 0, 1), to: Date.UTC(9999, 11, 31, 23, 59, 59) };
    const { validFrom, validTo } = new X509Certificate(signCertificate(last, rsa.privateKey));
    assert.deepEqual([validFrom, validTo], ["Jan  1 00:00:00 2050 GMT", "Dec 31 23:59:59 9999 GMT"]);
  });

  it("may be allowed to sign others", () => {
    assert.ok(new X509Certificate(signCertificate({ ...content, ca: true }, rsa.privateKey)).ca);
  });

  it("is read from PEM, too", () => {
    const der = signCertificate(content, rsa.privateKey);
    assert.deepEqual(new X509Certificate(certificatePem(der)).raw, der);
  });
});
