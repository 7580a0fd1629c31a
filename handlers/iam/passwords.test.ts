import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import type { PasswordPolicy } from "../../data/entities/accounts.ts";
import { seededRandom } from "../../data/random.ts";
import { checkPassword, checkReuse, hashPassword, newHashSetting, rememberedHashes, sameHash } from "./passwords.ts";

interface Case {
  readonly password: string;
  readonly policy: Partial<PasswordPolicy> | null;
  readonly violation: string | null;
}

const LENIENT: PasswordPolicy = {
  minimumLength: 6,
  requireSymbols: false,
  requireNumbers: false,
  requireUppercase: false,
  requireLowercase: false,
  allowUsersToChange: false,
};

describe("password hashes", () => {
  const setting = newHashSetting(seededRandom("salt"));

  it("say how they were made, and hold neither the password nor the same salt twice", async () => {
    const random = seededRandom("salts");
    const [one, other] = [newHashSetting(random), newHashSetting(random)];
    assert.match(one, /^scrypt\$16384\$8\$1\$[A-Za-z0-9+/]{22}==$/);
    assert.notEqual(one, other);
    assert.match(await hashPassword("s3cret", one), /^scrypt\$16384\$8\$1\$[A-Za-z0-9+/]{22}==\$[A-Za-z0-9+/]{43}=$/);
  });

  it("are equal where password and setting are, and differ where one of them does", async () => {
    const hash = await hashPassword("s3cret", setting);
    assert.ok(sameHash(hash, await hashPassword("s3cret", setting)));
    assert.ok(!sameHash(hash, await hashPassword("S3cret", setting)));
    assert.ok(!sameHash(hash, await hashPassword("s3cret", newHashSetting(seededRandom("other")))));
    assert.ok(!sameHash(hash, setting));
  });

  it("serve as their own setting", async () => {
    const hash = await hashPassword("s3cret", setting);
    assert.equal(await hashPassword("s3cret", hash), hash);
  });

  it("keep the parameters of the setting they were made with", async () => {
    const cheap = setting.replace("$16384$", "$1024$");
    assert.match(await hashPassword("s3cret", cheap), /^scrypt\$1024\$8\$1\$/);
  });
});

describe("checkPassword", () => {
  const cases: readonly Case[] = JSON.parse(readFileSync("handlers/iam/cases/passwords.json", "utf8"));
  for (const { password, policy, violation } of cases) {
    const rules = policy ? `the policy ${JSON.stringify(policy)}` : "the default policy";
    it(`${violation === null ? "accepts" : "refuses"} "${password}" under ${rules}`, () => {
      const rule = policy ? { ...LENIENT, ...policy } : undefined;
      if (violation === null) checkPassword(password, rule);
      else
        assert.throws(() => checkPassword(password, rule), {
          code: "PasswordPolicyViolation",
          status: 400,
          wireMessage: violation,
        });
    });
  }
});

describe("checkReuse", () => {
  const remembered = ["current", "last", "before"];
  const refusal = {
    code: "PasswordPolicyViolation",
    wireMessage: "Password does not conform to the account password policy.",
  };

  it("accepts any password without a policy, or with one that says nothing of reuse", () => {
    checkReuse("current", remembered, undefined);
    checkReuse("current", remembered, LENIENT);
  });

  it("refuses the last so many passwords, the current one included", () => {
    const policy = { ...LENIENT, reusePrevention: 2 };
    assert.throws(() => checkReuse("current", remembered, policy), refusal);
    assert.throws(() => checkReuse("last", remembered, policy), refusal);
    checkReuse("before", remembered, policy);
    checkReuse("new", remembered, policy);
  });

  it("has 24 passwords to look at, newest first", () => {
    let former: string[] = [];
    for (let number = 0; number < 30; number++) former = rememberedHashes(String(number), former);
    assert.equal(former.length, 24);
    assert.deepEqual([former[0], former[23]], ["29", "6"]);
  });
});
