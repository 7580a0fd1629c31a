// node --test iam.test.mjs
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AssumeRoleCommand, STSClient } from "@aws-sdk/client-sts";
import { start } from "iam-local";

let aws, sts;

before(async () => {
  aws = await start({ port: 0 });
  sts = new STSClient({ endpoint: aws.endpoint, region: "us-east-1", credentials: aws.rootCredentials });
});
after(() => aws.close());

await test("root assumes no roles", async () => {
  const RoleArn = `arn:aws:iam::${aws.account}:role/deploy`;
  await assert.rejects(sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: "ci" })), { name: "AccessDenied" });
});
