import type { TrailEvent } from "./trail-event.ts";
import { HIDDEN } from "./trail.ts";

const SERVICES: Readonly<Record<string, string>> = { "iam.amazonaws.com": "iam", "sts.amazonaws.com": "sts" };

/**
 * The command of the AWS CLI that makes the request of an event again, for a POSIX shell; secrets are variables of the shell to
 * be set. Undefined for what no command does, or whose parameters were left out.
 */
export function cliCommand(
  { eventSource, eventName, requestParameters }: TrailEvent,
  endpoint: string,
): string | undefined {
  const service = SERVICES[eventSource];
  const parameters = (requestParameters ?? {}) as Readonly<Record<string, unknown>>;
  if (service === undefined || !/^[A-Z]\w+$/.test(eventName) || parameters["omitted"] === true) return undefined;
  const options = Object.entries(parameters).map(([name, value]) => option(cliName(capitalized(name)), value));
  return ["aws", service, cliName(eventName), ...options, "--endpoint-url", quoted(endpoint)].join(" ");
}

const capitalized = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** `ListMFADevices` as the CLI writes it: `list-mfa-devices`. Capitals before a plural s are one word. */
export function cliName(name: string): string {
  const plural = /[A-Z]{2,}s$/.exec(name)?.[0] ?? "";
  const start = name.slice(0, name.length - plural.length);
  const words = start.replace(/(.)([A-Z][a-z]+)/g, "$1-$2").replace(/([a-z0-9])([A-Z])/g, "$1-$2");
  return [words, plural]
    .filter((part) => part !== "")
    .join("-")
    .toLowerCase();
}

function option(name: string, value: unknown): string {
  if (typeof value === "boolean") return value ? `--${name}` : `--no-${name}`;
  if (value === HIDDEN) return `--${name} "$${name.replaceAll("-", "_").toUpperCase()}"`;
  const words =
    Array.isArray(value) && value.every(isPlain)
      ? value.map(String)
      : [isPlain(value) ? String(value) : JSON.stringify(value)];
  // What looks like an option must not stand by itself.
  const joint = words.some((word) => word.startsWith("-")) ? "=" : " ";
  return `--${name}${joint}${words.map(quoted).join(" ")}`;
}

const isPlain = (value: unknown): boolean => typeof value === "string" || typeof value === "number";

/** A word of a POSIX shell. */
const quoted = (text: string): string => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
