import { IAMClient, type IAMClientConfig } from "@aws-sdk/client-iam";
import { STSClient } from "@aws-sdk/client-sts";
import { after, before } from "mocha";
import { start, type IamLocal, type StartOptions } from "../server/index.ts";

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/**
 * An emulator for the tests of one `describe`, started before and closed after them, with real SDK clients on its
 * socket.
 */
export interface Emulator {
  readonly server: IamLocal;
  /**
   * A client that signs with these credentials, by default root's. It does not retry, so that a refusal is seen at
   * once.
   */
  readonly iam: (credentials?: Credentials) => IAMClient;
  readonly sts: (credentials?: Credentials) => STSClient;
}

/**
 * Starts an emulator around the tests of the enclosing `describe`. Its clock is frozen at a round moment unless `now`
 * says otherwise. With TEST_REPLICAS=2, any tests are run on so many replicas, as integration/replicas/sign-ins.test.ts is.
 */
export function emulator(options: StartOptions = {}, begin: typeof start = startOneOrMore): Emulator {
  let server: IamLocal | undefined;
  const running = () => server ?? failed("the emulator runs only inside tests and hooks");
  const { iam, sts, destroy } = clientsOf(running);

  before(async () => {
    server = await begin({ port: 0, log: () => {}, ...options });
    if (options.now === undefined) {
      freeze(server);
    }
  });
  after(async () => {
    destroy();
    await server?.close();
  });

  return {
    get server() {
      return running();
    },
    iam,
    sts,
  };
}

async function startOneOrMore(options: StartOptions = {}): Promise<IamLocal> {
  const replicas = process.env["TEST_REPLICAS"];
  if (replicas === undefined) return start(options);
  const { startReplicas } = await import("./replicas/in-one-process.ts");
  return startReplicas(options, Number(replicas));
}

/** Freezes the emulator's clock at the moment that tests are written for. */
export function freeze({ clock }: IamLocal): void {
  clock.freeze();
  clock.set(Date.UTC(2026, 10, 24, 12, 0, 0));
}

/** SDK clients on the socket of an emulator, and a way to destroy all of them. */
export function clientsOf(
  running: () => Pick<IamLocal, "endpoint" | "rootCredentials">,
  more: Pick<IAMClientConfig, "maxAttempts" | "requestHandler"> = {},
): Pick<Emulator, "iam" | "sts"> & { readonly destroy: () => void } {
  const clients: { destroy(): void }[] = [];
  const config = (credentials: Credentials = running().rootCredentials) => ({
    endpoint: running().endpoint,
    region: "us-east-1",
    maxAttempts: 1,
    ...more,
    credentials: {
      accessKeyId: credentials.accessKeyId,
      secretAccessKey: credentials.secretAccessKey,
      ...(credentials.sessionToken !== undefined && { sessionToken: credentials.sessionToken }),
    },
  });
  return {
    iam(credentials) {
      const client = new IAMClient(config(credentials));
      clients.push(client);
      return client;
    },
    sts(credentials) {
      const client = new STSClient(config(credentials));
      clients.push(client);
      return client;
    },
    destroy() {
      for (const client of clients.splice(0)) client.destroy();
    },
  };
}

function failed(reason: string): never {
  throw new Error(reason);
}
