// npx mocha iam.test.mjs
import assert from "node:assert/strict";
import { CreateUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { start } from "iam-local";

describe("a user", () => {
  let aws, iam;
  before(async () => {
    aws = await start({ port: 0 });
    iam = new IAMClient({ endpoint: aws.endpoint, region: "us-east-1", credentials: aws.rootCredentials });
  });
  after(() => aws.close());

  it("is as old as the emulator's clock says", async () => {
    aws.clock.freeze();
    aws.clock.set(Date.UTC(2030, 0, 1));
    const { User } = await iam.send(new CreateUserCommand({ UserName: "Ann" }));
    assert.equal(User.CreateDate.toISOString(), "2030-01-01T00:00:00.000Z");
  });
});
