import assert from "node:assert/strict";
import aws4 from "aws4";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { Clock } from "../../data/clock.ts";
import { collections } from "../../data/entities/collections.ts";
import { gatedResources } from "../../data/entities/gate.ts";
import { systemRandom } from "../../data/random.ts";
import { memoryBackend, openStore, StoreFailed } from "../../data/store.ts";
import { SigningError } from "../../signing/signing-error.ts";
import { emulationOf } from "../emulation.ts";
import { DEFAULTS, type Options } from "../options.ts";
import { openState } from "../state.ts";
import type { Engine, GateHead, Passage, Verdict } from "./engine.ts";
import { localEngine } from "./local-engine.ts";

const HOST = "127.0.0.1:4594";

async function engineOf(options: Partial<Options> = {}) {
  const clock = new Clock();
  const state = await openState(DEFAULTS, { clock, random: systemRandom, warn: () => {} });
  const emulation = emulationOf(state, clock, systemRandom, { ...DEFAULTS, ...options });
  return { emulation, engine: localEngine(emulation) };
}

interface Signed {
  readonly service: string;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

function signed({ service, method = "POST", path = "/", headers = {}, body }: Signed): GateHead {
  const options = {
    host: HOST,
    service,
    region: "us-east-1",
    method,
    path,
    headers,
    ...(body !== undefined && { body }),
  };
  const made = aws4.sign(options, { accessKeyId: "test", secretAccessKey: "test" });
  return headOf(
    method,
    path,
    Object.entries(made.headers as Record<string, string>)
      .flat()
      .map(String),
  );
}

const headOf = (method: string, target: string, rawHeaders: readonly string[]): GateHead => ({
  method,
  target,
  rawHeaders,
  sourceIp: "127.0.0.1",
  secure: false,
  userAgent: "test",
});

const getItem = (body: string): GateHead =>
  signed({
    service: "dynamodb",
    headers: { "Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem" },
    body,
  });
const BODY = '{"TableName":"t","Key":{"id":{"S":"1"}}}';
const putObject = (path = "/box/key") =>
  signed({
    service: "s3",
    method: "PUT",
    path,
    headers: { "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD", "Content-Length": "9" },
  });
const passed = (verdict: Verdict): Passage => {
  assert.equal(verdict.kind, "pass", JSON.stringify(verdict));
  return verdict;
};
const policyOf = async (engine: Engine, policy: string) => {
  const body = Buffer.from(policy);
  const headers = { "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD" };
  return engine.decide(signed({ service: "s3", method: "PUT", path: "/box?policy=", headers }), body);
};

describe("the engine in the emulator's process", () => {
  it("says what a call is, whose it is, and how its body is to be checked", async () => {
    const { engine } = await engineOf();
    const { requestId, call, ...passage } = passed(await engine.decide(getItem(BODY), Buffer.from(BODY)));
    assert.match(requestId, /^[0-9a-f-]{36}$/);
    assert.deepEqual([call.service, call.operation, call.protocol], ["dynamodb", "GetItem", "json"]);
    assert.deepEqual(passage, {
      kind: "pass",
      account: "000000000000",
      region: "us-east-1",
      body: { kind: "verified" },
      decision: "",
    });
    assert.deepEqual(passed(await engine.decide(putObject())).body, { kind: "unsigned" });
  });

  it("says in a line what decided, where it is asked to", async () => {
    const { engine } = await engineOf();
    const head = getItem(BODY);
    const asking = { ...head, rawHeaders: [...head.rawHeaders, "x-iam-local-explain", "1"] };
    const { decision } = passed(await engine.decide(asking, Buffer.from(BODY)));
    assert.equal(
      decision,
      "dynamodb:GetItem on arn:aws:dynamodb:us-east-1:000000000000:table/t: Root may do everything in its account.",
    );
  });

  it("decides nothing by a body that it has not read", async () => {
    const { engine } = await engineOf();
    const declared = { "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD", "Content-Length": "20" };
    const put = signed({ service: "s3", method: "PUT", path: "/box?policy=", headers: declared });
    const refused = await engine.decide(put);
    assert.equal(refused.kind, "refuse");
    assert.match(String((refused as { body: unknown }).body), /What the call does stands in its body/);
  });

  it("reads one service out of a request that names two, and the same for the body and for the signature", async () => {
    const { engine } = await engineOf();
    const head = getItem(BODY);
    const twice = head.rawHeaders.map((text) =>
      text.startsWith("AWS4-")
        ? text.replace("Credential=", "Credential=test/20261124/us-east-1/s3/aws4_request, Credential=")
        : text,
    );
    const unread = await engine.decide({ ...head, rawHeaders: twice });
    assert.match(String((unread as { body: unknown }).body), /What the call does stands in its body/);
    const { call } = passed(await engine.decide({ ...head, rawHeaders: twice }, Buffer.from(BODY)));
    assert.equal(call.service, "dynamodb");
  });

  it("never throws, and passes nothing that is not signed", async () => {
    const { engine } = await engineOf();
    const header = fc.tuple(
      fc.constantFrom(
        "host",
        "authorization",
        "x-amz-date",
        "x-amz-target",
        "content-type",
        "x-amz-content-sha256",
        "content-length",
      ),
      fc.oneof(
        fc.string(),
        fc.constantFrom(
          "AWS4-HMAC-SHA256 Credential=test/20261124/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
        ),
        fc.constantFrom("AmazonSQS.SendMessage", "application/x-amz-json-1.0", "application/x-www-form-urlencoded"),
      ),
    );
    const target = fc.oneof(
      fc.webPath(),
      fc.string(),
      fc.constantFrom(
        "/box/key?X-Amz-Credential=a/b/c/s3/aws4_request",
        "/?Action=Publish&Version=2010-03-31",
        "/box?policy",
      ),
    );
    const method = fc.constantFrom("GET", "PUT", "POST", "DELETE", "HEAD", "OPTIONS");
    await fc.assert(
      fc.asyncProperty(
        method,
        target,
        fc.array(header),
        fc.option(fc.uint8Array()),
        async (verb, path, headers, body) => {
          const verdict = await engine.decide(
            headOf(verb, path, headers.flat()),
            body === null ? undefined : Buffer.from(body),
          );
          // Calls of IAM and STS are answered here, and others refused.
          assert.equal(verdict.kind, "refuse");
        },
      ),
      { numRuns: 300 },
    );
  });

  it("passes nothing of which a byte was changed after it was signed", async () => {
    const { engine } = await engineOf();
    const head = getItem(BODY);
    passed(await engine.decide(head, Buffer.from(BODY)));
    const authorization = head.rawHeaders.findIndex((text) => text.startsWith("AWS4-"));
    for (let at = 0; at < BODY.length; at++) {
      const body = Buffer.from(BODY);
      body[at]! ^= 1;
      assert.equal((await engine.decide(head, body)).kind, "refuse");
    }
    const text = head.rawHeaders[authorization]!;
    for (let at = text.indexOf("Credential"); at < text.length; at++) {
      const changed = text.slice(0, at) + String.fromCharCode(text.charCodeAt(at) ^ 1) + text.slice(at + 1);
      // The case of a signed header's name does not matter.
      if (changed.toLowerCase() === text.toLowerCase()) continue;
      const rawHeaders = head.rawHeaders.with(authorization, changed);
      assert.equal((await engine.decide({ ...head, rawHeaders }, Buffer.from(BODY))).kind, "refuse", changed);
    }
  });

  it("keeps a policy when its service has done it, once, and not before", async () => {
    const { engine, emulation } = await engineOf();
    const kept = () => emulation.store.transact((tx) => tx.get(gatedResources, "arn:aws:s3:::box")?.policy);
    const policy = (Action: string) =>
      JSON.stringify({
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: "*", Action, Resource: "arn:aws:s3:::box/*" }],
      });
    const first = passed(await policyOf(engine, policy("s3:GetObject")));
    const second = passed(await policyOf(engine, policy("s3:PutObject")));
    assert.equal(kept(), undefined);
    await engine.completed(second, 204);
    assert.equal(kept(), policy("s3:PutObject"));
    await engine.completed(first, undefined);
    await engine.completed(first, 204);
    assert.equal(kept(), policy("s3:PutObject"));
    assert.deepEqual(
      emulation.era.trail.list().map(({ httpStatus }) => httpStatus),
      [503, 204],
    );
  });

  it("keeps a thousand calls whose end nobody has told, and notes in the trail those before", async () => {
    const { engine, emulation } = await engineOf();
    const oldest = passed(await engine.decide(putObject()));
    for (let i = 0; i < 1000; i++) passed(await engine.decide(putObject()));
    assert.deepEqual(
      emulation.era.trail.list().map(({ requestID, httpStatus }) => [requestID, httpStatus]),
      [[oldest.requestId, 0]],
    );
    await engine.completed(oldest, 200);
    assert.equal(emulation.era.trail.list().length, 1);
  });

  it("gives up large calls before many small ones, and last those that change something", async () => {
    const { engine, emulation } = await engineOf();
    const policy = JSON.stringify({
      Version: "2012-10-17",
      Statement: [{ Effect: "Allow", Principal: "*", Action: "s3:GetObject", Resource: "arn:aws:s3:::box/*" }],
    });
    const changing = passed(await policyOf(engine, policy));
    const body = JSON.stringify({
      TableName: "t",
      Key: { id: { S: "1" } },
      ExpressionAttributeNames: { "#a": "x".repeat(12 * 1024 * 1024) },
    });
    const large = [];
    for (let i = 0; i < 4; i++) large.push(passed(await engine.decide(getItem(body), Buffer.from(body))));
    assert.deepEqual(
      emulation.era.trail.list().map(({ requestID }) => requestID),
      [large[1]!.requestId, large[0]!.requestId],
    );
    await engine.completed(changing, 204);
    assert.equal(
      emulation.store.transact((tx) => tx.get(gatedResources, "arn:aws:s3:::box")?.policy),
      policy,
    );
  });

  it("passes nothing when the state cannot be stored, and says so in the service's form", async () => {
    const { emulation } = await engineOf();
    const failure = new StoreFailed("the disk is full");
    const backend = { ...memoryBackend(), durable: () => Promise.reject(failure) };
    const store = await openStore({ collections, backend });
    const engine = localEngine({ ...emulation, store });
    const verdict = await engine.decide(putObject());
    assert.equal(verdict.kind, "refuse");
    assert.match(
      String((verdict as { body: unknown }).body),
      /<Code>InternalError<\/Code><Message>The state could not be stored/,
    );
  });

  it("refuses in the service's words a body that was not the signed one", async () => {
    const { engine, emulation } = await engineOf();
    const changed = new SigningError("XAmzContentSHA256Mismatch", 400, "The body was changed.");
    const refusal = await engine.bodyRefused(passed(await engine.decide(putObject())), changed);
    assert.equal(refusal.status, 400);
    assert.match(
      String(refusal.body),
      /<Code>XAmzContentSHA256Mismatch<\/Code><Message>The body was changed\.<\/Message>/,
    );
    const cut = await engine.bodyRefused(passed(await engine.decide(putObject())), new Error("It was cut."));
    assert.match(String(cut.body), /<Code>IncompleteBody<\/Code><Message>It was cut\.<\/Message>/);
    assert.deepEqual(
      emulation.era.trail.list().map(({ eventName, errorCode }) => [eventName, errorCode]),
      [
        ["PutObject", "IncompleteBody"],
        ["PutObject", "XAmzContentSHA256Mismatch"],
      ],
    );
  });
});
