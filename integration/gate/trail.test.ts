import assert from "node:assert/strict";
import { BatchGetItemCommand, GetItemCommand, PutItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from "@aws-sdk/client-s3";
import { SendMessageCommand } from "@aws-sdk/client-sqs";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser } from "../fixtures.ts";
import { gated } from "./gated.ts";

const KEY = { id: { S: "1" } };

describe("the trail of calls through the gate", () => {
  const emu = emulator();
  const gate = gated(emu);
  const last = () => emu.server.trail()[0]!;

  it("has each of them: who, what, on which resource, and how its service has answered", async () => {
    const { credentials, arn } = await createUser(emu, "Ada", { statements: [allow("dynamodb:*")] });
    const { $metadata } = await gate.dynamodb(credentials).send(new GetItemCommand({ TableName: "orders", Key: KEY }));
    const { eventTime: _time, userIdentity, userAgent, sourceIPAddress, requestID, ...event } = last();
    assert.deepEqual(event, {
      eventID: requestID,
      eventSource: "dynamodb.amazonaws.com",
      eventName: "GetItem",
      awsRegion: "us-east-1",
      requestParameters: { tableName: "orders", key: "HIDDEN_DUE_TO_SECURITY_REASONS" },
      readOnly: true,
      httpStatus: 200,
      recipientAccountId: "000000000000",
      additionalEventData: { unknownConditionKeys: "aws:ResourceTag/*" },
      resources: [{ ARN: "arn:aws:dynamodb:us-east-1:000000000000:table/orders", accountId: "000000000000" }],
    });
    assert.deepEqual([userIdentity!.arn, sourceIPAddress], [arn, "127.0.0.1"]);
    assert.match(userAgent, /^aws-sdk-js\//);
    assert.equal($metadata.httpStatusCode, 200);
  });

  it("has those that were refused, and why, by the id that their clients were told", async () => {
    const { credentials } = await createUser(emu, "Bob", {
      statements: [allow("s3:GetObject", "arn:aws:s3:::other/*")],
    });
    const refusal = await gate
      .s3(credentials)
      .send(new GetObjectCommand({ Bucket: "box", Key: "k" }))
      .catch((error: unknown) => error);
    const { $metadata } = refusal as { $metadata: { requestId: string } };
    assert.equal(last().requestID, $metadata.requestId);
    assert.deepEqual([last().httpStatus, last().errorCode, last().readOnly], [403, "AccessDenied", true]);
    assert.match(
      emu.server.why(refusal),
      /s3:GetObject on arn:aws:s3:::box\/k: denied\n {2}No identity-based policy allows the s3:GetObject action\./,
    );
  });

  it("tells which statement has decided, also of the policy of a resource", async () => {
    const { credentials } = await createUser(emu, "Cleo", {
      statements: [{ Sid: "Mine", ...allow("s3:ListBucket"), Condition: { StringLike: { "s3:prefix": "home/*" } } }],
    });
    const list = (Prefix: string) => gate.s3(credentials).send(new ListObjectsV2Command({ Bucket: "box", Prefix }));
    await assert.rejects(list("other/"));
    assert.match(
      emu.server.why(),
      /Statement 1 \(Mine\) of inline policy test of user Cleo would allow it, but StringLike s3:prefix "home\/\*" is not met, since the request has "other\/"\./,
    );
  });

  it("says which condition keys nobody can know", async () => {
    const { credentials } = await createUser(emu, "Dora", {
      statements: [{ ...allow("s3:GetObject"), Condition: { StringEquals: { "s3:ExistingObjectTag/team": "a" } } }],
    });
    await assert.rejects(gate.s3(credentials).send(new GetObjectCommand({ Bucket: "box", Key: "k" })));
    assert.match(last().additionalEventData!["unknownConditionKeys"]!, /s3:ExistingObjectTag/);
    assert.match(
      emu.server.why(),
      /AWS would know s3:ExistingObjectTag\/team; the gate cannot, so that it is absent\./,
    );
  });

  it("holds nothing of items, messages and objects", async () => {
    const secret = "correct horse battery staple";
    const Item = { ...KEY, password: { S: secret } };
    await gate.dynamodb().send(new PutItemCommand({ TableName: "orders", Item }));
    await gate.s3().send(new PutObjectCommand({ Bucket: "box", Key: "k", Body: secret, Metadata: { note: secret } }));
    const QueueUrl = `${gate.endpoint}/000000000000/q`;
    const send = new SendMessageCommand({ QueueUrl, MessageBody: secret });
    await gate
      .sqs()
      .send(send)
      .catch(() => {});
    assert.deepEqual(
      emu.server
        .trail()
        .slice(0, 3)
        .map(({ eventName }) => eventName),
      ["SendMessage", "PutObject", "PutItem"],
    );
    assert.doesNotMatch(JSON.stringify(emu.server.trail()), /battery/);
  });

  it("is bounded, however much is asked at once", async () => {
    const Keys = Array.from({ length: 100 }, (_, i) => ({ id: { S: `${i}`.padEnd(20_000, "x") } }));
    const tables = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`table-${i}`, { Keys }]));
    await gate.dynamodb().send(new BatchGetItemCommand({ RequestItems: tables }));
    assert.equal(last().eventName, "BatchGetItem");
    assert.ok(JSON.stringify(last()).length < 20_000);
    assert.equal(last().resources!.length, 8);
  });

  it("can be asked for one service alone", async () => {
    const response = await fetch(`${emu.server.endpoint}/_emulator/trail?eventSource=sqs.amazonaws.com`);
    const { events } = (await response.json()) as { events: { eventName: string }[] };
    assert.deepEqual(
      events.map(({ eventName }) => eventName),
      ["SendMessage"],
    );
  });
});

describe("a gate that does not enforce", () => {
  const emu = emulator({ enforcement: "soft" });
  const gate = gated(emu);

  it("lets pass what it would refuse, and notes what it would have said", async () => {
    const { credentials, arn } = await createUser(emu, "Ada");
    await gate.dynamodb(credentials).send(new GetItemCommand({ TableName: "orders", Key: KEY }));
    assert.equal(gate.behind.requests.length, 1);
    const { httpStatus, uncheckedDenial } = emu.server.trail()[0]!;
    const table = "arn:aws:dynamodb:us-east-1:000000000000:table/orders";
    assert.deepEqual(
      [httpStatus, uncheckedDenial],
      [
        200,
        `User: ${arn} is not authorized to perform: dynamodb:GetItem on resource: ${table} because no identity-based policy allows the dynamodb:GetItem action`,
      ],
    );
  });

  it("verifies signatures all the same", async () => {
    const unknown = { accessKeyId: "AKIAUNKNOWNUNKNOWN00", secretAccessKey: "x" };
    const call = gate.dynamodb(unknown).send(new GetItemCommand({ TableName: "orders", Key: KEY }));
    await assert.rejects(call, { name: "UnrecognizedClientException" });
    assert.equal(gate.behind.requests.length, 0);
  });
});

describe("a gate that passes what cannot be mapped", () => {
  const emu = emulator();
  const gate = gated(emu, "pass");

  it("lets it through after it has verified the signature, and the trail says that nothing was decided", async () => {
    const { credentials } = await createUser(emu, "Ada");
    const dynamodb = gate.dynamodb(credentials);
    dynamodb.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["x-amz-target"] = "DynamoDB_20120810.Invent";
        return next(args);
      },
      { step: "build" },
    );
    await dynamodb.send(new GetItemCommand({ TableName: "orders", Key: KEY }));
    assert.equal(gate.behind.requests.length, 1);
    const { eventName, uncheckedDenial, httpStatus } = emu.server.trail()[0]!;
    assert.deepEqual([eventName, httpStatus], ["Invent", 200]);
    assert.match(uncheckedDenial!, /Invent/);
    const unknown = { accessKeyId: "AKIAUNKNOWNUNKNOWN00", secretAccessKey: "x" };
    const call = gate.dynamodb(unknown).send(new GetItemCommand({ TableName: "orders", Key: KEY }));
    await assert.rejects(call, { name: "UnrecognizedClientException" });
  });
});

describe("the health of an emulator with a gate", () => {
  const emu = emulator({ gate: { to: { dynamodb: "http://127.0.0.1:1" }, port: 0, unmapped: "pass" } });

  it("says where it leads to, and what becomes of calls that cannot be mapped", async () => {
    const response = await fetch(`${emu.server.endpoint}/_emulator/health`);
    const { gate } = (await response.json()) as { gate: unknown };
    assert.deepEqual(gate, { to: "dynamodb=http://127.0.0.1:1", unmapped: "pass" });
  });

  it("and of its gate say the same of what is checked", async () => {
    const response = await fetch(`${emu.server.gate!.endpoint}/_gate/health`);
    const { upstreams, ...health } = (await response.json()) as { upstreams: unknown; [member: string]: unknown };
    assert.deepEqual(upstreams, { dynamodb: { url: "http://127.0.0.1:1", reachable: false } });
    assert.deepEqual(health["checks"], { signatures: "on", mfaCodes: "on", permissions: "on" });
    assert.deepEqual([health["status"], health["unmapped"]], ["ok", "pass"]);
  });
});
