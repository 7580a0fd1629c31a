import { DEFAULT_QUOTAS, type Quotas } from "../handlers/quotas.ts";

/** The one place that says where the emulator listens by default. */
export const DEFAULT_PORT = 4593;

/** Likewise of its gate. */
export const DEFAULT_GATE_PORT = 4594;

/** What can be chosen at start; each is a library option, a flag and an environment variable of one name. */
export interface Options {
  /** 0 picks a free port. */
  readonly port: number;
  readonly host: string;
  /** The account of the root keys, 12 digits. */
  readonly account: string;
  /** Whether HTTPS is answered on the same port, with a certificate made for it; or the certificate to do it with. */
  readonly tls: boolean | TlsCertificates;
  /** Files of a certificate of one's own and its key. */
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  /** File that gets the authority of the certificate that is made. */
  readonly tlsCa: string | undefined;
  /** Whether X-Forwarded-Proto and X-Forwarded-For are believed. */
  readonly trustProxy: boolean;
  /** Folder of the state; undefined keeps it in memory. */
  readonly data: string | undefined;
  /** Database of the state, which many processes may share; undefined keeps it in `data` or in memory. */
  readonly store: string | undefined;
  /** Seals the key of sessions in that database. */
  readonly storeKey: string | undefined;
  /** What an empty state grows from: a file, or the object that would be in it. */
  readonly seed: string | object | undefined;
  /** Name of a snapshot that is taken of the state as it is at start. */
  readonly snapshot: string | undefined;
  readonly mfaRules: "guide" | "current";
  readonly enforcement: "on" | "soft" | "off";
  /** The region that the emulator says it is in. */
  readonly region: string;
  readonly rootAccessKeyId: string;
  readonly rootSecretAccessKey: string;
  /** What root signs in to the console with; of another account it has the account's number in it (`root+ID@…`). */
  readonly rootEmail: string;
  /** undefined has one made at start. */
  readonly rootPassword: string | undefined;
  /** Whether a 12-digit access key id is the root key of that account, which is made on first use. */
  readonly autoAccounts: boolean;
  /** Whether the control plane under /_emulator answers (health always does). */
  readonly control: boolean;
  /** Where each SMS message is posted to as well; on this machine, or a host in `allowedHosts`. */
  readonly smsWebhook: string | undefined;
  /** Host names, besides those that cannot be public and that of `publicUrl`, by which the emulator may be called. */
  readonly allowedHosts: readonly string[];
  /** Origins whose pages may use the Query endpoint, such as `http://localhost:3000`. */
  readonly allowedOrigins: readonly string[];
  /** Where clients find the emulator, for the issuer of its tokens; where it listens if that is not said. */
  readonly publicUrl: string;
  /** Host names, besides this machine, that the emulator may ask for the keys of an OpenID Connect issuer. */
  readonly federationHosts: readonly string[];
  /** Whether the built-in identity provider under /_idp answers, which vouches for anybody. */
  readonly idp: boolean;
  /** Name of the instance profile that the metadata endpoint under /latest speaks for. */
  readonly instanceProfile: string | undefined;
  readonly quotas: Quotas;
  /** Where the gate sends what it lets pass, by service (docs/gate.md); undefined is without a gate. */
  readonly gateTo: string | undefined;
  /** 0 picks a free port. */
  readonly gatePort: number;
  /** What becomes of calls whose permissions the gate does not know. */
  readonly gateUnmapped: "refuse" | "pass";
  /** `ID:SECRET` that the gate signs with for its upstreams; undefined signs with nothing that could be verified. */
  readonly gateUpstreamKeys: string | undefined;
}

/** What a TLS server shows and has, as PEM. */
export interface TlsCertificates {
  /** The server's certificate, with those between it and its authority after it. */
  readonly cert: string;
  readonly key: string;
  /** The certificate of the authority, by which clients trust it. */
  readonly ca?: string | undefined;
}

export const DEFAULTS: Options = {
  port: DEFAULT_PORT,
  host: "127.0.0.1",
  account: "000000000000",
  tls: false,
  tlsCert: undefined,
  tlsKey: undefined,
  tlsCa: undefined,
  trustProxy: false,
  data: undefined,
  store: undefined,
  storeKey: undefined,
  seed: undefined,
  snapshot: undefined,
  mfaRules: "guide",
  enforcement: "on",
  region: "us-east-1",
  rootAccessKeyId: "test",
  rootSecretAccessKey: "test",
  rootEmail: "root@example.com",
  rootPassword: undefined,
  autoAccounts: true,
  control: true,
  smsWebhook: undefined,
  allowedHosts: [],
  allowedOrigins: [],
  publicUrl: "",
  federationHosts: [],
  idp: false,
  instanceProfile: undefined,
  quotas: DEFAULT_QUOTAS,
  gateTo: undefined,
  gatePort: DEFAULT_GATE_PORT,
  gateUnmapped: "refuse",
  gateUpstreamKeys: undefined,
};

/** Whether HTTPS is answered: any of its options asks for it. */
export const isTls = ({ tls, tlsCert, tlsKey, tlsCa }: Options): boolean =>
  tls !== false || tlsCert !== undefined || tlsKey !== undefined || tlsCa !== undefined;
