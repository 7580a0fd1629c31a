import assert from "node:assert/strict";
import * as fc from "fast-check";
import { openToken, sealToken } from "./session-token.ts";

const KEY = Buffer.alloc(32, 7);
const NONCE = Buffer.alloc(12, 9);

const bytes = (length: number) =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array));

describe("session tokens", () => {
  it("open to the object that was sealed, whatever key, nonce and object", () => {
    fc.assert(
      fc.property(bytes(32), bytes(12), fc.dictionary(fc.string(), fc.jsonValue()), (key, nonce, payload) => {
        const asJson: unknown = JSON.parse(JSON.stringify(payload));
        assert.deepEqual(openToken(key, sealToken(key, nonce, payload)), asJson);
      }),
    );
  });

  it("look like AWS's: base64 that begins with IQoJb3JpZ2luX2Vj, 200 characters or more", () => {
    for (const payload of [{}, { accessKeyId: "ASIA", note: "é".repeat(500) }]) {
      assert.match(sealToken(KEY, NONCE, payload), /^IQoJb3JpZ2luX2Vj[A-Za-z0-9+/]{184,}={0,2}$/);
    }
  });

  it("are brought to the size that was asked for, to the next multiple of four", () => {
    for (const size of [201, 600, 602, 4096]) {
      const token = sealToken(KEY, NONCE, { a: "é" }, size);
      assert.equal(token.length, Math.ceil(size / 4) * 4);
      assert.deepEqual(openToken(KEY, token), { a: "é" });
    }
    assert.ok(sealToken(KEY, NONCE, { a: "x".repeat(500) }, 300).length > 600);
  });

  it("show nothing of what they hold", () => {
    const token = sealToken(KEY, NONCE, { secret: "wJalrXUtnFEMI" });
    assert.equal(Buffer.from(token, "base64").includes("wJalrXUtnFEMI"), false);
  });

  it("do not open with another key", () => {
    assert.equal(openToken(Buffer.alloc(32, 8), sealToken(KEY, NONCE, { a: 1 })), undefined);
  });

  it("do not open when any one bit is changed, the prefix included", () => {
    const sealed = Buffer.from(sealToken(KEY, NONCE, { a: 1 }), "base64");
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      assert.equal(openToken(KEY, changed.toString("base64")), undefined, `bit ${bit}`);
    }
  });

  it("do not open when they are cut anywhere", () => {
    const token = sealToken(KEY, NONCE, { a: 1 });
    for (let length = 0; length < token.length; length++) {
      assert.equal(openToken(KEY, token.slice(0, length)), undefined, `${length} characters`);
    }
  });

  it("do not open when characters are added that a lenient base64 reader skips or allows", () => {
    const token = sealToken(KEY, NONCE, { a: "??>>".repeat(50) });
    const urlSafe = token.replaceAll("+", "-").replaceAll("/", "_");
    assert.notEqual(urlSafe, token);
    for (const changed of [
      ` ${token}`,
      `${token}\n`,
      `${token}=`,
      `${token.slice(0, 50)}*${token.slice(50)}`,
      urlSafe,
    ]) {
      assert.equal(openToken(KEY, changed), undefined);
    }
  });

  it("do not open when they come from AWS or from nowhere", () => {
    for (const token of ["", "token", "FwoGZXIvYXdzEXAMPLE", `IQoJb3JpZ2luX2Vj${"A".repeat(400)}`]) {
      assert.equal(openToken(KEY, token), undefined);
    }
  });
});
