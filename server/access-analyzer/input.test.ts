import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { Refused } from "../gate/refusals.ts";
import { readInput } from "./input.ts";
import { INPUTS } from "./model.ts";

const read = (body: string, target = "/policy/validation") =>
  readInput(INPUTS.ValidatePolicy, target, Buffer.from(body));
const access = (body: object) =>
  readInput(
    INPUTS.CheckAccessNotGranted,
    "/",
    Buffer.from(JSON.stringify({ policyDocument: "{}", policyType: "IDENTITY_POLICY", ...body })),
  );
const refused = (work: () => unknown): readonly [message: string, members: unknown] => {
  try {
    work();
  } catch (cause) {
    assert.ok(cause instanceof Refused);
    assert.deepEqual([cause.error.code, cause.error.status], ["ValidationException", 400]);
    return [cause.error.message!, cause.error.members];
  }
  return assert.fail("it was not refused");
};
const GOOD = '{"policyDocument":"{}","policyType":"IDENTITY_POLICY"}';

describe("the input of Access Analyzer's operations", () => {
  it("is the body's members that the model has, and those of the query string", () => {
    assert.deepEqual(
      read(
        GOOD.replace("{", '{"other":1,"__proto__":{"locale":"XX"},"locale":null,'),
        "/?maxResults=5&nextToken=a%20b&x=y",
      ),
      {
        policyDocument: "{}",
        policyType: "IDENTITY_POLICY",
        maxResults: 5,
        nextToken: "a b",
      },
    );
  });

  for (const body of ["{", "null", "[]", "5", '"{}"', "\ufeff{}"]) {
    it(`is refused where the body is no JSON object: ${JSON.stringify(body)}`, () => {
      const [message, members] = refused(() => read(body));
      assert.match(message, /^The body is no(?:t JSON| JSON object)\.$/);
      assert.deepEqual(members, { reason: "cannotParse" });
    });
  }

  it("is refused where a member has another type", () => {
    assert.equal(
      refused(() => read('{"policyDocument":{},"policyType":"IDENTITY_POLICY"}'))[0],
      "The value of policyDocument must be a text.",
    );
    assert.equal(refused(() => read(GOOD, "/?maxResults=many"))[0], "The value of maxResults must be an integer.");
    assert.equal(refused(() => access({ access: {} }))[0], "The value of access must be a list.");
    assert.equal(refused(() => access({ access: ["s3:*"] }))[0], "The value of access must be an object.");
    assert.equal(refused(() => access({ access: [{ actions: [null] }] }))[0], "The value of actions must be a text.");
  });

  it("is refused where it is not there, or breaks a constraint", () => {
    assert.deepEqual(refused(() => read(""))[1], {
      reason: "fieldValidationFailed",
      fieldList: [
        { name: "policyDocument", message: "Member must not be null" },
        { name: "policyType", message: "Member must not be null" },
      ],
    });
    assert.deepEqual(
      refused(() => read(GOOD, "/?maxResults=0")),
      [
        "1 validation error detected: Value at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1",
        {
          reason: "fieldValidationFailed",
          fieldList: [{ name: "maxResults", message: "Member must have value greater than or equal to 1" }],
        },
      ],
    );
    assert.match(refused(() => access({ access: [{}, {}] }))[0], /at 'access' .*length less than or equal to 1$/);
  });
});
