import assert from "node:assert/strict";
import * as fc from "fast-check";
import { NetworkSet, parseAddress, parseNetwork } from "./addresses.ts";

/** An address as a number, and its number of bits. */
type Bits = readonly [value: bigint, size: 32 | 128];

const written = ([value, size]: Bits): string =>
  size === 32
    ? [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join(".")
    : Array.from({ length: 8 }, (_, i) => ((value >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(":");

describe("NetworkSet", () => {
  // Only a few different bits, so that networks and addresses often match.
  const bits: fc.Arbitrary<Bits> = fc
    .tuple(fc.constantFrom<(32 | 128)[]>(32, 128), fc.array(fc.nat(127), { maxLength: 3 }))
    .map(([size, places]) => [places.reduce((sum, place) => sum | (1n << BigInt(place % size)), 0n), size]);
  const network = fc.tuple(bits, fc.nat(128)).map(([[value, size], prefix]) => {
    const hostBits = BigInt(size - Math.min(prefix, size));
    return { value: value >> hostBits, size, hostBits };
  });

  it("has an address that begins as one of its networks does", () => {
    fc.assert(
      fc.property(fc.array(network, { maxLength: 12 }), bits, (networks, [value, size]) => {
        const literals = networks.map(
          (one) => `${written([one.value << one.hostBits, one.size])}/${one.size - Number(one.hostBits)}`,
        );
        const set = new NetworkSet(literals.map((literal) => parseNetwork(literal)!));
        const address = parseAddress(written([value, size]))!;
        assert.equal(
          // A mapped address is an IPv4 address, so no IPv6 network contains it.
          set.has(address),
          networks.some(
            (one) =>
              one.size === size && address.family === (size === 32 ? 4 : 6) && value >> one.hostBits === one.value,
          ),
          literals.join(" "),
        );
      }),
      { numRuns: 5000 },
    );
  });
});

describe("parseAddress", () => {
  it("gets through a long text that is nearly an address", () => {
    assert.equal(parseAddress(`:${".".repeat(200_000)}x`), undefined);
    assert.equal(parseAddress(`${":".repeat(200_000)}1.1.1.x`), undefined);
    assert.equal(parseAddress(`${"1.".repeat(200_000)}1`), undefined);
  });
});
