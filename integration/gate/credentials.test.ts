import assert from "node:assert/strict";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteUserCommand,
  UpdateAccessKeyCommand,
  DeleteAccessKeyCommand,
  DeleteUserPolicyCommand,
} from "@aws-sdk/client-iam";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import { allow, createUser, credentialsOf } from "../fixtures.ts";
import { gated } from "./gated.ts";

describe("who calls through the gate", () => {
  const emu = emulator();
  const gate = gated(emu);
  const inDynamodb = (credentials: Credentials) =>
    gate.dynamodb(credentials).send(new GetItemCommand({ TableName: "t", Key: { id: { S: "1" } } }));
  const inS3 = (credentials: Credentials) =>
    gate.s3(credentials).send(new GetObjectCommand({ Bucket: "box", Key: "k" }));
  const inSqs = (credentials: Credentials) =>
    gate
      .sqs(credentials)
      .send(new SendMessageCommand({ QueueUrl: `${gate.endpoint}/000000000000/q`, MessageBody: "hello" }));

  /** Refused by each service in its own words, and nothing passed on. */
  async function isRefused(credentials: Credentials, json: object, s3: object) {
    await assert.rejects(inDynamodb(credentials), json);
    await assert.rejects(inS3(credentials), s3);
    assert.equal(gate.behind.bytes, 0);
  }

  it("is told by a key that nobody has", async () => {
    const unknown = { accessKeyId: "AKIAUNKNOWNUNKNOWN00", secretAccessKey: "x" };
    const message = "The AWS Access Key Id you provided does not exist in our records.";
    await isRefused(
      unknown,
      { name: "UnrecognizedClientException", message: "The security token included in the request is invalid." },
      { name: "InvalidAccessKeyId", message },
    );
    const [event] = emu.server.trail();
    assert.deepEqual([event!.eventSource, event!.errorCode], ["s3.amazonaws.com", "InvalidAccessKeyId"]);
    assert.match(event!.errorDetail!, /^This emulator has no access key AKIAUNKNOWNUNKNOWN00/);
  });

  it("is told by a signature that is not right", async () => {
    const { credentials } = await createUser(emu, "Ada", { statements: [allow("*")] });
    await isRefused(
      { ...credentials, secretAccessKey: "wrong" },
      { name: "InvalidSignatureException", message: /^The request signature we calculated does not match/ },
      { name: "SignatureDoesNotMatch", message: /^The request signature we calculated does not match/ },
    );
  });

  it("is told by a session that has ended", async () => {
    const { credentials } = await createUser(emu, "Bob", { statements: [allow("*")] });
    const session = credentialsOf(
      await emu.sts(credentials).send(new GetSessionTokenCommand({ DurationSeconds: 900 })),
    );
    await inDynamodb(session);
    emu.server.clock.advance(901);
    await assert.rejects(inDynamodb(session), {
      name: "ExpiredTokenException",
      message: "The security token included in the request is expired",
    });
    await assert.rejects(inS3(session), { name: "ExpiredToken", message: "The provided token has expired." });
  });

  it("is told by a key that was made inactive, and by a user who is gone", async () => {
    const { credentials, name } = await createUser(emu, "Cleo", { statements: [allow("*")] });
    const session = credentialsOf(await emu.sts(credentials).send(new GetSessionTokenCommand({})));
    const AccessKeyId = credentials.accessKeyId;
    const key = { UserName: name, AccessKeyId };
    await emu.iam().send(new UpdateAccessKeyCommand({ ...key, Status: "Inactive" }));
    const invalid = {
      name: "UnrecognizedClientException",
      message: "The security token included in the request is invalid.",
    };
    await assert.rejects(inDynamodb(credentials), invalid);
    await inDynamodb(session);
    await emu.iam().send(new DeleteAccessKeyCommand(key));
    await emu.iam().send(new DeleteUserPolicyCommand({ UserName: name, PolicyName: "test" }));
    await emu.iam().send(new DeleteUserCommand({ UserName: name }));
    await assert.rejects(inDynamodb(session), invalid);
  });

  it("may be nobody: S3 says no more than that, DynamoDB what is lacking", async () => {
    const s3 = await fetch(`${gate.endpoint}/box/k`);
    assert.equal(s3.status, 403);
    assert.match(await s3.text(), /<Error><Code>AccessDenied<\/Code><Message>Access Denied<\/Message><RequestId>/);
    const headers = { "content-type": "application/x-amz-json-1.0", "x-amz-target": "DynamoDB_20120810.ListTables" };
    const dynamodb = await fetch(gate.endpoint, { method: "POST", headers, body: "{}" });
    assert.deepEqual(
      [dynamodb.status, await dynamodb.json()],
      [400, { __type: "MissingAuthenticationTokenException", message: "Missing Authentication Token" }],
    );
    assert.equal(gate.behind.bytes, 0);
    assert.equal(emu.server.trail()[1]!.userIdentity!.type, "Unknown");
  });

  it("is asked of IAM and STS by the gate itself, which passes their calls on to nobody", async () => {
    const sts = new STSClient({
      endpoint: gate.endpoint,
      region: "us-east-1",
      credentials: emu.server.rootCredentials,
    });
    const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
    assert.equal(Arn, "arn:aws:iam::000000000000:root");
    sts.destroy();
    assert.equal(gate.behind.bytes, 0);
    assert.equal(emu.server.trail()[0]!.eventSource, "sts.amazonaws.com");
  });

  it("is refused by SQS in JSON, with the code of its older protocol", async () => {
    const { credentials, arn } = await createUser(emu, "Dora");
    await assert.rejects(inSqs(credentials), (error: Error & { Code?: string }) => {
      assert.match(error.name, /^AccessDenied/);
      assert.equal(
        error.message,
        `User: ${arn} is not authorized to perform: sqs:sendmessage on resource: arn:aws:sqs:us-east-1:000000000000:q ` +
          "because no identity-based policy allows the sqs:sendmessage action",
      );
      return true;
    });
  });
});
