import assert from "node:assert/strict";
import { CreateAccessKeyCommand, CreateUserCommand, GetUserCommand } from "@aws-sdk/client-iam";
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import request from "supertest";
import type { TrailEvent } from "../../server/index.ts";
import { emulator } from "../emulator.ts";

describe("/_emulator/trail", () => {
  const emu = emulator();
  const get = (path = "") => request(emu.server.endpoint).get(`/_emulator/trail${path}`);
  const names = async (query: string) => {
    const { body } = await get(query).expect(200);
    return (body.events as TrailEvent[]).map((event) => event.eventName);
  };
  let requestId: string | undefined;

  before(async () => {
    await emu.iam().send(new CreateUserCommand({ UserName: "alice" }));
    const { AccessKey } = await emu.iam().send(new CreateAccessKeyCommand({ UserName: "alice" }));
    const alice = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
    await emu
      .iam(alice)
      .send(new GetUserCommand({}))
      .catch(() => {});
    requestId = (await emu.sts(alice).send(new GetCallerIdentityCommand({}))).$metadata.requestId;
  });

  it("tells the last events, the newest first", async () => {
    assert.deepEqual(await names(""), ["GetCallerIdentity", "GetUser", "CreateAccessKey", "CreateUser"]);
  });

  it("tells each in CloudTrail's shape", async () => {
    const { body } = await get("?eventName=CreateUser").expect(200);
    const { eventID, requestID, userAgent, ...event } = body.events[0];
    assert.match(eventID, /^[0-9a-f-]{36}$/);
    assert.match(requestID, /^[0-9a-f-]{36}$/);
    assert.match(userAgent, /^aws-sdk-js\//);
    assert.deepEqual(event, {
      eventTime: "2026-11-24T12:00:00.000Z",
      eventSource: "iam.amazonaws.com",
      eventName: "CreateUser",
      awsRegion: "us-east-1",
      sourceIPAddress: "127.0.0.1",
      userIdentity: {
        type: "Root",
        principalId: "000000000000",
        arn: "arn:aws:iam::000000000000:root",
        accountId: "000000000000",
        accessKeyId: "test",
      },
      requestParameters: { userName: "alice" },
      readOnly: false,
      httpStatus: 200,
      recipientAccountId: "000000000000",
    });
  });

  it("tells of a refusal with which error it ended", async () => {
    const { body } = await get("?errorCode=AccessDenied").expect(200);
    assert.equal(body.events.length, 1);
    assert.equal(body.events[0].eventName, "GetUser");
    assert.match(body.events[0].errorMessage, /^User: .*user\/alice is not authorized to perform: iam:GetUser/);
  });

  it("can be narrowed to the calls of a user, and to a number of them", async () => {
    assert.deepEqual(await names("?userName=alice"), ["GetCallerIdentity", "GetUser"]);
    assert.deepEqual(await names("?limit=1"), ["GetCallerIdentity"]);
    assert.deepEqual(await names("?userName=alice&eventName=GetUser&limit=5"), ["GetUser"]);
    assert.deepEqual(await names("?userName=nobody"), []);
  });

  it("can go on after a request, or from the start where that one is not kept", async () => {
    const [first, ...others] = (await get("").expect(200)).body.events as TrailEvent[];
    assert.deepEqual(await names(`?after=${first!.requestID}`), []);
    assert.deepEqual(await names(`?after=${others[0]!.requestID}`), ["GetCallerIdentity"]);
    assert.deepEqual((await names("?after=unknown")).length, 4);
  });

  it("tells one event by the request id that its client was told", async () => {
    const { body } = await get(`/${requestId}`).expect(200);
    assert.equal(body.eventName, "GetCallerIdentity");
    assert.equal(body.requestID, requestId);
  });

  it("tells all events with their decisions, where that is asked for", async () => {
    const { events } = (await get("?decisions=1").expect(200)).body;
    const { decisions } = (await get(`/${events[0].requestID}`).expect(200)).body;
    assert.deepEqual(events[0].decisions, decisions);
    assert.equal(events.length, (await get("").expect(200)).body.events.length);
  });

  it("answers 404 for a request that it does not know", async () => {
    const { body } = await get("/11111111-2222-3333-4444-555555555555").expect(404);
    assert.deepEqual(body, {
      error: {
        code: "NotFound",
        message:
          'No event of the request "11111111-2222-3333-4444-555555555555" is kept; the trail holds the last thousand, or as many as take 32 MB.',
      },
    });
  });

  it("refuses what it cannot narrow by", async () => {
    const refuses = async (query: string, message: string) => {
      const { body } = await get(query).expect(400);
      assert.deepEqual(body, { error: { code: "InvalidRequest", message } });
    };
    await refuses("?limit=0", "limit must be a whole number from 1.");
    await refuses("?limit=ten", "limit must be a whole number from 1.");
    await refuses(
      "?user=alice",
      'Unknown parameter "user". Known are: limit, after, decisions, eventName, eventSource, errorCode, userName.',
    );
    await refuses("?userName=a&userName=b", "The parameter userName is given twice.");
  });

  it("tells no secret, also where the refusal quotes it", async () => {
    const secret = `secret-${"x".repeat(20_000)}`;
    const asked = emu.sts().send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: "arn:aws:iam::000000000000:role/any",
        RoleSessionName: "any",
        WebIdentityToken: secret,
      }),
    );
    await assert.rejects(asked, { name: "ValidationError", message: new RegExp(`'${secret}' at 'webIdentityToken'`) });
    const { body, text } = await get("?eventName=AssumeRoleWithWebIdentity").expect(200);
    assert.match(body.events[0].errorMessage, /Value 'HIDDEN_DUE_TO_SECURITY_REASONS' at 'webIdentityToken'/);
    assert.ok(!text.includes("secret-"));
  });

  it("leaves out parameters of more than 100 KB, and cuts texts of more than one, as CloudTrail does", async () => {
    const large = "x".repeat(1_000_000);
    const unsigned = { Action: "AssumeRoleWithWebIdentity", Version: "2011-06-15", RoleArn: large };
    for (const form of [unsigned, { Action: large, Version: "2011-06-15" }]) {
      await request(emu.server.endpoint).post("/").type("form").send(form);
      const { body, text } = await get("?limit=1").expect(200);
      const { eventName, errorMessage, requestParameters } = body.events[0] as TrailEvent;
      assert.ok(text.length < 4096, String(text.length));
      assert.equal(eventName, form.Action.slice(0, 1024));
      if (form !== unsigned) continue;
      assert.equal(errorMessage!.length, 1024);
      assert.deepEqual(requestParameters, {
        omitted: true,
        originalSize: large.length + '{"roleArn":""}'.length,
        reason: "requestParameters too large",
      });
    }
  });
});
