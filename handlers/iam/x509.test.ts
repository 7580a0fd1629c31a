import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { certificate } from "../../integration/iam/certificates.ts";
import { brokenLink, certificateOf, notAfter, notBefore, readCertificates } from "./x509.ts";

const NOW = Date.UTC(2026, 10, 24);

describe("certificates in PEM", () => {
  const one = certificate("one", { from: "2025-01-01T00:00:00Z", to: "2027-12-31T23:59:59Z" });
  const two = certificate("two");
  const names = (pem: string) => readCertificates(pem)?.map(({ subject }) => subject);

  it("are read in their order, whatever stands between them and however lines end", () => {
    assert.deepEqual(names(`Subject: one\n${one.pem}\n${two.pem}`), ["CN=one", "CN=two"]);
    assert.deepEqual(names(one.pem.replaceAll("\n", "\r\n")), ["CN=one"]);
    assert.deepEqual(names(one.pem.trimEnd()), ["CN=one"]);
  });

  it("are all read or none", () => {
    assert.equal(names(one.pem + two.pem.replace("M", "!")), undefined);
    assert.equal(names(""), undefined);
    assert.equal(names(one.keyPem), undefined);
  });

  it("are read from the base64 of their DER alone", () => {
    assert.equal(certificateOf(` ${one.base64}\n`)!.subject, "CN=one");
    assert.equal(certificateOf(""), undefined);
    assert.equal(certificateOf("?"), undefined);
    assert.equal(certificateOf(`${one.base64.slice(0, 8)}?${one.base64.slice(8)}`), undefined);
    assert.equal(certificateOf("AAAA"), undefined);
  });

  it("tell their times", () => {
    const [read] = readCertificates(one.pem)!;
    assert.equal(notBefore(read!), Date.UTC(2025, 0, 1));
    assert.equal(notAfter(read!), Date.UTC(2027, 11, 31, 23, 59, 59));
  });
});

describe("a chain", () => {
  const root = certificate("root", { ca: true });
  const middle = certificate("middle", { ca: true, issuer: root });
  const lower = certificate("lower", { ca: true, issuer: middle });
  const leaf = certificate("leaf", { issuer: lower });
  const read = ({ pem }: { readonly pem: string }) => readCertificates(pem)![0]!;
  const broken = (...chain: readonly { readonly pem: string }[]) => brokenLink(read(leaf), chain.map(read), NOW);

  it("is good whether it goes up to the root or ends before", () => {
    assert.equal(broken(lower), undefined);
    assert.equal(broken(lower, middle), undefined);
    assert.equal(broken(lower, middle, root), undefined);
  });

  it("breaks at -1 where its end has issued nothing in it", () => {
    assert.equal(broken(root), -1);
    assert.equal(broken(lower, root), -1);
    assert.equal(broken(middle, lower), -1);
  });

  it("breaks, seen from its end, at the first certificate that the next one has not signed", () => {
    assert.equal(broken(certificate("lower", { ca: true, issuer: middle }), middle, root), 0);
    assert.equal(broken(lower, certificate("middle", { ca: true, issuer: root }), root), 1);
    assert.equal(broken(lower, middle, certificate("root", { ca: true })), 2);
  });

  it("is good from its certificates' first moment to their last", () => {
    const brief = certificate("brief", { issuer: root, from: "2026-11-24T00:00:00Z", to: "2026-11-24T00:00:09Z" });
    const at = (seconds: number) => brokenLink(read(brief), [read(root)], NOW + seconds * 1000);
    assert.deepEqual([-1, 0, 9, 10].map(at), [0, undefined, undefined, 0]);
  });

  it("ends in an anchor whose own times do not count, unlike those of the others", () => {
    const old = { ca: true, to: "2025-12-31T23:59:59Z" };
    const oldRoot = certificate("old", old);
    const below = certificate("below", { issuer: oldRoot });
    assert.equal(brokenLink(read(below), [read(oldRoot)], NOW), undefined);
    const oldMiddle = certificate("old-middle", { ...old, issuer: root });
    const underOld = certificate("under", { issuer: oldMiddle });
    assert.equal(brokenLink(read(underOld), [read(oldMiddle), read(root)], NOW), 1);
  });
});
