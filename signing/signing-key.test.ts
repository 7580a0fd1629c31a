import assert from "node:assert/strict";
import { signingKey } from "./signing-key.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SCOPE = ["20150830", "us-east-1", "iam"] as const;
const PUBLISHED = "c4afb1cc5771d871763a393e44b703571b55cc28424d1a5e86da6ed3c154a4b9";

describe("signingKey", () => {
  it("is the key of the example in AWS's General Reference", () => {
    assert.equal(signingKey(SECRET, ...SCOPE).key.toString("hex"), PUBLISHED);
  });

  it("differs with the secret, the day, the region and the service", () => {
    const keys = [
      signingKey(SECRET, ...SCOPE),
      signingKey("other", ...SCOPE),
      signingKey(SECRET, "20150831", "us-east-1", "iam"),
      signingKey(SECRET, "20150830", "us-west-1", "iam"),
      signingKey(SECRET, "20150830", "us-east-1", "sts"),
    ];
    assert.equal(new Set(keys.map((key) => key.key.toString("hex"))).size, keys.length);
  });

  it("is the same after thousands of other secrets have passed through", () => {
    for (let i = 0; i < 3000; i++) signingKey(`secret ${i}`, ...SCOPE);
    assert.equal(signingKey(SECRET, ...SCOPE).key.toString("hex"), PUBLISHED);
  });

  it("is computed once while it is in use and again when 1,000 others were used since", () => {
    const first = signingKey(SECRET, ...SCOPE);
    for (let i = 0; i < 999; i++) signingKey(`other ${i}`, ...SCOPE);
    assert.equal(signingKey(SECRET, ...SCOPE), first);
    for (let i = 0; i < 1000; i++) signingKey(`another ${i}`, ...SCOPE);
    assert.notEqual(signingKey(SECRET, ...SCOPE), first);
  });
});
