import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { Crc, CRC32C, CRC64NVME } from "./crc.ts";

// The checksums of objects that S3 takes in trailers (evidence: gate-s3-checksums).

export interface Checksum {
  update(bytes: Uint8Array): void;
  digest(): Buffer;
}

/** By what follows `x-amz-checksum-` in a header's name. */
const KINDS: Readonly<Record<string, () => Checksum>> = {
  crc32: () => {
    let sum = 0;
    return {
      update: (bytes) => void (sum = crc32(bytes, sum)),
      digest: () => {
        const digest = Buffer.alloc(4);
        digest.writeUInt32BE(sum);
        return digest;
      },
    };
  },
  crc32c: () => new Crc(CRC32C),
  crc64nvme: () => new Crc(CRC64NVME),
  sha1: () => createHash("sha1"),
  sha256: () => createHash("sha256"),
};

const PREFIX = "x-amz-checksum-";

/** The kind of checksum that a header has, such as `crc32`; undefined for other headers, and for kinds that are not known here. */
export function checksumKind(header: string): string | undefined {
  const kind = header.startsWith(PREFIX) ? header.slice(PREFIX.length) : "";
  return Object.hasOwn(KINDS, kind) ? kind : undefined;
}

/** `kind` is one of `checksumKind`. */
export const checksumOf = (kind: string): Checksum => KINDS[kind]!();
