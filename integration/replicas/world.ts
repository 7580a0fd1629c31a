import type { Attack, Result, Scale } from "../attack/attack-kind.ts";
import { startCluster, type Cluster } from "./cluster.ts";
import { startPostgres, type Postgres } from "./postgres.ts";
import { findPostgres } from "./postgres-binaries.ts";
import { startWire, type Wire } from "./wire.ts";

/** What an attack on replicas happens to. */
export interface World extends Cluster {
  readonly database: Postgres;
  /** The way by which all replicas but the first reach it. */
  readonly wire: Wire;
}

/** An attack on three replicas on one PostgreSQL, with these flags. */
export const replicaAttack = (
  name: string,
  flags: readonly string[],
  work: (world: World, scale: Scale) => Promise<Result>,
): Attack => ({
  name,
  lacks: async () => ((await findPostgres()) ? undefined : "a PostgreSQL"),
  async run(scale) {
    const database = (await startPostgres())!;
    const wire = await startWire(database.port);
    try {
      const url = await database.newDatabase();
      const cluster = await startCluster([url, wire.through(url), wire.through(url)], flags);
      try {
        return await work({ ...cluster, database, wire }, scale);
      } finally {
        await cluster.close();
      }
    } finally {
      wire.close();
      await database.stop();
    }
  },
});
