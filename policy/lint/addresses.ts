import { compareAddresses, type Network, parseAddress, parseNetwork } from "../addresses.ts";
import type { Path } from "../json.ts";
import type { ConditionEntry } from "../structure.ts";
import { found, type LintFinding } from "./finding.ts";

/** Addresses that are not of the Internet (RFC 1918, RFC 4193). */
const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"].map((text) => parseNetwork(text)!);

/** Private addresses in aws:SourceIp, which is the address that AWS sees. */
export function* privateAddressFindings(
  { key, values }: ConditionEntry,
  base: string,
  at: Path,
): Iterable<LintFinding> {
  if (key.toLowerCase() !== "aws:sourceip") return;
  const networks = values.map(parseNetwork).filter((network) => network !== undefined);
  const inside = networks.filter(isPrivate);
  if (inside.length === 0) return;
  const isNot = base.startsWith("Not");
  if (inside.length === networks.length) yield found(isNot ? "PRIVATE_NOT_IP_ADDRESS" : "PRIVATE_IP_ADDRESS", at);
  else yield found(isNot ? "PRIVATE_NOT_IP_ADDRESS_SUBSET" : "PRIVATE_IP_ADDRESS_SUBSET", at);
}

const isPrivate = ({ first, last }: Network): boolean =>
  PRIVATE.some((range) => compareAddresses(range.first, first) <= 0 && compareAddresses(last, range.last) <= 0);

/** The IPv4 network with zeros after its masked bits; undefined where it has them already. */
export function withoutHostBits(text: string): string | undefined {
  const [written = "", bits] = text.split("/");
  const network = bits === undefined || written.includes(":") ? undefined : parseNetwork(text);
  const address = parseAddress(written);
  if (network === undefined || address === undefined || compareAddresses(network.first, address) === 0)
    return undefined;
  return `${network.first.groups.flatMap((group) => [group >> 8, group & 255]).join(".")}/${bits}`;
}
