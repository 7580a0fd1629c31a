import assert from "node:assert/strict";
import * as fc from "fast-check";
import { accessKeyId, accountInId, base32, secretAccessKey, uniqueId, type IdPrefix } from "./ids.ts";
import { seededRandom, uuid, type Random } from "./random.ts";

const account = fc.integer({ min: 0, max: 999_999_999_999 }).map((n) => String(n).padStart(12, "0"));
const seeded = fc.string().map(seededRandom);
const constant = (byte: number): Random => ({ bytes: (length) => Buffer.alloc(length, byte) });

describe("base32", () => {
  // RFC 4648, section 10, without the padding.
  const cases = { "": "", f: "MY", fo: "MZXQ", foo: "MZXW6", foob: "MZXW6YQ", fooba: "MZXW6YTB", foobar: "MZXW6YTBOI" };
  for (const [text, encoded] of Object.entries(cases)) {
    it(`encodes ${JSON.stringify(text)} as RFC 4648 does`, () => assert.equal(base32(Buffer.from(text)), encoded));
  }
});

describe("An id", () => {
  it("of an access key has AWS's shape and carries the account", () => {
    fc.assert(
      fc.property(account, seeded, fc.constantFrom("AKIA" as const, "ASIA" as const), (owner, random, prefix) => {
        const id = accessKeyId(prefix, owner, random);
        assert.match(id, /^(AKIA|ASIA)[Q-Z2-7][A-Z2-7]{15}$/);
        assert.equal(id.slice(0, 4), prefix);
        assert.equal(accountInId(id), owner);
      }),
    );
  });

  it("of another entity has one more letter, and carries the account as well", () => {
    fc.assert(
      fc.property(
        account,
        seeded,
        fc.constantFrom<IdPrefix>("AIDA", "AROA", "AGPA", "ANPA"),
        (owner, random, prefix) => {
          const id = uniqueId(prefix, owner, random);
          assert.match(id, /^[A-Z]{4}[Q-Z2-7][A-Z2-7]{16}$/);
          assert.equal(accountInId(id), owner);
        },
      ),
    );
  });

  it("differs with every random bit that it has room for", () => {
    const [zeros, ones] = [constant(0), constant(0xff)].map((random) => accessKeyId("AKIA", "000000000000", random));
    assert.equal(zeros, "AKIAQAAAAAAAAAAAAAAA");
    assert.equal(ones, "AKIAQAAAAAAAP7777777");
    const random = seededRandom("many");
    const ids = new Set(Array.from({ length: 5000 }, () => accessKeyId("AKIA", "123456789012", random)));
    assert.equal(ids.size, 5000);
  });

  // evidence: id-account-in-key
  for (const [id, owner] of [
    ["ASIAQNZGKIQY56JQ7WML", "029608264753"],
    ["AKIA7777777777777777", undefined],
    ["AKIAIOSFODNN7EXAMPLE", undefined],
    ["AKIAI44QH8DHBEXAMPLE", undefined],
    ["test", undefined],
    ["000000000000", undefined],
    ["ASIAQNZGKIQY56JQ7WM", undefined],
    ["asiaqnzgkiqy56jq7wml", undefined],
  ] as const) {
    it(`${id} carries ${owner ?? "no account that can be trusted"}`, () => assert.equal(accountInId(id), owner));
  }
});

describe("A secret access key", () => {
  it("is 40 characters of AWS's alphabet", () => {
    fc.assert(fc.property(seeded, (random) => assert.match(secretAccessKey(random), /^[A-Za-z0-9+/]{40}$/)));
  });
});

describe("Random", () => {
  it("with a seed gives the same bytes for the same seed, and no others for other sizes", () => {
    assert.deepEqual(seededRandom("a").bytes(100), seededRandom("a").bytes(100));
    assert.notDeepEqual(seededRandom("a").bytes(16), seededRandom("b").bytes(16));
    for (const length of [0, 1, 31, 32, 33, 100]) assert.equal(seededRandom("a").bytes(length).length, length);
  });

  it("makes UUIDs of version 4 in lower case", () => {
    const pattern = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
    fc.assert(fc.property(seeded, (random) => assert.match(uuid(random), pattern)));
    assert.equal(uuid(constant(0xff)), "ffffffff-ffff-4fff-bfff-ffffffffffff");
  });
});
