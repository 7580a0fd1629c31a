import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import aws4 from "aws4";
import { beforeEach, describe, it } from "mocha";
import { plainChunks, signedChunks } from "../aws-chunked.ts";
import { beforeService } from "./before-service.ts";
import { upstream } from "./upstream.ts";

const CONTENT = Buffer.alloc(20_000, "content ");
const TRAILERS = { "x-amz-checksum-sha256": createHash("sha256").update(CONTENT).digest("base64") };

/** How a body in chunks is declared, and what goes over the wire with the signature of its head as the seed. */
interface Chunked {
  readonly declared: string;
  readonly trailer?: string;
  readonly body: (seed: string, timestamp: string) => Buffer;
}

const signing = (seed: string, timestamp: string) => ({
  seed,
  timestamp,
  region: "us-east-1",
  service: "s3",
  secret: "test",
});
const SIGNED: Chunked = {
  declared: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
  body: (...from) => signedChunks(CONTENT, 8192, signing(...from)),
};
const SIGNED_TRAILER: Chunked = {
  declared: "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER",
  trailer: "x-amz-checksum-sha256",
  body: (...from) => signedChunks(CONTENT, 8192, signing(...from), TRAILERS),
};
const UNSIGNED_TRAILER: Chunked = {
  declared: "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
  trailer: "x-amz-checksum-sha256",
  body: () => plainChunks(CONTENT, 8192, TRAILERS),
};

describe("a body in aws-chunked at the gate", () => {
  const behind = upstream();
  const gate = beforeService(async () => ({ origin: behind.origin, close: async () => {} }));
  /** What the upstream has received whole. */
  let received: Buffer[];
  beforeEach(() => {
    received = [];
    behind.answer = (message, response) => {
      buffer(message).then(
        (body) => {
          received.push(body);
          response.end();
        },
        () => {},
      );
    };
  });

  /** Sends a body whose bytes may have been changed on the way. */
  async function put(
    { declared, trailer, body }: Chunked,
    change = (bytes: Buffer): Buffer => bytes,
  ): Promise<{ readonly status: number; readonly text: string }> {
    const { hostname, port } = new URL(gate.endpoint);
    const { headers } = aws4.sign(
      {
        service: "s3",
        region: "us-east-1",
        method: "PUT",
        host: `${hostname}:${port}`,
        path: "/photos/key",
        headers: {
          "content-encoding": "aws-chunked",
          "x-amz-content-sha256": declared,
          "x-amz-decoded-content-length": String(CONTENT.length),
          ...(trailer !== undefined && { "x-amz-trailer": trailer }),
        },
      },
      { accessKeyId: "test", secretAccessKey: "test" },
    ) as { headers: Record<string, string> };
    const seed = /Signature=(\w+)/.exec(headers["Authorization"]!)![1]!;
    const bytes = change(body(seed, headers["X-Amz-Date"]!));
    const sent = request({
      hostname,
      port,
      method: "PUT",
      path: "/photos/key",
      headers: { ...headers, "content-length": bytes.length },
    });
    sent.on("error", () => {}).end(bytes);
    const [answer] = (await once(sent, "response")) as [IncomingMessage];
    return { status: answer.statusCode!, text: (await buffer(answer)).toString() };
  }

  for (const chunked of [SIGNED, SIGNED_TRAILER, UNSIGNED_TRAILER]) {
    it(`reaches the service as it was before it was cut up: ${chunked.declared}`, async () => {
      assert.deepEqual(await put(chunked), { status: 200, text: "" });
      assert.equal(received.length, 1);
      assert.ok(received[0]!.equals(CONTENT));
      const names = behind.requests[0]!.rawHeaders.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase());
      for (const gone of ["content-encoding", "x-amz-trailer", "x-amz-decoded-content-length"]) {
        assert.ok(!names.includes(gone), gone);
      }
    });
  }

  /** Another byte at the place `offset` after the first, or last, occurrence of a text. */
  const flip =
    (text: string, offset: number, occurrence: "indexOf" | "lastIndexOf" = "indexOf") =>
    (bytes: Buffer): Buffer => {
      const copy = Buffer.from(bytes);
      const place = copy[occurrence](text) + offset;
      // A digit, so that what was a number in hexadecimal digits still is one.
      copy.write(copy.toString("latin1", place, place + 1) === "0" ? "1" : "0", place);
      return copy;
    };
  const CHANGES: readonly (readonly [
    what: string,
    chunked: Chunked,
    change: (bytes: Buffer) => Buffer,
    code: string,
  ])[] = [
    ["a byte of the first chunk", SIGNED, flip("content", 0), "SignatureDoesNotMatch"],
    ["a byte of the last chunk", SIGNED, flip("content", 0, "lastIndexOf"), "SignatureDoesNotMatch"],
    ["a chunk's signature", SIGNED, flip("chunk-signature=", 20), "SignatureDoesNotMatch"],
    ["a trailer that is signed", SIGNED_TRAILER, flip("sha256:", 10), "SignatureDoesNotMatch"],
    ["a trailer's checksum", UNSIGNED_TRAILER, flip("sha256:", 10), "BadDigest"],
    ["a byte that its checksum covers", UNSIGNED_TRAILER, flip("content", 0), "BadDigest"],
    ["its end", SIGNED, (bytes) => bytes.subarray(0, bytes.length - 100), "IncompleteBody"],
  ];
  for (const [what, chunked, change, code] of CHANGES) {
    it(`is refused, and never whole at the service, where this was changed: ${what}`, async () => {
      const { status, text } = await put(chunked, change);
      assert.ok(status === 400 || status === 403, text);
      assert.match(text, new RegExp(`<Code>${code}</Code>`));
      assert.equal(received.length, 0);
    });
  }
});
