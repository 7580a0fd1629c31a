import assert from "node:assert/strict";
import { kindOf, kinds, kindsAsMarkdown } from "./kinds.ts";

describe("the kinds of MFA device", () => {
  const serials: readonly [string, string | undefined][] = [
    ["arn:aws:iam::000000000000:mfa/ann", "virtual"],
    ["arn:aws:iam::000000000000:mfa/team/ann", "virtual"],
    ["arn:aws:iam::000000000000:mfa/root-account-mfa-device", "virtual"],
    ["GAHT12345678", "hardware"],
    ["ABCD12345", "hardware"],
    ["ABCD1234", undefined],
    ["arn:aws:iam::000000000000:u2f/user/ann/default-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "u2f"],
    ["arn:aws:iam::000000000000:u2f/root/default-ABCDEFGHIJKLMNOPQRSTUVWXYZ", "u2f"],
    ["arn:aws:iam::000000000000:sms-mfa/ann", "sms"],
    ["arn:aws:iam::000000000000:user/ann", undefined],
    ["arn:aws:iam::000000000000:mfa/", undefined],
    ["arn:aws:iam::0:mfa/ann", undefined],
  ];
  for (const [serial, kind] of serials) {
    it(`takes ${serial} for ${kind === undefined ? "no device" : `a serial number of kind ${kind}`}`, () => {
      assert.equal(kindOf(serial), kind);
    });
  }

  it("lets STS take codes of the kinds that make them from a seed, and of no other", () => {
    for (const { title, totp, sts, resync } of Object.values(kinds)) {
      assert.deepEqual({ title, sts, resync }, { title, sts: totp, resync: totp });
    }
  });

  it("prints one row per kind, with as many cells as there are headings", () => {
    const lines = kindsAsMarkdown().split("\n");
    assert.equal(lines.length, 2 + Object.keys(kinds).length);
    assert.deepEqual(new Set(lines.map((line) => line.split("|").length)), new Set([12]));
    assert.match(lines[0]!, /^\| {2}\| Serial number \| Enabled for an IAM user by \| for root by \|/);
    assert.match(
      lines[5]!,
      /^\| \*\*SMS MFA devices\*\* \|.*\| console \| never \|.*\| no \| no \| is gone \| `guide` \|$/,
    );
  });
});
