import { createHash, randomBytes, randomUUID } from "node:crypto";

/** The source of all ids, keys, seeds and nonces, so that a test can make them repeatable. */
export interface Random {
  /** `length` random bytes. */
  bytes(length: number): Buffer;
  /** A version 4 UUID, if the source has a faster way than making it from bytes. */
  uuid?(): string;
}

/** Bytes are fetched from the machine in portions of this size: one fetch costs as much as half a signature. */
const PORTION = 4096;

/** The machine's cryptographic generator. Each byte is handed out once, and not kept. */
export const systemRandom: Random = { bytes: portionwise(), uuid: () => randomUUID() };

function portionwise(): (length: number) => Buffer {
  let portion = Buffer.alloc(0);
  return (length) => {
    if (length > PORTION) return randomBytes(length);
    if (portion.length < length) portion = randomBytes(PORTION);
    const bytes = Buffer.from(portion.subarray(0, length));
    portion.fill(0, 0, length);
    portion = portion.subarray(length);
    return bytes;
  };
}

/** A repeatable sequence for tests: the same seed gives the same bytes. Never for real secrets. */
export function seededRandom(seed: string): Random {
  let counter = 0;
  return {
    bytes(length) {
      const blocks: Buffer[] = [];
      for (let size = 0; size < length; size += 32) {
        blocks.push(createHash("sha256").update(`${seed}\0${counter++}`).digest());
      }
      return Buffer.concat(blocks).subarray(0, length);
    },
  };
}

/** A version 4 UUID in lower case. */
export const uuid = (random: Random): string => random.uuid?.() ?? uuidOfBytes(random);

function uuidOfBytes(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
