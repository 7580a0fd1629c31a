import { isIP } from "node:net";

/**
 * Why a request must not drive the emulator, or undefined where it may.
 *
 * What is kept out is any web page the developer visits: a foreign page shows by its `Origin`, and one that has pointed
 * its own name at this machine (DNS rebinding) by a `Host` that is a public name. IP literals, names without a dot such
 * as `localhost` or a container's, and `allowedHosts` cannot be such names. Tools send no `Origin`. Health stands outside
 * of this: probes call by whatever name they know, and it neither changes nor gives away anything.
 */
export function whyForeign(
  host: string | undefined,
  origin: string | undefined,
  allowedHosts: readonly string[],
): string | undefined {
  if (host !== undefined && !isLocal(hostName(host), allowedHosts)) {
    return (
      `The host name ${JSON.stringify(hostName(host))} is not accepted here, so that no web page can drive the emulator. ` +
      "Use localhost, an IP address or a name without a dot, or start the emulator with --allowed-hosts."
    );
  }
  if (origin !== undefined && origin.toLowerCase().replace(/^https?:\/\//, "") !== host?.toLowerCase()) {
    return `The origin ${JSON.stringify(origin)} is not accepted here, so that no web page can drive the emulator.`;
  }
  return undefined;
}

const isLocal = (name: string, allowedHosts: readonly string[]): boolean =>
  !name.includes(".") || isIP(name) !== 0 || allowedHosts.some((allowed) => allowed.toLowerCase() === name);

/** The name or address in a `Host` header, without its port and, for IPv6, without its brackets. */
const hostName = (host: string): string => {
  const name = host.replace(/:\d*$/, "").toLowerCase();
  return name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
};
