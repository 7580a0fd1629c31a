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

  it("has any serial number up to 32767, none of them read as negative", () => {
    for (const [serialNumber, read] of [
      [1, "01"],
      [127, "7F"],
      [128, "80"],
      [255, "FF"],
      [256, "0100"],
      [32_767, "7FFF"],
    ] as const) {
      const der = signCertificate({ ...content, serialNumber }, rsa.privateKey);
      assert.equal(new X509Certificate(der).serialNumber, read);
    }
  });

  it("writes years from 2050 on in full, and those before with two digits", () => {
    const der = signCertificate(content, rsa.privateKey).toString("latin1");
    assert.match(der, /\x17\x0d000101000000Z\x17\x0d491231235959Z/);
    const last = { ...content, from: Date.UTC(2050, 0, 1), to: Date.UTC(9999, 11, 31, 23, 59, 59) };
    const { validFrom, validTo } = new X509Certificate(signCertificate(last, rsa.privateKey));
    assert.deepEqual([validFrom, validTo], ["Jan  1 00:00:00 2050 GMT", "Dec 31 23:59:59 9999 GMT"]);
  });

  it("has names of any length", () => {
    for (const length of [1, 100, 112, 113, 127, 128, 240, 241, 242, 255, 256, 300]) {
      const subject = "x".repeat(length);
      const der = signCertificate({ ...content, subject }, ec.privateKey);
      assert.equal(new X509Certificate(der).subject, `CN=${subject}`);
    }
  });

  it("may be allowed to sign others", () => {
    assert.ok(new X509Certificate(signCertificate({ ...content, ca: true }, rsa.privateKey)).ca);
  });

  it("is read from PEM, too", () => {
    const der = signCertificate(content, rsa.privateKey);
    assert.deepEqual(new X509Certificate(certificatePem(der)).raw, der);
    const lines = certificatePem(der).split("\n").slice(1, -3);
    assert.ok(lines.every(({ length }) => length === 64));
  });
});
