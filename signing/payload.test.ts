import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import * as fc from "fast-check";
import { plainChunks, signedChunks, type ChunkSigning } from "../integration/aws-chunked.ts";
import type { BodyPlan } from "./body-plan.ts";
import { checksumOf } from "./checksums.ts";
import { provenPayload } from "./payload.ts";
import { SigningError } from "./signing-error.ts";
import { signingKeyHex } from "./signing-key.ts";

// AWS's published examples of uploads in chunks, and their signatures.
const SIGNING: ChunkSigning = {
  timestamp: "20130524T000000Z",
  region: "us-east-1",
  service: "s3",
  secret: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  seed: "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9",
};
const TRAILER_SEED = "106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e";
const EXAMPLE = Buffer.alloc(66_560, "a");

interface Chunks {
  readonly decodedLength: number;
  readonly trailers?: readonly string[];
  readonly seed?: string;
}
const signedPlan = ({ decodedLength, trailers, seed = SIGNING.seed }: Chunks): BodyPlan => {
  const { timestamp, region, service, secret } = SIGNING;
  const date = timestamp.slice(0, 8);
  const key = signingKeyHex(secret, date, region, service);
  return {
    kind: "chunks",
    trailer: trailers !== undefined,
    decodedLength,
    trailers: trailers ?? [],
    signed: { key, seed, timestamp, date, region, service },
  };
};
const plainPlan = (decodedLength: number, trailers: readonly string[]): BodyPlan => ({
  kind: "chunks",
  trailer: true,
  decodedLength,
  trailers,
});

interface Outcome {
  readonly content: Buffer;
  readonly trailers: Readonly<Record<string, string>>;
  readonly error: SigningError | undefined;
}

/** What comes out of a body that comes in pieces of `size` bytes. */
async function outcome(plan: BodyPlan, body: Buffer, size = 16_384): Promise<Outcome> {
  const { stream, trailers } = provenPayload(plan);
  const pieces = Array.from({ length: Math.ceil(body.length / size) }, (_, i) =>
    body.subarray(i * size, (i + 1) * size),
  );
  const content: Buffer[] = [];
  let error: SigningError | undefined;
  try {
    for await (const piece of Readable.from(pieces).pipe(stream)) content.push(piece as Buffer);
  } catch (thrown) {
    assert.ok(thrown instanceof SigningError, String(thrown));
    error = thrown;
  }
  return { content: Buffer.concat(content), trailers: Object.fromEntries(trailers), error };
}

const passes = async (plan: BodyPlan, body: Buffer, content: Buffer, size?: number): Promise<void> => {
  const found = await outcome(plan, body, size);
  assert.equal(found.error, undefined);
  assert.ok(found.content.equals(content));
};

/** The refusal of a body, of which downstream has not got the whole. */
async function refused(plan: BodyPlan, body: Buffer, code: string, message: string, of: number): Promise<SigningError> {
  const { content, error } = await outcome(plan, body);
  assert.deepEqual({ code: error?.code, message: error?.message }, { code, message });
  assert.ok(content.length < of, `${content.length} bytes of ${of} were let by`);
  return error!;
}

const MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
const MALFORMED_TRAILER =
  "The request contained trailing data that was not well-formed or did not conform to our published schema.";
const sha256 = (content: Buffer): string => createHash("sha256").update(content).digest("hex");
const crc32Of = (content: Buffer): string => {
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(content));
  return sum.toString("base64");
};

describe("A streamed body", () => {
  describe("with the hash that was signed", () => {
    const body = Buffer.alloc(200_000, "hash");
    const plan: BodyPlan = { kind: "hash", sha256: sha256(body) };

    it("is let by", () => passes(plan, body, body));

    it("is let by if it is empty", () =>
      passes({ kind: "hash", sha256: sha256(Buffer.alloc(0)) }, Buffer.alloc(0), Buffer.alloc(0)));

    it("is refused before its end if a byte was changed, cut off or added", async () => {
      for (const changed of [
        Buffer.from(body).fill("x", 0, 1),
        Buffer.from(body).fill("x", body.length - 1),
        body.subarray(1),
        Buffer.concat([body, Buffer.from("x")]),
      ]) {
        const error = await refused(
          plan,
          changed,
          "XAmzContentSHA256Mismatch",
          "The provided 'x-amz-content-sha256' header does not match what was computed.",
          changed.length,
        );
        assert.deepEqual(error.elements, {
          ClientComputedContentSHA256: sha256(body),
          S3ComputedContentSHA256: sha256(changed),
        });
      }
    });
  });

  describe("that nobody has signed, or that was verified whole", () => {
    it("is let by as it is", async () => {
      for (const kind of ["unsigned", "verified"] as const) await passes({ kind }, EXAMPLE, EXAMPLE);
    });
  });

  describe("in signed chunks", () => {
    it("is AWS's published example", async () => {
      const body = signedChunks(EXAMPLE, 65_536, SIGNING);
      assert.equal(body.length, 66_824);
      for (const signature of [
        "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n",
        "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n",
        "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n",
      ])
        assert.ok(body.includes(signature), signature);
      for (const size of [1000, 65_621, 70_000])
        await passes(signedPlan({ decodedLength: EXAMPLE.length }), body, EXAMPLE, size);
    });

    it("is AWS's published example with a trailer, whose line ends may be of either kind", async () => {
      const body = signedChunks(
        EXAMPLE,
        65_536,
        { ...SIGNING, seed: TRAILER_SEED },
        { "x-amz-checksum-crc32c": "sOO8/Q==" },
      );
      for (const signature of [
        "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n",
        "400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n",
        "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n",
        "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n",
      ])
        assert.ok(body.includes(signature), signature);
      const plan = signedPlan({
        decodedLength: EXAMPLE.length,
        trailers: ["x-amz-checksum-crc32c"],
        seed: TRAILER_SEED,
      });
      for (const sent of [body, Buffer.from(body.toString("latin1").replace("/Q==\r\n", "/Q==\n\r\n"), "latin1")]) {
        const { content, trailers, error } = await outcome(plan, sent);
        assert.equal(error, undefined);
        assert.ok(content.equals(EXAMPLE));
        assert.deepEqual(trailers, { "x-amz-checksum-crc32c": "sOO8/Q==" });
      }
    });

    it("is let by, whatever its chunks and however it is cut on its way", () =>
      fc.assert(
        fc.asyncProperty(
          fc.uint8Array({ maxLength: 40_000 }),
          fc.integer({ min: 8192, max: 20_000 }),
          fc.integer({ min: 500, max: 30_000 }),
          async (bytes, chunk, size) => {
            const content = Buffer.from(bytes);
            await passes(
              signedPlan({ decodedLength: content.length }),
              signedChunks(content, chunk, SIGNING),
              content,
              size,
            );
          },
        ),
        { numRuns: 50 },
      ));

    it("is refused if any byte of it is another, and never let by whole", () => {
      const content = Buffer.alloc(20_000, "0123456789");
      const trailers = { "x-amz-checksum-crc32": crc32Of(content) };
      const body = signedChunks(content, 8192, SIGNING, trailers);
      const plan = signedPlan({ decodedLength: content.length, trailers: Object.keys(trailers) });
      const framing = Array.from({ length: body.length }, (_, at) => at).filter(
        (at) => body[at]! < 0x30 || at > 20_500,
      );
      return fc.assert(
        fc.asyncProperty(
          fc.oneof(fc.constantFrom(...framing), fc.nat(body.length - 1)),
          fc.integer({ min: 1, max: 255 }),
          async (at, flip) => {
            const changed = Buffer.from(body);
            changed[at]! ^= flip;
            const { content: passed, error, trailers: read } = await outcome(plan, changed);
            // Capitals in a size or a name, and blanks and line ends of one byte in trailers, say the same.
            if (error === undefined) {
              assert.match(String.fromCharCode(changed[at]!), /[A-Z\n\t ]/, `byte ${at}`);
              assert.ok(passed.equals(content));
              assert.deepEqual(read, trailers);
            } else assert.ok(passed.length < content.length);
          },
        ),
        { numRuns: 300 },
      );
    });

    it("is refused if a chunk is left out, sent twice or moved, or if two requests are mixed", async () => {
      const content = Buffer.concat(["a", "b", "c"].map((letter) => Buffer.alloc(8192, letter)));
      const body = signedChunks(content, 8192, SIGNING);
      const chunk = (body.length - `0;chunk-signature=${"0".repeat(64)}\r\n\r\n`.length) / 3;
      const [a, b, c] = [0, 1, 2].map((i) => body.subarray(i * chunk, (i + 1) * chunk)) as [Buffer, Buffer, Buffer];
      const end = body.subarray(3 * chunk);
      const other = signedChunks(content, 8192, { ...SIGNING, seed: TRAILER_SEED });
      const bodies = [
        [a, c, end],
        [a, a, b, c, end],
        [b, a, c, end],
        [a, b, other.subarray(2 * chunk)],
        [a, b, c, other.subarray(3 * chunk)],
      ];
      for (const parts of bodies) {
        const changed = Buffer.concat(parts);
        const decodedLength = parts.length === 5 ? content.length + 8192 : content.length;
        await refused(signedPlan({ decodedLength }), changed, "SignatureDoesNotMatch", MISMATCH, decodedLength);
      }
    });

    it("is refused with what was signed of the chunk", async () => {
      const body = signedChunks(EXAMPLE, 65_536, { ...SIGNING, secret: "guess" });
      const { elements } = await refused(
        signedPlan({ decodedLength: EXAMPLE.length }),
        body,
        "SignatureDoesNotMatch",
        MISMATCH,
        EXAMPLE.length,
      );
      assert.equal(
        elements["StringToSign"],
        `AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/us-east-1/s3/aws4_request\n${SIGNING.seed}\n` +
          "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n" +
          "bf718b6f653bebc184e1479f1935b8da974d701b893afcf49e701f3e2f9f9c5a",
      );
      assert.match(elements["SignatureProvided"]!, /^[0-9a-f]{64}$/);
    });

    it("is refused if it has no signatures", async () => {
      const body = plainChunks(EXAMPLE, 65_536, {});
      await refused(
        signedPlan({ decodedLength: EXAMPLE.length }),
        body,
        "SignatureDoesNotMatch",
        MISMATCH,
        EXAMPLE.length,
      );
    });

    it("is refused if it ends before its last chunk, or has another length than was signed", async () => {
      const body = signedChunks(EXAMPLE, 65_536, SIGNING);
      const ended = "The request body terminated unexpectedly";
      const whole = signedPlan({ decodedLength: EXAMPLE.length });
      for (const end of [0, 10, 60_000, 65_536 + 90, body.length - 90])
        await refused(whole, body.subarray(0, end), "IncompleteBody", ended, EXAMPLE.length);
      await refused(signedPlan({ decodedLength: EXAMPLE.length + 1 }), body, "IncompleteBody", ended, EXAMPLE.length);
      await refused(
        signedPlan({ decodedLength: EXAMPLE.length - 1 }),
        body,
        "IncompleteBody",
        "The body is longer than x-amz-decoded-content-length says",
        EXAMPLE.length,
      );
    });

    it("is refused if a chunk that is not the last is small, or one is too large to be held", async () => {
      const { elements } = await refused(
        signedPlan({ decodedLength: 9000 }),
        signedChunks(Buffer.alloc(9000), 8191, SIGNING),
        "InvalidChunkSizeError",
        "Only the last chunk is allowed to have a size less than 8192 bytes",
        9000,
      );
      assert.deepEqual(elements, { Chunk: "1", BadChunkSize: "8191" });
      const size = 16 * 1024 * 1024 + 1;
      await refused(
        signedPlan({ decodedLength: size }),
        signedChunks(Buffer.alloc(size), size, SIGNING),
        "InvalidRequest",
        "The body is not in aws-chunked: signed chunks may have 16777216 bytes here.",
        size,
      );
    });

    it("is refused if it is no aws-chunked, or something follows", async () => {
      const of = (fault: string) => `The body is not in aws-chunked: ${fault}`;
      const plan = signedPlan({ decodedLength: EXAMPLE.length });
      const body = signedChunks(EXAMPLE, 65_536, SIGNING);
      for (const [sent, fault] of [
        [EXAMPLE, "a line or the trailers are too long."],
        [Buffer.from("hello\r\n"), "a chunk has no size."],
        [Buffer.from("5\nhello"), "a line ends without a carriage return."],
        [Buffer.concat([body, Buffer.from("more")]), "something follows the last chunk."],
        [Buffer.from(body.toString("latin1").replace("a\r\n", "aa\r\n"), "latin1"), "a chunk is longer than it says."],
      ] as const)
        await refused(plan, sent, "InvalidRequest", of(fault), EXAMPLE.length);
    });
  });

  describe("with a trailer", () => {
    const content = Buffer.alloc(100_000, "trailer");
    const signedWith = (trailers: Record<string, string>, names = Object.keys(trailers)) =>
      [
        signedPlan({ decodedLength: content.length, trailers: names }),
        signedChunks(content, 65_536, SIGNING, trailers),
      ] as const;
    const plainWith = (trailers: Record<string, string>, names = Object.keys(trailers)) =>
      [plainPlan(content.length, names), plainChunks(content, 65_536, trailers)] as const;

    it("is let by with each kind of checksum", async () => {
      for (const kind of ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"]) {
        const checksum = checksumOf(kind);
        checksum.update(content);
        const value = checksum.digest().toString("base64");
        for (const made of [signedWith, plainWith]) {
          const { content: passed, trailers, error } = await outcome(...made({ [`x-amz-checksum-${kind}`]: value }));
          assert.equal(error, undefined, kind);
          assert.ok(passed.equals(content));
          assert.deepEqual(trailers, { [`x-amz-checksum-${kind}`]: value });
        }
      }
    });

    it("is let by with one that is no checksum, which can be read", async () => {
      const { error, trailers } = await outcome(...plainWith({ "x-amz-meta-end": " done " }));
      assert.equal(error, undefined);
      assert.deepEqual(trailers, { "x-amz-meta-end": "done" });
    });

    it("is refused if the checksum is that of another content", async () => {
      for (const kind of ["crc32", "crc32c", "crc64nvme", "sha1", "sha256"])
        for (const made of [signedWith, plainWith])
          await refused(
            ...made({ [`x-amz-checksum-${kind}`]: "AAAAAA==" }),
            "BadDigest",
            `The ${kind.toUpperCase()} you specified did not match the calculated checksum.`,
            content.length,
          );
    });

    it("is refused if trailers were not announced, are missing, or come twice", async () => {
      const crc = { "x-amz-checksum-crc32": crc32Of(content) };
      for (const [plan, body] of [
        plainWith(crc, []),
        plainWith({}, ["x-amz-checksum-crc32"]),
        plainWith({ ...crc, "X-Amz-Checksum-Crc32": crc32Of(content) }, Object.keys(crc)),
        plainWith({ "no colon here": "" }, []),
        signedWith(crc, []),
        signedWith({}, ["x-amz-checksum-crc32"]),
      ] as const)
        await refused(plan, body, "MalformedTrailerError", MALFORMED_TRAILER, content.length);
    });

    it("is refused if the signature of the trailers is missing or another", async () => {
      const [plan, body] = signedWith({ "x-amz-checksum-crc32": crc32Of(content) });
      const text = body.toString("latin1");
      for (const changed of [
        text.replace(/x-amz-trailer-signature:.*\r\n/, ""),
        text.replace(/(?<=x-amz-trailer-signature:)[0-9a-f]{8}/, "00000000"),
      ])
        await refused(plan, Buffer.from(changed, "latin1"), "SignatureDoesNotMatch", MISMATCH, content.length);
    });
  });

  it("holds no more than a chunk, however long it is", async () => {
    const chunk = Buffer.alloc(65_536, "m");
    const { stream } = provenPayload(plainPlan(2000 * chunk.length, []));
    let most = 0;
    const body = Readable.from(
      (function* () {
        for (let i = 0; i < 2000; i++) {
          yield Buffer.from("10000\r\n");
          yield chunk;
          yield Buffer.from("\r\n");
        }
        yield Buffer.from("0\r\n\r\n");
      })(),
    );
    let length = 0;
    for await (const piece of body.pipe(stream)) {
      length += (piece as Buffer).length;
      most = Math.max(most, stream.readableLength + stream.writableLength);
    }
    assert.equal(length, 2000 * chunk.length);
    assert.ok(most <= 5 * chunk.length, `${most} bytes`);
  });
});
