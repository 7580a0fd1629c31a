import {
  accessKeys,
  boolean,
  hostNames,
  integer,
  listOf,
  matching,
  notEmpty,
  oneOf,
  origin,
  parseQuotas,
  postgresUrl,
  readableAs,
  targets,
  webUrl,
} from "./option-values.ts";
import { DEFAULTS, type Options } from "./options.ts";

interface OptionRow {
  readonly name: keyof Options;
  /** What stands behind the flag in help and README; absent for switches. */
  readonly value?: string;
  readonly help: string;
  readonly parse: (text: string) => unknown;
  /** Whether the value is shown nowhere. */
  readonly secret?: true;
}

/** The table behind the command line, the environment and the README. */
export const OPTIONS: readonly OptionRow[] = [
  { name: "port", value: "PORT", help: "port to listen on; 0 picks a free one", parse: integer("port", 65535) },
  { name: "host", value: "ADDRESS", help: "address to bind to", parse: notEmpty("host") },
  {
    name: "account",
    value: "ID",
    help: "account of the root keys, 12 digits",
    parse: matching("account", /^\d{12}$/, "12 digits"),
  },
  { name: "tls", help: "answer HTTPS on the same port too, with a certificate made at start", parse: boolean("tls") },
  {
    name: "tlsCert",
    value: "FILE",
    help: "PEM file of the certificate to answer HTTPS with, those that lead to its authority after it",
    parse: notEmpty("tlsCert"),
  },
  { name: "tlsKey", value: "FILE", help: "PEM file of the key of that certificate", parse: notEmpty("tlsKey") },
  {
    name: "tlsCa",
    value: "FILE",
    help: "file to write the authority of the certificate to that is made at start, for clients to trust",
    parse: notEmpty("tlsCa"),
  },
  {
    name: "trustProxy",
    help: "believe a proxy: X-Forwarded-Proto and X-Forwarded-For say how and from where requests came",
    parse: boolean("trustProxy"),
  },
  {
    name: "data",
    value: "DIR",
    help: "folder that keeps the state; without it the state is in memory",
    parse: notEmpty("data"),
  },
  {
    name: "store",
    value: "URL",
    help: "PostgreSQL database that keeps the state, such as `postgres://user:password@host/database`; any number of processes may share it",
    parse: postgresUrl("store"),
    secret: true,
  },
  {
    name: "storeKey",
    value: "TEXT",
    help: "seals the key of sessions in that database; the same for all processes, and as hard to guess as a key",
    parse: notEmpty("storeKey"),
    secret: true,
  },
  {
    name: "seed",
    value: "FILE",
    help: "accounts, users, roles and all else, in YAML or JSON, that an empty state is filled with",
    parse: notEmpty("seed"),
  },
  {
    name: "snapshot",
    value: "NAME",
    help: "take a snapshot of that name at start, for tests to go back to",
    parse: matching("snapshot", /^[\w.-]{1,128}$/, "1 to 128 letters, digits, hyphens, underscores and full stops"),
  },
  {
    name: "mfaRules",
    value: "RULES",
    help: "guide: one MFA device per user or root, and SMS; current: eight devices, no new SMS device",
    parse: oneOf("mfaRules", "guide", "current"),
  },
  {
    name: "enforcement",
    value: "MODE",
    help: "on: permissions are checked; soft: the trail notes what would be refused, and it passes; off: not checked",
    parse: oneOf("enforcement", "on", "soft", "off"),
  },
  {
    name: "region",
    value: "REGION",
    help: "region the emulator says it is in",
    parse: matching("region", /^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as us-east-1"),
  },
  {
    name: "rootAccessKeyId",
    value: "ID",
    help: "access key id of the account's root",
    parse: matching("rootAccessKeyId", /^\w{1,128}$/, "1 to 128 letters, digits or underscores"),
  },
  {
    name: "rootSecretAccessKey",
    value: "SECRET",
    help: "secret of the root keys",
    parse: notEmpty("rootSecretAccessKey"),
    secret: true,
  },
  {
    name: "rootEmail",
    value: "EMAIL",
    help: "email address that root signs in to the console with",
    parse: matching("rootEmail", /^[^@\s]+@[^@\s]+$/, "an email address"),
  },
  {
    name: "rootPassword",
    value: "PASSWORD",
    help: "password that root signs in with until it sets another; without it one is made at start",
    parse: notEmpty("rootPassword"),
    secret: true,
  },
  {
    name: "autoAccounts",
    help: "make an account when a 12-digit access key id is first used as its root key",
    parse: boolean("autoAccounts"),
  },
  { name: "control", help: "answer the control plane under /_emulator", parse: boolean("control") },
  {
    name: "smsWebhook",
    value: "URL",
    help: "post each SMS message there as JSON too; on this machine, or a host of allowedHosts",
    parse: webUrl("smsWebhook"),
    // Such addresses often have a key in them.
    secret: true,
  },
  {
    name: "allowedHosts",
    value: "NAMES",
    help: "further host names, separated by commas, by which the emulator may be called",
    parse: hostNames("allowedHosts"),
  },
  {
    name: "allowedOrigins",
    value: "ORIGINS",
    help: "origins, separated by commas, whose web pages may use the Query endpoint, such as `http://localhost:3000`",
    parse: listOf(origin("allowedOrigins")),
  },
  {
    name: "publicUrl",
    value: "URL",
    help: "where clients find the emulator, such as `http://localhost:4593`; its tokens name it as their issuer",
    parse: origin("publicUrl"),
  },
  {
    name: "federationHosts",
    value: "NAMES",
    help: "host names, separated by commas, that may be asked for the keys of OpenID Connect issuers, besides this machine",
    parse: hostNames("federationHosts"),
  },
  {
    name: "idp",
    help: "answer as an identity provider under /_idp, which issues any tokens and SAML responses for tests",
    parse: boolean("idp"),
  },
  {
    name: "instanceProfile",
    value: "NAME",
    help: "instance profile that the EC2 metadata endpoint speaks for; without it there is none",
    parse: matching("instanceProfile", /^[\w+=,.@-]{1,128}$/, "the name of an instance profile"),
  },
  {
    name: "quotas",
    value: "NAME=N,…",
    help: "quotas that differ from AWS's defaults, such as UsersPerAccount=10",
    parse: parseQuotas,
  },
  {
    name: "gateTo",
    value: "[SERVICE=]URL,…",
    help: "put a gate before other services: where what it lets pass goes, such as `http://127.0.0.1:8000` or `s3=…,dynamodb=…`",
    parse: readableAs(targets("gateTo")),
  },
  {
    name: "gatePort",
    value: "PORT",
    help: "port of the gate; 0 picks a free one",
    parse: integer("gatePort", 65535),
  },
  {
    name: "gateUnmapped",
    value: "MODE",
    help: "calls whose permissions the gate does not know: refuse, or pass",
    parse: oneOf("gateUnmapped", "refuse", "pass"),
  },
  {
    name: "gateUpstreamKeys",
    value: "ID:SECRET",
    help: "keys that the gate signs with for services behind it that verify signatures",
    parse: readableAs(accessKeys("gateUpstreamKeys")),
    secret: true,
  },
];

/** The table as the README prints it. */
export function optionsAsMarkdown(): string {
  const rows = OPTIONS.map(({ name, value, help }) => {
    const initial = DEFAULTS[name];
    const shown =
      initial === undefined || initial === "" || typeof initial === "object" ? "" : `\`${String(initial)}\``;
    return `| \`${flagOf(name)}${value ? ` ${value}` : ""}\` | \`${variableOf(name)}\` | \`${libraryName(name)}\` | ${help} | ${shown} |`;
  });
  return ["| Flag | Variable | Library | | Default |", "| --- | --- | --- | --- | --- |", ...rows].join("\n");
}

/** `gateTo` is `to` of the member `gate` in the library. */
const libraryName = (name: string): string =>
  name.replace(/^gate([A-Z])/, (_, letter: string) => `gate.${letter.toLowerCase()}`);

/** `mfaRules` as a flag: `--mfa-rules`. */
export const flagOf = (name: string): string => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** `mfaRules` as a variable: `IAM_LOCAL_MFA_RULES`. */
export const variableOf = (name: string): string =>
  `IAM_LOCAL_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`;

/**
 * The options that the environment sets. Unknown IAM_LOCAL_* variables are told to `warn` and passed over, since
 * Kubernetes injects some for a service of that name. Throws InvalidOption for a value that cannot be.
 */
export function optionsFromEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): Partial<Options> {
  const rows = new Map(OPTIONS.map((row) => [variableOf(row.name), row]));
  const options: Record<string, unknown> = {};
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith("IAM_LOCAL_") || text === undefined) continue;
    const row = rows.get(variable);
    // Kubernetes sets this one, too: for a service of that name it holds an address.
    const injected = row?.name === "port" && text.startsWith("tcp://");
    if (row && !injected) options[row.name] = row.parse(text);
    else warn(`${injected ? "" : "unknown "}variable ${variable} is passed over`);
  }
  return options;
}
