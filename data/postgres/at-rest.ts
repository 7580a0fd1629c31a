import { StoreFailed, StoreUnavailable } from "../contract.ts";
import { systemRandom, uuid } from "../random.ts";
import type { Pages } from "../stored-entity.ts";
import { Connection, type Session } from "./connection.ts";
import { insertEntities, storedEntities } from "./entities.ts";
import { clients } from "./log.ts";
import { hasTables, lockUnused, makeTables } from "./schema.ts";

/** A database that no replica uses, nor can use until it is closed. `place` is its name in messages. */
export interface DatabaseAtRest {
  /** What is stored under this key; undefined if nothing is. */
  find(collection: string, key: string): Promise<unknown>;
  /** Can be read once. */
  pages(): Pages;
  close(): Promise<void>;
}

/** Rejects with StoreFailed if replicas use the database, or if it has no state; it is not changed. */
export async function openDatabaseAtRest(url: string, place: string): Promise<DatabaseAtRest> {
  const connection = new Connection(await clients(url));
  const close = async (session?: Session) => {
    await session?.query("ROLLBACK").catch(() => {});
    await connection.close();
  };
  try {
    if (!(await hasTables(connection))) throw new StoreFailed(`${place} holds no state.`);
    const session = connection.session();
    await begin(session, "REPEATABLE READ");
    await lockUnused(session, place);
    return {
      async find(collection, key) {
        const { rows } = await session.query({
          text: "SELECT value FROM iam_local.entity WHERE collection = $1 AND key = $2",
          values: [collection, JSON.stringify([key])],
        });
        const [row] = rows as readonly { readonly value: string }[];
        return row && JSON.parse(row.value);
      },
      pages: () => storedEntities(session),
      close: () => close(session),
    };
  } catch (cause) {
    await close();
    throw cause;
  }
}

/**
 * Fills a database in one transaction, which also makes the tables if there are none. What it holds of `replaceable`
 * collections gives way. Rejects with StoreFailed if it holds anything else or replicas use it; and with whatever `pages`
 * throws. Then it is as it was.
 */
export async function fillDatabase(
  url: string,
  place: string,
  replaceable: readonly string[],
  pages: Pages,
): Promise<void> {
  const connection = new Connection(await clients(url));
  const session = connection.session();
  try {
    await begin(session, "READ COMMITTED");
    await makeTables(session);
    await lockUnused(session, place);
    await makeRoom(session, place, replaceable);
    for await (const page of pages) await insertEntities(session, page);
    // A replica that stood still until now finds out that it has missed something.
    const moved = "UPDATE iam_local.head SET sequence = sequence + 1, batch = $1";
    await session.query({ text: moved, values: [uuid(systemRandom)] });
    await commit(session, place);
  } catch (cause) {
    await session.query("ROLLBACK").catch(() => {});
    throw cause;
  } finally {
    await connection.close();
  }
}

/** The other side of a copy may take long between two portions: a large folder is read and written whole. */
const begin = (session: Session, isolation: string) =>
  session.queries(`BEGIN ISOLATION LEVEL ${isolation}`, "SET LOCAL idle_in_transaction_session_timeout = '10min'");

async function makeRoom(session: Session, place: string, replaceable: readonly string[]): Promise<void> {
  const { rows } = await session.query({
    text: "SELECT collection FROM iam_local.entity WHERE collection <> ALL ($1::text[]) LIMIT 1",
    values: [replaceable],
  });
  const [found] = rows as readonly { readonly collection: string }[];
  if (found) throw new StoreFailed(`${place} is not empty: it holds ${found.collection}. Nothing was changed.`);
  await session.query("DELETE FROM iam_local.entity");
}

async function commit(session: Session, place: string): Promise<void> {
  try {
    await session.query("COMMIT");
  } catch (cause) {
    if (!(cause instanceof StoreUnavailable)) throw cause;
    throw new StoreUnavailable(
      `the connection broke when the copy was being committed: ${place} has all of it, or is as it was (${cause.message})`,
      { cause },
    );
  }
}
