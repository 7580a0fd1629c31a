// Cyclic redundancy checks that node lacks. All are reflected ones and begin and end with all bits turned, as CRC-32C (RFC 3720) and
// CRC-64/NVME (NVM Express base specification) do. A register is two halves of 32 bits, since JavaScript's numbers have no more.

/** Bytes that are taken at a time, each by a table of its own. */
const STRIDE = 8;

export interface Polynomial {
  /** Reflected, without the highest term. */
  readonly high: number;
  readonly low: number;
  /** Of the sum: 4 or 8. */
  readonly bytes: number;
}

export const CRC32C: Polynomial = { high: 0, low: 0x82f63b78, bytes: 4 };
export const CRC64NVME: Polynomial = { high: 0x9a6c9329, low: 0xac4bc9b5, bytes: 8 };

/** What each byte does to the register, `place` bytes before the end of a stride, at `place * 256 + byte`. */
interface Tables {
  readonly high: Int32Array;
  readonly low: Int32Array;
}

const made = new Map<Polynomial, Tables>();

function tablesOf(polynomial: Polynomial): Tables {
  let tables = made.get(polynomial);
  if (tables === undefined) made.set(polynomial, (tables = makeTables(polynomial)));
  return tables;
}

function makeTables(polynomial: Polynomial): Tables {
  const high = new Int32Array(STRIDE * 256);
  const low = new Int32Array(STRIDE * 256);
  for (let byte = 0; byte < 256; byte++) {
    let h = 0;
    let l = byte;
    for (let bit = 0; bit < 8; bit++) {
      const odd = l & 1;
      l = (l >>> 1) | (h << 31);
      h >>>= 1;
      if (odd === 1) {
        h ^= polynomial.high;
        l ^= polynomial.low;
      }
    }
    high[byte] = h;
    low[byte] = l;
  }
  for (let at = 256; at < STRIDE * 256; at++) {
    const h = high[at - 256]!;
    const l = low[at - 256]!;
    high[at] = (h >>> 8) ^ high[l & 255]!;
    low[at] = ((l >>> 8) | (h << 24)) ^ low[l & 255]!;
  }
  return { high, low };
}

/** A running sum. */
export class Crc {
  readonly #tables: Tables;
  readonly #bytes: number;
  #high: number;
  #low = -1;

  constructor(polynomial: Polynomial) {
    this.#tables = tablesOf(polynomial);
    this.#bytes = polynomial.bytes;
    this.#high = polynomial.bytes === 8 ? -1 : 0;
  }

  update(bytes: Uint8Array): void {
    const { high, low } = this.#tables;
    let h = this.#high;
    let l = this.#low;
    let i = 0;
    for (; i + STRIDE <= bytes.length; i += STRIDE) {
      l ^= bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
      h ^= bytes[i + 4]! | (bytes[i + 5]! << 8) | (bytes[i + 6]! << 16) | (bytes[i + 7]! << 24);
      const a = 1792 + (l & 255);
      const b = 1536 + ((l >>> 8) & 255);
      const c = 1280 + ((l >>> 16) & 255);
      const d = 1024 + (l >>> 24);
      const e = 768 + (h & 255);
      const f = 512 + ((h >>> 8) & 255);
      const g = 256 + ((h >>> 16) & 255);
      const j = h >>> 24;
      h = high[a]! ^ high[b]! ^ high[c]! ^ high[d]! ^ high[e]! ^ high[f]! ^ high[g]! ^ high[j]!;
      l = low[a]! ^ low[b]! ^ low[c]! ^ low[d]! ^ low[e]! ^ low[f]! ^ low[g]! ^ low[j]!;
    }
    for (; i < bytes.length; i++) {
      const at = (l ^ bytes[i]!) & 255;
      l = ((l >>> 8) | (h << 24)) ^ low[at]!;
      h = (h >>> 8) ^ high[at]!;
    }
    this.#high = h;
    this.#low = l;
  }

  /** The highest byte first. */
  digest(): Buffer {
    const sum = Buffer.alloc(8);
    sum.writeInt32BE(~this.#high, 0);
    sum.writeInt32BE(~this.#low, 4);
    return sum.subarray(8 - this.#bytes);
  }
}
