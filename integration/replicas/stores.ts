import { Client } from "pg";
import { joinedLog, type PostgresLog } from "../../data/postgres/log.ts";
import { systemRandom, uuid } from "../../data/random.ts";
import { openSharedStore, type SharedStore } from "../../data/shared-store.ts";
import type { Collection } from "../../data/store.ts";

/** Is called around each statement of a store; `pid` is that of the session. */
export type Hook = (text: string, run: () => Promise<unknown>, pid: number) => Promise<unknown>;

export interface LogOptions {
  readonly product?: string;
  readonly around?: Hook;
  /** How long an answer may take, in milliseconds, instead of the usual time. */
  readonly patience?: number;
}

/** Opens the log of a database as a replica does, which tests can get in the way of. */
export async function openLog(
  url: string,
  { product = "1", around = async (_text, run) => await run(), patience }: LogOptions = {},
): Promise<PostgresLog> {
  class Hooked extends Client {
    override query(asked: never): never {
      const { text = asked } = asked as { readonly text?: string };
      const run = async () => await (super.query(asked) as unknown as Promise<unknown>);
      const { processID } = this as unknown as { readonly processID: number };
      return around(text, run, processID) as never;
    }
  }
  const id = uuid(systemRandom);
  return await joinedLog(
    (config) => new Hooked({ connectionString: url, ...config, ...(patience && { query_timeout: patience }) }),
    { id, name: `replica ${id}`, product },
  );
}

export interface StoreOptions extends LogOptions {
  readonly collections: readonly Collection<never>[];
  readonly later?: (work: () => void) => void;
}

/** A store on such a log. */
export async function openStoreAt(url: string, { collections, later, ...options }: StoreOptions): Promise<SharedStore> {
  const log = await openLog(url, options);
  return await openSharedStore({ collections, log, random: systemRandom, ...(later && { later }) }).catch(
    async (cause: unknown) => {
      await log.close();
      throw cause;
    },
  );
}
