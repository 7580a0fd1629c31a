import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { actsOn, aggregateName, isKnownAction } from "./action-resources.ts";

interface Case {
  readonly action: string;
  readonly resource: string;
  readonly fits: boolean;
}

const cases = JSON.parse(readFileSync("policy/cases/action-resources.json", "utf8")) as readonly Case[];

describe("what an action can act on", () => {
  for (const { action, resource, fits } of cases) {
    it(`${action} ${fits ? "can be about" : "is never about"} ${resource}`, () => {
      assert.equal(actsOn(action, resource), fits);
    });
  }

  it("is known of the actions that AWS documents, in any case of letters, and of no patterns", () => {
    assert.deepEqual(
      ["s3:GetObject", "S3:GETOBJECT", "s3:*", "s3:MadeUp", "madeup:Action", "s3:GetObject:x", "s3", "toString:x"].map(
        isKnownAction,
      ),
      [true, true, false, false, false, false, false, false],
    );
  });

  it("has one name for several resources, of the recorded services and in the partition of the first", () => {
    assert.equal(aggregateName("s3:GetObject", "arn:aws:s3:::b/k"), "arn:aws:s3:::${BucketName}/${KeyName}");
    assert.equal(
      aggregateName("sqs:SendMessage", "arn:aws-cn:sqs:cn-north-1:1:q"),
      "arn:aws-cn:sqs:${Region}:${Account}:${QueueName}",
    );
    assert.equal(
      aggregateName("iam:ListUsers", "arn:aws:iam::1:user/a"),
      "arn:aws:iam::${Account}:${ResourceType}/${ResourceName}",
    );
  });

  it("has the first ARN of the reference for other services, and * for what is not known or has none", () => {
    assert.equal(
      aggregateName("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:1:table/t"),
      "arn:aws:dynamodb:${Region}:${Account}:table/${TableName}",
    );
    assert.equal(aggregateName("dynamodb:ListTables", "arn:aws:dynamodb:us-east-1:1:table/t"), "*");
    assert.equal(aggregateName("madeup:Action", "arn:aws:madeup:::x"), "*");
  });
});
