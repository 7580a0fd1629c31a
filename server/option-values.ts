import { isIPv6 } from "node:net";
import { DEFAULT_QUOTAS, type Quotas } from "../handlers/quotas.ts";

// Reads the values of options from text. Each function throws InvalidOption, which names the option.

/** An option has an invalid value; the message names the option and says what it takes. */
export class InvalidOption extends Error {
  override readonly name = "InvalidOption";
}

const listed = (values: readonly string[]) => `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`;
export const oneOf =
  (name: string, ...values: string[]) =>
  (text: string) => {
    if (!values.includes(text)) throw new InvalidOption(`${name} must be ${listed(values)}, not "${text}"`);
    return text;
  };
export const matching = (name: string, pattern: RegExp, what: string) => (text: string) => {
  if (!pattern.test(text)) throw new InvalidOption(`${name} must be ${what}, not "${text}"`);
  return text;
};
export const boolean = (name: string) => (text: string) => {
  if (text === "true" || text === "1") return true;
  if (text === "false" || text === "0") return false;
  throw new InvalidOption(`${name} must be true or false, not "${text}"`);
};
export const integer = (name: string, max: number) => (text: string) => {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > max) {
    throw new InvalidOption(`${name} must be a whole number from 0 to ${max}, not "${text}"`);
  }
  return value;
};

export const notEmpty = (name: string) => matching(name, /./, "at least one character long");

/** Host names only: a URL, or a name with a port, would never match. IPv6 addresses may be written without brackets. */
export const hostNames = (name: string) => (text: string) => {
  const names = text.split(",").filter((host) => host !== "");
  if (names.every((host) => /^[\w.-]+$/.test(host) || isIPv6(host))) return names;
  throw new InvalidOption(`${name} must be host names separated by commas, not "${text}"`);
};

export const webUrl = (name: string) => (text: string) => {
  if (!/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : "")) {
    throw new InvalidOption(`${name} must be an http or https URL, not "${text}"`);
  }
  return text;
};

/** Without the text in the message, since it has a password. */
export const postgresUrl = (name: string) => (text: string) => {
  if (/^postgres(?:ql)?:$/.test(URL.canParse(text) ? new URL(text).protocol : "")) return text;
  throw new InvalidOption(
    `${name} must be the URL of a PostgreSQL database, such as postgres://user:password@host/database`,
  );
};

/** Scheme, host and port, and nothing else. */
export const origin = (name: string) => (text: string) => {
  if (new URL(webUrl(name)(text)).origin === text) return text;
  throw new InvalidOption(`${name} must end with the host or port, as http://localhost:4593 does, not as "${text}"`);
};

export const listOf = (parse: (text: string) => string) => (text: string) =>
  text
    .split(",")
    .filter((part) => part !== "")
    .map(parse);

/** Quotas that differ from AWS's, as `NAME=N,…`. */
export function parseQuotas(text: string): Quotas {
  const quotas: Record<string, number> = { ...DEFAULT_QUOTAS };
  for (const pair of text.split(",")) {
    const [name = "", number = "", ...more] = pair.split("=");
    if (!Object.hasOwn(DEFAULT_QUOTAS, name)) {
      throw new InvalidOption(`quotas: "${name}" is none of ${Object.keys(DEFAULT_QUOTAS).join(", ")}`);
    }
    if (number === "" || more.length > 0) {
      throw new InvalidOption(`quotas must be such as UsersPerAccount=10, not "${pair}"`);
    }
    quotas[name] = integer(`quota ${name}`, 1_000_000_000)(number);
  }
  return quotas as Quotas;
}

/** Where a gate sends requests: origins such as `http://127.0.0.1:8000` by the service's name, and under `*` for all others. */
export type Targets = Readonly<Record<string, string>>;

/** What the emulator answers itself. */
const OWN_SERVICES: ReadonlySet<string> = new Set(["iam", "sts", "signin"]);

/** Targets as `http://127.0.0.1:8000`, as `dynamodb=http://127.0.0.1:8000`, or several of these with commas between them. */
export const targets =
  (name: string) =>
  (text: string): Targets => {
    const found: Record<string, string> = {};
    for (const part of text.split(",")) {
      const [, service = "*", url = ""] = /^(?:([a-z\d-]+|\*)=)?(.*)$/s.exec(part)!;
      if (Object.hasOwn(found, service)) {
        throw new InvalidOption(`${name} has two URLs for ${service === "*" ? "all other services" : service}`);
      }
      if (OWN_SERVICES.has(service)) throw new InvalidOption(`${name}: the emulator itself answers ${service}`);
      found[service] = origin(name)(url);
    }
    return found;
  };

/** Keys as `ID:SECRET`; the message does not show them. */
export const accessKeys = (name: string) => (text: string) => {
  const [, accessKeyId, secretAccessKey] = /^([^:\s/]+):(\S+)$/.exec(text) ?? [];
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    throw new InvalidOption(`${name} must be an access key id and its secret, as ID:SECRET`);
  }
  return { accessKeyId, secretAccessKey };
};

/** Text that can be read so, as it is. */
export const readableAs = (parse: (text: string) => unknown) => (text: string) => {
  parse(text);
  return text;
};
