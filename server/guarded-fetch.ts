import { lookup as systemLookup, type LookupAddress } from "node:dns";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { BlockList, isIP, type LookupFunction } from "node:net";
import type { TLSSocket } from "node:tls";

/** How and where the emulator may fetch; the limits are there for tests to shrink. */
export interface FetchRules {
  /** Hosts besides this machine. */
  readonly hosts: readonly string[];
  /** For the whole fetch, including redirects. */
  readonly timeoutMs?: number;
  readonly maximumBytes?: number;
  readonly lookup?: typeof systemLookup;
}

const TIMEOUT_MS = 5000;
const MAXIMUM_BYTES = 1024 * 1024;
const MAXIMUM_REDIRECTS = 3;

/** A fetch that the rules forbid, or that went wrong. */
export class FetchFailed extends Error {
  override readonly name = "FetchFailed";
  /** Set if the host is neither this machine nor a declared one. */
  readonly undeclaredHost: string | undefined;
  /** No answer in time, or one that reports a failure of the server. */
  readonly transient: boolean;

  constructor(
    message: string,
    { undeclaredHost, transient = false }: { undeclaredHost?: string; transient?: boolean } = {},
  ) {
    super(message);
    this.undeclaredHost = undeclaredHost;
    this.transient = transient;
  }
}

/**
 * Fetches JSON from this machine or a declared host, following a few redirects under the same rules. If no authority of
 * the machine vouches for a certificate, it is accepted if `thumbprints` (SHA-1, lower case) contains one of its chain,
 * as on AWS. Metadata services cannot be reached under any name, since the address of each connection is checked.
 * Rejects with FetchFailed.
 */
export async function fetchJson(url: string, rules: FetchRules, thumbprints: readonly string[] = []): Promise<unknown> {
  const signal = AbortSignal.timeout(rules.timeoutMs ?? TIMEOUT_MS);
  let target = parse(url);
  for (let redirects = 0; redirects <= MAXIMUM_REDIRECTS; redirects++) {
    const answer = await get(target, rules, thumbprints, signal);
    if ("json" in answer) return answer.json;
    const next = parse(answer.location, target);
    if (target.protocol === "https:" && next.protocol === "http:") {
      throw new FetchFailed(`${target.href} redirects from https to http`);
    }
    target = next;
  }
  throw new FetchFailed(`${url} redirects more than ${MAXIMUM_REDIRECTS} times`);
}

function parse(url: string, base?: URL): URL {
  const parsed = URL.canParse(url, base) ? new URL(url, base) : undefined;
  if (parsed?.protocol !== "http:" && parsed?.protocol !== "https:")
    throw new FetchFailed(`${url} is no http or https URL`);
  return parsed;
}

type Answer = { readonly json: unknown } | { readonly location: string };

async function get(url: URL, rules: FetchRules, thumbprints: readonly string[], signal: AbortSignal): Promise<Answer> {
  const host = hostName(url);
  const isDeclared = rules.hosts.some((declared) => declared.toLowerCase() === host);
  if (!isDeclared && !isLoopbackHost(host)) {
    throw new FetchFailed(`${host} is not this machine`, { undeclaredHost: host });
  }
  const whyNot = (address: string): string | undefined => {
    if (isForbidden(address)) return `${host} is at ${address}, which may be a metadata service`;
    return isDeclared || isLoopback(address) ? undefined : `${host} is at ${address}, which is not this machine`;
  };
  // An address is not looked up, so it is checked here.
  const refusal = isIP(host) === 0 ? undefined : whyNot(host);
  if (refusal !== undefined) throw new FetchFailed(refusal);
  try {
    const response = await open(url, guardedLookup(rules.lookup ?? systemLookup, whyNot), signal);
    const body = await read(response, host, thumbprints, rules.maximumBytes ?? MAXIMUM_BYTES);
    return answerOf(response, body, url);
  } catch (cause) {
    if (cause instanceof FetchFailed) throw cause;
    if (signal.aborted) throw new FetchFailed(`${url.href} did not answer in time`, { transient: true });
    throw new FetchFailed(`${url.href} cannot be read: ${(cause as Error).message}`);
  }
}

function open(url: URL, lookup: LookupFunction, signal: AbortSignal): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const options = { lookup, signal, agent: false, headers: { accept: "application/json" } } as const;
    const request =
      url.protocol === "http:"
        ? httpRequest(url, options)
        : // Whether the certificate will do is looked at before anything is read; what is sent is no secret.
          httpsRequest(url, { ...options, rejectUnauthorized: false });
    request.on("response", resolve).on("error", reject).end();
  });
}

async function read(
  response: IncomingMessage,
  host: string,
  thumbprints: readonly string[],
  maximumBytes: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    if ("authorized" in response.socket) checkCertificate(response.socket as TLSSocket, host, thumbprints);
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > maximumBytes) throw new FetchFailed(`${host} answers with more than ${maximumBytes} bytes`);
      chunks.push(chunk);
    }
  } finally {
    response.destroy();
  }
  return Buffer.concat(chunks).toString("utf8");
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, body: string, url: URL): Answer {
  if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) return { location: headers.location };
  if (statusCode !== 200) {
    throw new FetchFailed(`${url.href} answers with status ${statusCode}`, { transient: statusCode >= 500 });
  }
  try {
    return { json: JSON.parse(body) };
  } catch {
    throw new FetchFailed(`${url.href} does not answer with JSON`);
  }
}

/** Faults of a certificate that only a missing authority explains. */
const UNVOUCHED = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

function checkCertificate(socket: TLSSocket, host: string, thumbprints: readonly string[]): void {
  if (socket.authorized) return;
  const fault = String(socket.authorizationError);
  const leaf = socket.getPeerX509Certificate();
  const isPinned = UNVOUCHED.has(fault) && leaf !== undefined && hasThumbprint(leaf, thumbprints);
  if (!isPinned) throw new FetchFailed(`the certificate of ${host} is not accepted: ${fault}`);
  const isNamed = isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host);
  if (isNamed === undefined) throw new FetchFailed(`the certificate of ${host} is for another host`);
}

type Certificate = NonNullable<ReturnType<TLSSocket["getPeerX509Certificate"]>>;

/** Whether a certificate, or one that signed it, has one of the thumbprints. */
function hasThumbprint(leaf: Certificate, thumbprints: readonly string[]): boolean {
  for (let certificate = leaf; ;) {
    if (thumbprints.includes(certificate.fingerprint.replaceAll(":", "").toLowerCase())) return true;
    const issuer = certificate.issuerCertificate;
    // The chain is followed by signatures; the server may send anything along.
    if (!issuer || issuer.fingerprint === certificate.fingerprint || !certificate.verify(issuer.publicKey))
      return false;
    certificate = issuer;
  }
}

/**
 * A look-up that only returns addresses which `whyNot` accepts. Each name is looked up once, so that its address cannot
 * change between check and connection.
 */
function guardedLookup(lookup: typeof systemLookup, whyNot: (address: string) => string | undefined): LookupFunction {
  return (name, options, callback) => {
    lookup(name, { ...options, all: true }, (error, addresses) => {
      if (error) return callback(error, []);
      const refusal = addresses.map(({ address }) => whyNot(address)).find((reason) => reason !== undefined);
      if (refusal !== undefined) return callback(new FetchFailed(refusal), []);
      const [first] = addresses as [LookupAddress, ...LookupAddress[]];
      if (options.all) callback(null, addresses);
      else callback(null, first.address, first.family);
    });
  };
}

const hostName = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();

const isLoopbackHost = (host: string): boolean =>
  host === "localhost" || host.endsWith(".localhost") || isLoopback(host);

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("::1", "ipv6");

// Where clouds keep the credentials of their machines: link-local addresses, and a few others (AWS over IPv6, Alibaba,
// Oracle). Also addresses that mean this host by accident, many hosts, or an IPv4 address in disguise.
const FORBIDDEN = new BlockList();
FORBIDDEN.addSubnet("169.254.0.0", 16);
FORBIDDEN.addSubnet("fe80::", 10, "ipv6");
FORBIDDEN.addSubnet("fd00:ec2::", 32, "ipv6");
FORBIDDEN.addAddress("100.100.100.200");
FORBIDDEN.addAddress("192.0.0.192");
FORBIDDEN.addSubnet("0.0.0.0", 8);
FORBIDDEN.addAddress("::", "ipv6");
FORBIDDEN.addSubnet("224.0.0.0", 3);
FORBIDDEN.addSubnet("ff00::", 8, "ipv6");
FORBIDDEN.addSubnet("64:ff9b::", 96, "ipv6");

const familyOf = (address: string): "ipv4" | "ipv6" => (isIP(address) === 6 ? "ipv6" : "ipv4");
const isLoopback = (address: string): boolean => isIP(address) !== 0 && LOOPBACK.check(address, familyOf(address));
const isForbidden = (address: string): boolean => FORBIDDEN.check(address, familyOf(address));
