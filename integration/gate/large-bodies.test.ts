import assert from "node:assert/strict";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import { finished } from "node:stream/promises";
import { gateOf } from "./fake-engine.ts";
import { upstream } from "./upstream.ts";

const MEBIBYTE = Buffer.alloc(1024 * 1024, "x");
const MEBIBYTES = 256;
/** What gate, upstream and client may hold together of a body: their buffers, many times over, and a fraction of it. */
const MOST = 64;

function* body(): Generator<Buffer> {
  for (let i = 0; i < MEBIBYTES; i++) yield MEBIBYTE;
}

/** Memory outside of the heap, where all buffers are, in MiB. */
const outside = (): number => process.memoryUsage().external / 1024 / 1024;

/** Counts bytes, and notes the most memory outside of the heap that there was meanwhile, in MiB. */
class Meter {
  bytes = 0;
  most = 0;

  count(chunk: Buffer): void {
    this.bytes += chunk.length;
    this.most = Math.max(this.most, outside());
  }
}

describe("large bodies at the gate", () => {
  const behind = upstream();
  const gate = gateOf(() => ({ "*": behind.origin }));
  const options = () => {
    const { hostname, port } = new URL(gate.endpoint);
    const authorization =
      "AWS4-HMAC-SHA256 Credential=A/20261124/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0";
    return { hostname, port, path: "/photos/k", headers: { authorization, "x-test": "pass" } };
  };

  for (const framing of ["with their length", "in chunks"]) {
    it(`go up ${framing} without being held`, async () => {
      gate.engine.passage = { call: { service: "s3", operation: "PutObject", protocol: "s3" } };
      const meter = new Meter();
      behind.answer = (message, response) => {
        message.on("data", (chunk: Buffer) => {
          meter.count(chunk);
          message.pause();
          setImmediate(() => message.resume());
        });
        message.on("end", () => response.end());
      };
      const before = outside();
      const { headers, ...to } = options();
      const length = framing === "in chunks" ? {} : { "content-length": MEBIBYTES * MEBIBYTE.length };
      const sent = request({ ...to, method: "PUT", headers: { ...headers, ...length } });
      Readable.from(body()).pipe(sent);
      const [answer] = (await once(sent, "response")) as [IncomingMessage];
      answer.resume();
      assert.equal(meter.bytes, MEBIBYTES * MEBIBYTE.length);
      assert.ok(meter.most - before < MOST, `${meter.most} MiB`);
    });
  }

  it("come down without being held, to a client that reads slowly", async () => {
    gate.engine.passage = { call: { service: "s3", operation: "GetObject", protocol: "s3" } };
    behind.answer = (_message, response) => {
      response.writeHead(200, { "content-length": MEBIBYTES * MEBIBYTE.length, "content-type": "binary/octet-stream" });
      Readable.from(body()).pipe(response);
    };
    const meter = new Meter();
    const before = outside();
    const sent = request(options());
    sent.end();
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    answer.on("data", (chunk: Buffer) => {
      meter.count(chunk);
      answer.pause();
      setImmediate(() => answer.resume());
    });
    await finished(answer);
    assert.equal(meter.bytes, MEBIBYTES * MEBIBYTE.length);
    assert.ok(meter.most - before < MOST, `${meter.most} MiB`);
  });
});
