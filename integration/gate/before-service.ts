import { after, before } from "mocha";
import type { GateOptions } from "../../server/index.ts";
import { emulator, type Credentials, type Emulator } from "../emulator.ts";
import type { Service } from "./services.ts";

/** An emulator whose gate is before a service of others, for the tests of one `describe`. */
export interface BeforeService extends Emulator {
  readonly endpoint: string;
  /** What a client of the service is made with; root's credentials by default. It does not retry. */
  readonly config: (credentials?: Credentials) => {
    readonly endpoint: string;
    readonly region: string;
    readonly maxAttempts: number;
    readonly credentials: Credentials;
  };
}

/** Starts both, the service first. By this machine's time, by which the service goes. */
export function beforeService(
  start: () => Promise<Service>,
  more: Omit<GateOptions, "to" | "port"> = {},
): BeforeService {
  let service: Service | undefined;
  before(async function () {
    this.timeout(60_000);
    service = await start();
  });
  const emu = emulator({
    now: Date.now(),
    // Where the service is, is known when it has been started.
    get gate() {
      return { to: service!.origin, port: 0, ...more };
    },
  });
  after(() => service?.close());
  return {
    iam: emu.iam,
    sts: emu.sts,
    get server() {
      return emu.server;
    },
    get endpoint() {
      return emu.server.gate!.endpoint;
    },
    config: (credentials = emu.server.rootCredentials) => ({
      endpoint: emu.server.gate!.endpoint,
      region: "us-east-1",
      maxAttempts: 1,
      credentials,
    }),
  };
}
