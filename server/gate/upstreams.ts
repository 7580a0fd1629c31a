import { connect } from "node:net";
import { Pool } from "undici";
import type { Targets } from "../option-values.ts";

/** As long as a function of Lambda may run, and a little more; in milliseconds. */
const LONGEST_ANSWER = 16 * 60_000;
/** How long an upstream may be silent in the middle of an answer. */
const LONGEST_SILENCE = 5 * 60_000;
const CONNECT_TIMEOUT = 5_000;
/** Less than any server closes idle connections after, so that no request meets a connection that is just being closed. */
const IDLE_TIME = 3_000;

/** How long, in milliseconds, an upstream may take; tests shorten it. */
export interface Patience {
  readonly answer: number;
  readonly silence: number;
}

export interface Upstream {
  readonly origin: string;
  /** Of the origin: its name and port. */
  readonly host: string;
  readonly pool: Pool;
}

/** The upstreams of a gate, each with connections that are kept alive. */
export class Upstreams {
  readonly #targets: Targets;
  readonly #pools = new Map<string, Upstream>();
  readonly #patience: Patience;

  constructor(targets: Targets, patience: Patience = { answer: LONGEST_ANSWER, silence: LONGEST_SILENCE }) {
    this.#targets = targets;
    this.#patience = patience;
  }

  /** Where the requests to a service go, if there is such a place. */
  of(service: string): Upstream | undefined {
    const url = Object.hasOwn(this.#targets, service) ? this.#targets[service] : this.#targets["*"];
    if (url === undefined) return undefined;
    let upstream = this.#pools.get(url);
    if (upstream === undefined) {
      upstream = { origin: url, host: new URL(url).host, pool: poolOf(url, this.#patience) };
      this.#pools.set(url, upstream);
    }
    return upstream;
  }

  /** Each service's origin, and whether something accepts connections there. */
  async state(): Promise<Readonly<Record<string, { readonly url: string; readonly reachable: boolean }>>> {
    const entries = Object.entries(this.#targets);
    const states = entries.map(
      async ([service, url]) => [service, { url, reachable: await isReachable(url) }] as const,
    );
    return Object.fromEntries(await Promise.all(states));
  }

  /** Ends all connections, whatever goes on there. */
  async destroy(): Promise<void> {
    await Promise.all(Array.from(this.#pools.values(), ({ pool }) => pool.destroy()));
  }
}

const poolOf = (url: string, { answer, silence }: Patience): Pool =>
  new Pool(url, {
    headersTimeout: answer,
    bodyTimeout: silence,
    connectTimeout: CONNECT_TIMEOUT,
    keepAliveTimeout: IDLE_TIME,
    keepAliveMaxTimeout: 10 * IDLE_TIME,
  });

/** Whether a connection can be made; not a byte is sent on it. */
function isReachable(url: string): Promise<boolean> {
  const { hostname, port, protocol } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({
      host: hostname.replace(/^\[(.*)\]$/, "$1"),
      port: Number(port || (protocol === "https:" ? 443 : 80)),
      timeout: 1_000,
    });
    const tell = (reachable: boolean) => {
      socket.destroy();
      resolve(reachable);
    };
    socket
      .on("connect", () => tell(true))
      .on("timeout", () => tell(false))
      .on("error", () => tell(false));
  });
}
