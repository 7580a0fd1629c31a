import type { Pick } from "../durability/simulated-disk.ts";
import type { World } from "./world.ts";

/** One way in which a replica, or the database, fails and comes back. */
export interface Fault {
  readonly name: string;
  /** Resolves once whatever failed is back. */
  readonly strike: (world: World, pick: Pick) => Promise<void>;
}

const during = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

const anyOf = ({ replicas }: World, pick: Pick) => replicas[pick(replicas.length)]!;

/** The most telling ones first. */
export const FAULTS: readonly Fault[] = [
  {
    name: "Connections cut where a commit is answered, ten times",
    strike: ({ wire }) => wire.cutAtCommits(10, "answered"),
  },
  {
    name: "kill -9 of a replica",
    async strike(world, pick) {
      const replica = anyOf(world, pick);
      await replica.kill();
      await replica.restart();
    },
  },
  {
    name: "kill -9 of the database",
    async strike({ database }, pick) {
      await database.kill();
      await during(pick(500));
      await database.restart();
    },
  },
  {
    name: "SIGTERM of a replica",
    async strike(world, pick) {
      const replica = anyOf(world, pick);
      const code = await replica.stop();
      await replica.restart();
      if (code !== 0) throw new Error(`a replica ended with ${code}`);
    },
  },
  {
    name: "SIGSTOP of a replica for 0.2 to 3 s",
    async strike(world, pick) {
      const replica = anyOf(world, pick);
      replica.pause();
      await during(200 + pick(2800));
      replica.resume();
    },
  },
  {
    name: "SIGSTOP of the database for 0.1 to 1.5 s",
    async strike({ database }, pick) {
      await database.pause();
      await during(100 + pick(1400));
      database.resume();
    },
  },
  {
    name: "All connections to the database cut",
    async strike({ database }) {
      await database.query(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE 'test_%' AND pid <> pg_backend_pid()",
      );
    },
  },
  {
    name: "Connections cut where a commit is asked for, ten times",
    strike: ({ wire }) => wire.cutAtCommits(10, "asked"),
  },
  {
    name: "kill -9 of a replica and the database at once",
    async strike(world, pick) {
      const replica = anyOf(world, pick);
      await Promise.all([replica.kill(), world.database.kill()]);
      await world.database.restart();
      await replica.restart();
    },
  },
];
