import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { flagOf } from "../option-table.ts";
import type { Options } from "../options.ts";

/** The headers that say where a request comes from. No page can forge or leave out what a browser sends here. */
export type Provenance = Pick<IncomingHttpHeaders, "host" | "origin" | "sec-fetch-mode" | "sec-fetch-site">;

/** What a site accepts from other sites' pages. */
export interface Welcome {
  /** Links to it, where GET has no effect. */
  readonly links: boolean;
  /** Requests by pages of `allowedOrigins`. */
  readonly origins: boolean;
}

/**
 * The part of an emulation that the guard needs. It is read for each request, since the public URL is known only once
 * the emulator listens.
 */
interface Guarded {
  readonly options: Pick<Options, "allowedHosts" | "allowedOrigins" | "publicUrl">;
}

/** Many more names than one emulator is called by, unless somebody invents them. */
const REMEMBERED_HOSTS = 100;

const KEPT_OUT = "is not accepted here, so that no web page can drive the emulator.";

/**
 * Keeps out web pages that the developer visits. A foreign page is recognised by its `Origin` or, where browsers send
 * none, as for links and pictures, by `Sec-Fetch-Site`. A page that has pointed its own name at this machine (DNS
 * rebinding) is recognised by a public name in `Host`. Tools send neither `Origin` nor `Sec-Fetch-Site`.
 */
export class Guard {
  readonly #guarded: Guarded;
  /** Values of `Host` that were accepted; there are very few different ones. */
  readonly #accepted = new Set<string>();

  constructor(guarded: Guarded) {
    this.#guarded = guarded;
  }

  /** Why a request must not be answered; undefined if it may be. */
  whyForeign(headers: Provenance, welcome: Welcome): string | undefined {
    const { host, origin } = headers;
    if (host !== undefined && !this.#accepted.has(host) && !this.#accept(host)) {
      return (
        `The host name ${JSON.stringify(hostName(host))} ${KEPT_OUT} ` +
        `Use localhost, an IP address or a name without a dot, or start the emulator with ${flagOf("allowedHosts")}.`
      );
    }
    if (origin !== undefined) return this.#whyForeignOrigin(origin, host, welcome);
    const site = headers["sec-fetch-site"];
    if (site !== "cross-site" && site !== "same-site") return undefined;
    if (welcome.links && headers["sec-fetch-mode"] === "navigate") return undefined;
    return `A request of another site's page (Sec-Fetch-Site: ${site}) ${KEPT_OUT}`;
  }

  #whyForeignOrigin(origin: string, host: string | undefined, { origins }: Welcome): string | undefined {
    if (origin.toLowerCase().replace(/^https?:\/\//, "") === host?.toLowerCase()) return undefined;
    if (origins && this.#guarded.options.allowedOrigins.includes(origin)) return undefined;
    const remedy = ` Start the emulator with ${flagOf("allowedOrigins")} to let pages of that origin in.`;
    return `The origin ${JSON.stringify(origin)} ${KEPT_OUT}${origins ? remedy : ""}`;
  }

  #accept(host: string): boolean {
    const { allowedHosts, publicUrl } = this.#guarded.options;
    if (!isOurs(hostName(host), allowedHosts, publicUrl)) return false;
    if (this.#accepted.size >= REMEMBERED_HOSTS) this.#accepted.clear();
    this.#accepted.add(host);
    return true;
  }
}

/**
 * Whether no stranger can have pointed this name here: addresses, names that no public name server answers for (without
 * a dot, or below `localhost` and `internal`, such as `host.docker.internal`), and names from the options.
 */
const isOurs = (name: string, allowedHosts: readonly string[], publicUrl: string): boolean =>
  !name.includes(".") ||
  isIP(name) !== 0 ||
  /\.(?:localhost|internal)$/.test(name) ||
  allowedHosts.some((allowed) => allowed.toLowerCase() === name) ||
  (publicUrl !== "" && new URL(publicUrl).hostname === name);

/** The name or address in a `Host` header, without the port and, for IPv6, without brackets. */
const hostName = (host: string): string => {
  const name = host.replace(/:\d*$/, "").toLowerCase();
  return name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
};
