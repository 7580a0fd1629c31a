/** An IP address: 32 or 128 bits, most significant first, in groups of 16. */
export interface Address {
  readonly family: 4 | 6;
  readonly groups: readonly number[];
}

/** A network of a policy: all addresses from the first to the last. */
export interface Network {
  readonly first: Address;
  readonly last: Address;
}

/** Networks in which an address is looked up, fast for any number of them. */
export class NetworkSet {
  /** Sorted, without networks that lie within another; the remaining ones do not overlap. */
  readonly #networks: readonly Network[];

  constructor(networks: readonly Network[]) {
    const ordered = networks.toSorted((a, b) => compareAddresses(a.first, b.first) || compareAddresses(b.last, a.last));
    const outermost: Network[] = [];
    for (const network of ordered) {
      const before = outermost.at(-1);
      if (before === undefined || compareAddresses(before.last, network.last) < 0) outermost.push(network);
    }
    this.#networks = outermost;
  }

  has(address: Address): boolean {
    let low = 0;
    let high = this.#networks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareAddresses(this.#networks[middle]!.last, address) < 0) low = middle + 1;
      else high = middle;
    }
    const network = this.#networks[low];
    return network !== undefined && compareAddresses(network.first, address) <= 0;
  }
}

/** IPv4 comes before IPv6, so that no network has addresses of both. */
export function compareAddresses(a: Address, b: Address): number {
  if (a.family !== b.family) return a.family - b.family;
  const at = a.groups.findIndex((group, i) => group !== b.groups[i]);
  return at < 0 ? 0 : a.groups[at]! - b.groups[at]!;
}

/**
 * The address in a request, or undefined if it is malformed. An IPv4 address mapped into IPv6 is an IPv4 address; no
 * other dotted tail is accepted (evidence: ip-requests).
 */
export function parseAddress(text: string): Address | undefined {
  const colon = text.lastIndexOf(":");
  if (colon < 0 || !text.includes(".", colon)) return parseIpv4(text) ?? unmapped(parseIpv6(text));
  const tail = parseIpv4(text.slice(colon + 1));
  if (tail === undefined) return undefined;
  const hex = tail.groups.map((group) => group.toString(16)).join(":");
  const address = unmapped(parseIpv6(text.slice(0, colon + 1) + hex));
  return address?.family === 4 ? address : undefined;
}

/**
 * The address or network in a policy, or undefined if no request can match it. Host bits are ignored in IPv4, but make
 * an IPv6 network malformed. A network of mapped addresses remains IPv6, so that it matches nothing
 * (evidence: ip-literals).
 */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf("/");
  const address = slash < 0 ? text : text.slice(0, slash);
  const ipv4 = parseIpv4(address);
  const parsed = ipv4 ?? parseIpv6(address);
  if (parsed === undefined) return undefined;
  const bits = ipv4 === undefined ? 128 : 32;
  const prefix = slash < 0 ? bits : parsePrefix(text.slice(slash + 1), bits);
  if (prefix === undefined) return undefined;
  const { family, groups } = parsed;
  const first = { family, groups: groups.map((group, i) => group & maskOf(prefix, i)) };
  const last = { family, groups: groups.map((group, i) => group | (~maskOf(prefix, i) & 0xffff)) };
  return family === 6 && compareAddresses(first, parsed) !== 0 ? undefined : { first, last };
}

/** `24`, `024` and `+24` are equal. */
function parsePrefix(text: string, most: number): number | undefined {
  const prefix = /^\+?\d+$/.test(text) ? Number(text) : Infinity;
  return prefix <= most ? prefix : undefined;
}

/** The bits of the 16-bit group `index` that belong to the network. */
function maskOf(prefix: number, index: number): number {
  const inGroup = Math.min(Math.max(prefix - 16 * index, 0), 16);
  return (0xffff << (16 - inGroup)) & 0xffff;
}

/** The IPv4 address in ::ffff:0:0/96; any other address unchanged. */
function unmapped(address: Address | undefined): Address | undefined {
  const mapped = address?.groups[5] === 0xffff && address.groups.slice(0, 5).every((group) => group === 0);
  return mapped ? { family: 4, groups: address.groups.slice(6) } : address;
}

/** Four decimal numbers; leading zeros do not make them octal. */
function parseIpv4(text: string): Address | undefined {
  if (!/^\d+(?:\.\d+){3}$/.test(text)) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = text.split(".").map(Number);
  return Math.max(a, b, c, d) > 255 ? undefined : { family: 4, groups: [(a << 8) | b, (c << 8) | d] };
}

function parseIpv6(text: string): Address | undefined {
  if (!text.includes(":") || /[^0-9a-f:]/i.test(text) || text.includes("::::")) return undefined;
  // Spellings that AWS accepts: `:::` for `::`, an extra colon at the end, one empty group in front
  // (evidence: ip-requests).
  const plain = text
    .replace(":::", "::")
    .replace(/([^:]):$/, "$1")
    .replace(/^:(?!:)/, "0:");
  const halves = plain.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const [head = [], tail] = halves;
  const missing = 8 - head.length - (tail?.length ?? 0);
  if (halves.length > 2 || (tail === undefined ? missing !== 0 : missing < 1)) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => "0"), ...(tail ?? [])];
  return groups.every((group) => /^[0-9a-f]{1,4}$/i.test(group))
    ? { family: 6, groups: groups.map((group) => Number.parseInt(group, 16)) }
    : undefined;
}
