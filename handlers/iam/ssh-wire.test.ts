import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { fingerprint, readPublicKey, toLine, toPem } from "./ssh-wire.ts";

interface Cases {
  readonly key: Readonly<Record<"line" | "blob" | "fingerprint" | "spki" | "pkcs1", string>>;
  readonly refused: readonly { readonly what: string; readonly body: string; readonly error: string }[];
}

const { key, refused }: Cases = JSON.parse(readFileSync("handlers/iam/cases/ssh-public-keys.json", "utf8"));

const MESSAGES: Readonly<Record<string, string>> = {
  UnrecognizedPublicKeyEncoding: "Invalid public key uploaded.",
  InvalidPublicKey: "Invalid body for public key",
};

describe("SSH public keys", () => {
  for (const form of ["line", "spki", "pkcs1"] as const) {
    it(`are read from their ${form} form`, () => {
      assert.equal(readPublicKey(key[form]).toString("base64"), key.blob);
      assert.equal(readPublicKey(`\r\n${key[form]}\r\n`).toString("base64"), key.blob);
    });
  }

  it("are read without a comment, and with blanks in it", () => {
    assert.equal(readPublicKey(`ssh-rsa ${key.blob}`).toString("base64"), key.blob);
    assert.equal(readPublicKey(`ssh-rsa\t${key.blob}  alice on her laptop`).toString("base64"), key.blob);
  });

  it("are written as a line and as PEM, and have the fingerprint of ssh-keygen", () => {
    const blob = readPublicKey(key.line);
    assert.equal(toLine(blob), `ssh-rsa ${key.blob}`);
    assert.equal(toPem(blob), key.spki);
    assert.equal(fingerprint(blob), key.fingerprint);
  });

  for (const { what, body, error } of refused) {
    it(`are not ${what}`, () => {
      assert.throws(() => readPublicKey(body), { name: error, message: MESSAGES[error] });
    });
  }

  it("are not private keys or keys of other kinds", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const ec = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pem = (object: KeyObject, type: "spki" | "pkcs8") =>
      object.export({ type, format: "pem" } as never).toString();
    assert.throws(() => readPublicKey(pem(rsa.privateKey, "pkcs8")), { name: "UnrecognizedPublicKeyEncoding" });
    assert.throws(() => readPublicKey(pem(ec.publicKey, "spki")), { name: "InvalidPublicKey" });
  });
});
