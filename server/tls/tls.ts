import { createPrivateKey, X509Certificate } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { createSecureContext, type SecureContext } from "node:tls";
import { fileFailure } from "../file-failure.ts";
import { flagOf } from "../option-table.ts";
import type { Options, TlsCertificates } from "../options.ts";
import { InvalidOption } from "../option-values.ts";

/** What an emulator needs to speak TLS. */
export interface Tls {
  readonly secureContext: SecureContext;
  /** The server's own certificate. */
  readonly certificate: X509Certificate;
  /** The certificate of the authority, as PEM; undefined if certificates were given without one. */
  readonly ca: string | undefined;
  /** The file that contains it. */
  readonly caFile: string | undefined;
}

/** A stored certificate is replaced when it is valid for less than this. */
const RENEWAL_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * The certificates that the options ask for: given ones, those in the state's folder, or new ones. `now` is the
 * machine's time. Rejects with InvalidOption if files cannot be read or written or are not valid.
 */
export async function openTls(options: Options, now: number, log: (line: string) => void): Promise<Tls> {
  const { data, tlsCa } = options;
  const own = await ownCertificates(options);
  const kept = data === undefined ? undefined : join(data, "tls");
  const certificates = own ?? (await keptCertificates(kept, options, now, log));
  const tls = contextOf(certificates);
  if (tlsCa !== undefined) await writing("tlsCa", () => writeFile(tlsCa, certificates.ca!));
  const caFile = own ? undefined : (tlsCa ?? (kept && join(kept, "ca.pem")));
  return { ...tls, ca: certificates.ca, caFile };
}

async function ownCertificates({ tls, tlsCert, tlsKey }: Options): Promise<TlsCertificates | undefined> {
  if (typeof tls === "object") return tls;
  if (tlsCert === undefined || tlsKey === undefined) return undefined;
  return { cert: await readOption("tlsCert", tlsCert), key: await readOption("tlsKey", tlsKey) };
}

function contextOf({ cert, key }: TlsCertificates): Pick<Tls, "secureContext" | "certificate"> {
  try {
    const certificate = new X509Certificate(cert);
    if (!certificate.checkPrivateKey(createPrivateKey(key))) throw new Error("the key is that of another certificate");
    return { secureContext: createSecureContext({ cert, key, minVersion: "TLSv1.2" }), certificate };
  } catch (cause) {
    throw new InvalidOption(`tls: certificate and key are not accepted: ${(cause as Error).message}`);
  }
}

/** The certificates in the folder, if they are still valid for all hosts; else new ones, which are stored there. */
async function keptCertificates(
  folder: string | undefined,
  options: Options,
  now: number,
  log: (line: string) => void,
): Promise<TlsCertificates> {
  const hosts = hostsOf(options);
  // Loaded for the first certificate that is made: its imports take longer than the emulator's start.
  const make = async () => await (await import("./certificates.ts")).makeCertificates(hosts, now);
  if (folder === undefined) return await make();
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem"), ca: join(folder, "ca.pem") };
  const [cert, key, ca] = await Promise.all(
    [files.cert, files.key, files.ca].map((file) => readFile(file, "utf8").catch(() => undefined)),
  );
  if (cert !== undefined && key !== undefined && ca !== undefined) {
    const why = whyUnusable({ cert, key, ca }, hosts, now);
    if (why === undefined) return { cert, key, ca };
    log(`iam-local: ${why}, so there is a new certificate, of a new authority, in ${folder}`);
  }
  const made = await make();
  await writing("data", async () => {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await writeFile(files.key, made.key, { mode: 0o600 });
    await writeFile(files.cert, made.cert);
    await writeFile(files.ca, made.ca!);
  });
  return made;
}

function whyUnusable(
  { cert, key, ca }: Required<TlsCertificates>,
  hosts: readonly string[],
  now: number,
): string | undefined {
  try {
    const leaf = new X509Certificate(cert);
    const isWhole = leaf.verify(new X509Certificate(ca).publicKey) && leaf.checkPrivateKey(createPrivateKey(key));
    if (!isWhole) return "certificate, key and authority do not belong together";
    if (Date.parse(leaf.validTo) - now < RENEWAL_MS) return `the certificate ends at ${leaf.validTo}`;
    const missing = hosts.find((host) => (isIP(host) === 0 ? leaf.checkHost(host) : leaf.checkIP(host)) === undefined);
    return missing === undefined ? undefined : `the certificate is not for ${missing}`;
  } catch {
    return "certificate, key and authority cannot be read";
  }
}

/** The names by which clients may call the emulator, as far as they are known. */
function hostsOf({ host, allowedHosts, publicUrl }: Options): readonly string[] {
  const named = publicUrl === "" ? [] : [new URL(publicUrl).hostname.replace(/^\[(.*)\]$/, "$1")];
  const bound = host === "0.0.0.0" || host === "::" ? [] : [host];
  return [...new Set(["localhost", "127.0.0.1", "::1", ...bound, ...named, ...allowedHosts])];
}

async function readOption(name: keyof Options, file: string): Promise<string> {
  return await readFile(file, "utf8").catch((cause: unknown) => {
    throw new InvalidOption(`${flagOf(name)} ${file} cannot be read: ${fileFailure(cause)}`);
  });
}

async function writing(name: keyof Options, write: () => Promise<void>): Promise<void> {
  await write().catch((cause: unknown) => {
    throw new InvalidOption(`${flagOf(name)}: the certificate cannot be written: ${fileFailure(cause)}`);
  });
}
