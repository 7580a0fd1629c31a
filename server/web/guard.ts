import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { flagOf } from "../option-table.ts";
import type { Options } from "../options.ts";

/** What a request says of where it comes from. No page can forge or leave out what a browser says here. */
export type Provenance = Pick<IncomingHttpHeaders, "host" | "origin" | "sec-fetch-mode" | "sec-fetch-site">;

/** What a site takes from the pages of others. */
export interface Welcome {
  /** Links that are followed to it, where a GET has no effect. */
  readonly links: boolean;
  /** Requests of the pages of `allowedOrigins`. */
  readonly origins: boolean;
}

/** What of an emulation the guard goes by; read at each request, since the public URL is known only once it listens. */
interface Guarded {
  readonly options: Pick<Options, "allowedHosts" | "allowedOrigins" | "publicUrl">;
}

/** Many more than one emulator is called by, unless somebody makes them up. */
const REMEMBERED_HOSTS = 100;

const KEPT_OUT = "is not accepted here, so that no web page can drive the emulator.";

/**
 * Keeps out any web page the developer visits: a foreign page shows by its `Origin` or, where browsers send none, as for
 * links and pictures, by `Sec-Fetch-Site`; one that has pointed its own name at this machine (DNS rebinding), by a `Host`
 * that is a public name. Tools send neither `Origin` nor `Sec-Fetch-Site`.
 */
export class Guard {
  readonly #guarded: Guarded;
  /** Texts of `Host` that were accepted: each request brings one of very few. */
  readonly #accepted = new Set<string>();

  constructor(guarded: Guarded) {
    this.#guarded = guarded;
  }

  /** Why a request must not be answered, or undefined where it may. */
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
 * Whether a name cannot be one that a stranger has pointed here: addresses, what no public name server answers for (names
 * without a dot, and those below `localhost` and `internal`, such as `host.docker.internal`), and what the options name.
 */
const isOurs = (name: string, allowedHosts: readonly string[], publicUrl: string): boolean =>
  !name.includes(".") ||
  isIP(name) !== 0 ||
  /\.(?:localhost|internal)$/.test(name) ||
  allowedHosts.some((allowed) => allowed.toLowerCase() === name) ||
  (publicUrl !== "" && new URL(publicUrl).hostname === name);

/** The name or address in a `Host` header, without its port and, for IPv6, without its brackets. */
const hostName = (host: string): string => {
  const name = host.replace(/:\d*$/, "").toLowerCase();
  return name.startsWith("[") && name.endsWith("]") ? name.slice(1, -1) : name;
};
