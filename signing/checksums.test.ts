import assert from "node:assert/strict";
import * as fc from "fast-check";
import { checksumKind, checksumOf } from "./checksums.ts";

const digest = (kind: string, ...pieces: readonly Uint8Array[]): string => {
  const checksum = checksumOf(kind);
  for (const piece of pieces) checksum.update(piece);
  return checksum.digest().toString("hex");
};

/** A CRC bit by bit, as its definition has it. */
function bitwise(polynomial: bigint, bytes: Uint8Array, width: 32n | 64n): string {
  const ones = (1n << width) - 1n;
  let sum = ones;
  for (const byte of bytes) {
    sum ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) sum = (sum & 1n) === 1n ? (sum >> 1n) ^ polynomial : sum >> 1n;
  }
  return (sum ^ ones).toString(16).padStart(Number(width) / 4, "0");
}

describe("A checksum of S3", () => {
  // The check values of the catalogues of CRCs, and FIPS 180's of SHA.
  for (const [kind, text, expected] of [
    ["crc32", "123456789", "cbf43926"],
    ["crc32c", "123456789", "e3069283"],
    ["crc64nvme", "123456789", "ae8b14860a799888"],
    ["sha1", "abc", "a9993e364706816aba3e25717850c26c9cd0d89d"],
    ["sha256", "abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"],
  ] as const)
    it(`${kind} of ${text} is the published one`, () => assert.equal(digest(kind, Buffer.from(text)), expected));

  it("is that of no bytes where there are none", () => {
    assert.deepEqual(
      ["crc32", "crc32c", "crc64nvme"].map((kind) => digest(kind)),
      ["00000000", "00000000", "0000000000000000"],
    );
  });

  it("is the same bit by bit, and in pieces of any size", () =>
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, cut) => {
        const pieces = [bytes.subarray(0, cut), bytes.subarray(cut)];
        assert.equal(digest("crc32", ...pieces), bitwise(0xedb88320n, bytes, 32n));
        assert.equal(digest("crc32c", ...pieces), bitwise(0x82f63b78n, bytes, 32n));
        assert.equal(digest("crc64nvme", ...pieces), bitwise(0x9a6c9329ac4bc9b5n, bytes, 64n));
      }),
    ));

  it("is known by its header's name", () => {
    assert.equal(checksumKind("x-amz-checksum-crc64nvme"), "crc64nvme");
    for (const name of ["x-amz-checksum-md5", "x-amz-checksum-", "x-amz-checksum-constructor", "crc32", ""])
      assert.equal(checksumKind(name), undefined, name);
  });
});
