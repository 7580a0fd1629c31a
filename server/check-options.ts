import { InvalidOption } from "./option-values.ts";
import { flagOf, OPTIONS } from "./option-table.ts";
import { DEFAULTS, type Options } from "./options.ts";

/**
 * Checks options that come from a program as those that come as text are, and what they can only be together: a certificate
 * comes with its key; what concerns a gate needs one; a database excludes a folder; codes are secrets, so the SMS webhook is on this machine unless its host was named. Throws InvalidOption.
 */
export function checkOptions(options: Options): void {
  for (const [name, value] of Object.entries(options)) {
    const row = OPTIONS.find((one) => one.name === name);
    if (!row) throw new InvalidOption(`there is no option ${JSON.stringify(name)}`);
    const isItself = (name === "seed" || name === "tls") && typeof value === "object";
    if (value !== DEFAULTS[row.name] && !isItself) row.parse(asText(value));
  }
  checkTls(options);
  checkGate(options);
  checkStore(options);
  const { smsWebhook, allowedHosts } = options;
  if (smsWebhook === undefined) return;
  const { hostname } = new URL(smsWebhook);
  if (/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname) || allowedHosts.includes(hostname)) return;
  throw new InvalidOption(
    `smsWebhook: ${hostname} is not this machine; name it in ${flagOf("allowedHosts")} to send codes there`,
  );
}

function checkTls({ tls, tlsCert, tlsKey, tlsCa }: Options): void {
  if ((tlsCert === undefined) !== (tlsKey === undefined)) throw new InvalidOption("tlsCert and tlsKey go together");
  const isOwn = typeof tls === "object" || tlsCert !== undefined;
  if (isOwn && tlsCa !== undefined) {
    throw new InvalidOption("tlsCa: the authority of your own certificate is not made here, and so not written");
  }
}

function checkGate(options: Options): void {
  const { gateTo, gatePort, port } = options;
  if (gateTo === undefined) {
    const useless = (["gateUnmapped", "gateUpstreamKeys"] as const).find((name) => options[name] !== DEFAULTS[name]);
    if (useless !== undefined) throw new InvalidOption(`${useless}: there is no gate without ${flagOf("gateTo")}`);
  } else if (gatePort !== 0 && gatePort === port) {
    throw new InvalidOption(`gatePort: the emulator itself listens at ${port}`);
  }
}

function checkStore({ store, storeKey, data, snapshot }: Options): void {
  if (store === undefined && storeKey !== undefined)
    throw new InvalidOption(`storeKey: there is no ${flagOf("store")}`);
  if (store === undefined) return;
  if (data !== undefined) throw new InvalidOption("store and data: the state is in a database or in a folder");
  if (snapshot !== undefined) {
    throw new InvalidOption("snapshot: snapshots are in the memory of one process; a state in a database has none");
  }
}

/** An option as a flag would give it. */
function asText(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const parts = Array.isArray(value) ? value : Object.entries(value).map(([name, number]) => `${name}=${number}`);
  return parts.join(",");
}
