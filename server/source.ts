import type { IncomingMessage } from "node:http";
import { isIP } from "node:net";
import type { Options } from "./options.ts";

/** Where a request came from, for policies (`aws:SourceIp`, `aws:SecureTransport`) and the trail. */
export interface Source {
  readonly sourceIp: string;
  readonly userAgent: string;
  /** Whether it came by TLS. */
  readonly secure: boolean;
}

/**
 * The source of the connection itself or, behind a proxy (`trustProxy`), what the proxy says. The last of several
 * values counts: the proxy added it, while the client may have sent the others.
 */
export function sourceOf(
  { socket, headers }: Pick<IncomingMessage, "socket" | "headers">,
  { trustProxy }: Pick<Options, "trustProxy">,
): Source {
  const scheme = trustProxy ? lastOf(headers["x-forwarded-proto"]) : undefined;
  const client = trustProxy ? lastOf(headers["x-forwarded-for"]) : undefined;
  return {
    sourceIp: plainAddress(client !== undefined && isIP(client) !== 0 ? client : socket.remoteAddress),
    userAgent: headers["user-agent"] ?? "",
    secure: scheme === undefined ? "encrypted" in socket : scheme.toLowerCase() === "https",
  };
}

/** An IPv4 address in its own form, even if the socket uses IPv6. */
const plainAddress = (address = ""): string => (address.startsWith("::ffff:") ? address.slice(7) : address);

const lastOf = (header: string | string[] | undefined): string | undefined =>
  header?.toString().split(",").at(-1)!.trim();
