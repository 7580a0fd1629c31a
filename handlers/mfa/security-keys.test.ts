import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { describe, it } from "mocha";
import { seededRandom } from "../../data/random.ts";
import { softwareSecurityKey, u2fTokenId } from "./security-keys.ts";

describe("software security keys", () => {
  it("hold a P-256 key pair that signs", () => {
    const { x, y, d } = softwareSecurityKey(seededRandom("key"));
    const curve = { kty: "EC", crv: "P-256", x, y };
    const challenge = Buffer.from("challenge");
    const signature = sign("sha256", challenge, createPrivateKey({ key: { ...curve, d: d! }, format: "jwk" }));
    const publicKey = createPublicKey({ key: curve, format: "jwk" });
    assert.equal(verify("sha256", challenge, publicKey, signature), true);
    assert.equal(verify("sha256", Buffer.from("another"), publicKey, signature), false);
  });

  it("are all different", () => {
    const random = seededRandom("key");
    const [first, second] = [softwareSecurityKey(random), softwareSecurityKey(random)];
    assert.notEqual(first.d, second.d);
    assert.notEqual(first.credentialId, second.credentialId);
  });

  it("end their ARN with a name and 26 characters", () => {
    assert.match(u2fTokenId("blue", seededRandom("key")), /^blue-[A-Z2-7]{26}$/);
  });
});
