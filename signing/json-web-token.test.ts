import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import * as fc from "fast-check";
import { importJWK, jwtVerify } from "jose";
import { describe, it } from "mocha";
import { isSignedBy, readToken, signToken } from "./json-web-token.ts";

const RUNS = 2000;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const ec = generateKeyPairSync("ec", { namedCurve: "P-384" });
const PAIRS = [
  { alg: "RS256" as const, pair: rsa },
  { alg: "ES384" as const, pair: ec },
].map(({ alg, pair }) => ({
  alg,
  privateKey: pair.privateKey.export({ format: "jwk" }) as Record<string, unknown>,
  publicKey: pair.publicKey.export({ format: "jwk" }) as Record<string, unknown>,
}));
const [{ privateKey, publicKey }] = PAIRS as [(typeof PAIRS)[number]];
const token = signToken({ alg: "RS256", kid: "k" }, { sub: "s" }, privateKey);

const base64url = (text: string) => Buffer.from(text).toString("base64url");

describe("a JSON web token", () => {
  for (const pair of PAIRS) {
    it(`signed by ${pair.alg} is one that a stock library verifies`, async () => {
      const claims = { aud: "a", sub: "ü€🔑", nested: { list: [1, "2"] }, exp: 2 ** 33 };
      const text = signToken({ alg: pair.alg, kid: "k" }, claims, pair.privateKey);
      const { payload, protectedHeader } = await jwtVerify(text, await importJWK(pair.publicKey, pair.alg));
      assert.deepEqual(payload, claims);
      assert.deepEqual(protectedHeader, { kid: "k", typ: "JWT", alg: pair.alg });
      assert.ok(await isSignedBy(readToken(text)!, [pair.publicKey]));
    });
  }

  it("is read as it was written", () =>
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (claims, kid) => {
        const text = [{ alg: "RS256", kid }, claims].map((part) => base64url(JSON.stringify(part))).join(".");
        assert.deepEqual(readToken(`${text}.AA`), {
          text: `${text}.AA`,
          algorithm: "RS256",
          kid,
          claims: JSON.parse(JSON.stringify(claims)) as object,
        });
      }),
      { numRuns: RUNS },
    ));

  it("is never made of anything else, and reading never throws", () => {
    const segment = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.jsonValue().map((value) => base64url(JSON.stringify(value) ?? "")),
      fc.constantFrom(...token.split(".")),
    );
    fc.assert(
      fc.property(fc.array(segment, { maxLength: 5 }), (segments) => {
        const read = readToken(segments.join("."));
        if (read === undefined) return;
        assert.equal(typeof read.algorithm, "string");
        assert.equal(Object.getPrototypeOf(read.claims), Object.prototype);
      }),
      { numRuns: RUNS },
    );
  });

  it("is not genuine once a bit of it has changed", async () => {
    assert.ok(await isSignedBy(readToken(token)!, [publicKey]));
    await fc.assert(
      fc.asyncProperty(
        fc.nat(token.length - 1),
        fc.constantFrom("A", "Z", "a", "z", "0", "9", "-", "_", "."),
        async (place, character) => {
          const changed = token.slice(0, place) + character + token.slice(place + 1);
          const read = readToken(changed);
          if (read === undefined || changed === token) return;
          const [signature, original] = [changed, token].map((text) => Buffer.from(text.split(".")[2]!, "base64url"));
          // The last character has bits that are not part of the signature.
          const isSame = signature!.equals(original!) && place > token.lastIndexOf(".");
          assert.equal(await isSignedBy(read, [publicKey]), isSame);
        },
      ),
      { numRuns: 200 },
    );
  });

  it("is not verified with a key of another kind, for another use, or with none", async () => {
    const read = readToken(token)!;
    const wrong = [
      PAIRS[1]!.publicKey,
      { ...publicKey, use: "enc" },
      { ...publicKey, alg: "RS512" },
      { kty: "RSA" },
      { kty: "oct", k: "AA" },
      {},
    ];
    assert.equal(await isSignedBy(read, wrong), false);
    assert.equal(await isSignedBy(read, []), false);
    assert.equal(await isSignedBy(read, [...wrong, publicKey]), true);
  });
});
