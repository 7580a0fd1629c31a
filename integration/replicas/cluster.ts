import { clientsOf, type Emulator } from "../emulator.ts";
import { startBalancer } from "./balancer.ts";
import { ROOT, startReplica, type Replica } from "./replica.ts";

/** Several replicas on one state, and clients that reach them by one address. */
export interface Cluster {
  readonly replicas: readonly Replica[];
  /** The address of a balancer before them. */
  readonly endpoint: string;
  /** Clients of the balancer, which try again as the SDK does by default, but more often. */
  readonly patient: Pick<Emulator, "iam" | "sts">;
  /** Ends all of them, whatever state they are in. */
  readonly close: () => Promise<void>;
}

const MOST_ATTEMPTS = 10;

/** Starts as many replicas on the database of this URL, each with these flags. */
export async function startCluster(count: number, store: string, flags: readonly string[] = []): Promise<Cluster> {
  const replicas: Replica[] = [];
  const endAll = async () => void (await Promise.all(replicas.map((replica) => replica.kill())));
  try {
    // The first one makes the tables.
    for (let i = 0; i < count; i++) replicas.push(await startReplica(["--store", store, ...flags]));
  } catch (cause) {
    await endAll();
    throw cause;
  }
  const { endpoint, close } = await startBalancer(replicas.map(({ port }) => port));
  const { iam, sts } = clientsOf(() => ({ endpoint, rootCredentials: ROOT }), MOST_ATTEMPTS);
  return {
    replicas,
    endpoint,
    patient: { iam, sts },
    async close() {
      close();
      await endAll();
    },
  };
}
