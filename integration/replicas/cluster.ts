import { clientsOf, type Emulator } from "../emulator.ts";
import { startBalancer } from "./balancer.ts";
import { PATIENCE, ROOT, startReplica, type Replica } from "./replica.ts";

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

const MOST_ATTEMPTS = 5;

/** Starts a replica for each of these URLs of one database, all at once, each with these flags. */
export async function startCluster(stores: readonly string[], flags: readonly string[] = []): Promise<Cluster> {
  const started = await Promise.allSettled(stores.map((store) => startReplica(["--store", store, ...flags])));
  const replicas = started.flatMap((start) => (start.status === "fulfilled" ? [start.value] : []));
  const endAll = async () => void (await Promise.all(replicas.map((replica) => replica.kill())));
  const failed = started.find((start) => start.status === "rejected");
  if (failed) {
    await endAll();
    throw failed.reason;
  }
  const { endpoint, close } = await startBalancer(replicas.map(({ port }) => port));
  const { iam, sts } = clientsOf(() => ({ endpoint, rootCredentials: ROOT }), {
    maxAttempts: MOST_ATTEMPTS,
    requestHandler: PATIENCE,
  });
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
