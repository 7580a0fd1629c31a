import type { ClientConfig } from "pg";
import { StoreFailed, type Change, type Key } from "../contract.ts";
import { encodeChange, type StoredChange } from "../journal.ts";
import type { LogRow, LogRows, Position, SharedLog } from "../shared-log.ts";
import { Connection, type NewClient, type Session } from "./connection.ts";
import { Questions } from "./questions.ts";
import { storedEntities } from "./entities.ts";
import { beat, checkHead, GONE_AFTER, join, type Head, type Replica } from "./schema.ts";

/** How often a replica says that it is alive. */
const BEAT_MS = 2000;

/**
 * Opens the log in a database, whose tables are made if there are none. Rejects with StoreFailed if that cannot be, and
 * with StoreUnavailable if the database cannot be reached.
 */
export const openPostgresLog = async (url: string, replica: Replica): Promise<PostgresLog> =>
  joinedLog(await clients(url), replica);

/** The same by connections of the caller's. */
export async function joinedLog(newClient: NewClient, replica: Replica): Promise<PostgresLog> {
  const log = new PostgresLog(newClient, replica);
  try {
    await log.join();
  } catch (cause) {
    await log.close();
    throw cause;
  }
  return log;
}

/** `pg` is loaded for those who use it, and they install it. */
export async function clients(url: string): Promise<NewClient> {
  const { default: pg } = await import("pg").catch((cause: unknown) => {
    throw new StoreFailed("a state in PostgreSQL needs the package pg: npm install pg", { cause });
  });
  const newClient = (config: ClientConfig) => new pg.Client({ connectionString: url, ...config });
  try {
    newClient({});
  } catch (cause) {
    // Without the cause, which may quote the URL with its password.
    throw new StoreFailed(`the URL of the database cannot be used: ${(cause as Error).message}`);
  }
  return newClient;
}

interface StoredRow {
  readonly sequence: string;
  readonly batch: string;
  /** Null in the row that is there to be recognized. */
  readonly changes: string | null;
}

/** The log as PostgreSQL keeps it: by a connection for commits, one for reading and one for questions. */
export class PostgresLog implements SharedLog {
  readonly #replica: Replica;
  readonly #newClient: NewClient;
  readonly #writer: Connection;
  readonly #reader: Connection;
  readonly #questions: Questions;
  #beating: NodeJS.Timeout | undefined;
  #following: NodeJS.Timeout | undefined;
  /** In which `lock` has begun a transaction. */
  #locked: Session | undefined;
  /** The last row that is known to be applied here. */
  #applied = 0;

  constructor(newClient: NewClient, replica: Replica) {
    this.#replica = replica;
    this.#newClient = newClient;
    this.#writer = new Connection(newClient);
    this.#reader = new Connection(newClient);
    this.#questions = new Questions(newClient, replica);
  }

  /** To be called once and first. */
  async join(): Promise<void> {
    await join(this.#writer, this.#replica);
    await this.#questions.listen();
    this.#beating = setInterval(() => void this.#beat(), BEAT_MS).unref();
  }

  async load(restore: (collection: string, key: Key, entity: unknown) => void): Promise<Position> {
    const connection = new Connection(this.#newClient);
    const session = connection.session();
    try {
      // The snapshot is that of the first query.
      const [, head] = await session.queries("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", HEAD);
      const position = this.#positionIn(head!.rows);
      for await (const page of storedEntities(session)) {
        for (const { collection, key, entity } of page) restore(collection, key, entity);
      }
      this.#applied = position.sequence;
      return position;
    } finally {
      await connection.close();
    }
  }

  async after(position: Position): Promise<LogRows> {
    this.#applied = position.sequence;
    const head = await this.#reader.query({ name: "head", text: HEAD });
    const end = this.#positionIn(head.rows);
    if (isSame(end, position)) return [];
    const { rows } = await this.#reader.query({
      name: "rows",
      text: `${rowsFrom("$1")} AND sequence <= $2 ORDER BY sequence`,
      values: [position.sequence, end.sequence],
    });
    return rowsAfter(position, end, rows as readonly StoredRow[]);
  }

  async lock(position: Position): Promise<LogRows> {
    const session = (this.#locked = this.#writer.session());
    try {
      const [, head, log] = await session.queries(
        "BEGIN ISOLATION LEVEL READ COMMITTED",
        `${HEAD} FOR UPDATE`,
        `${rowsFrom(String(position.sequence))} ORDER BY sequence`,
      );
      return rowsAfter(position, this.#positionIn(head!.rows), log!.rows as readonly StoredRow[]);
    } catch (cause) {
      await this.unlock();
      throw cause;
    }
  }

  async append({ sequence, batch, changes }: LogRow): Promise<void> {
    const session = this.#locked!;
    try {
      if (changes[0] === "reset") await session.query("DELETE FROM iam_local.entity");
      await session.query({
        name: "append",
        text: APPEND,
        values: [
          sequence,
          batch,
          this.#replica.id,
          `[${changes.map(encodeChange).join(",")}]`,
          ...entityLists(changes),
        ],
      });
      await session.query("COMMIT");
    } catch (cause) {
      await this.unlock();
      throw cause;
    }
  }

  async unlock(): Promise<void> {
    await this.#locked!.query("ROLLBACK").catch(() => this.#writer.drop());
  }

  async has({ sequence, batch }: LogRow): Promise<boolean> {
    const session = (this.#locked = this.#writer.session());
    try {
      // Who has the lock knows that the transaction of the broken connection has ended, and how.
      const [, head, log] = await session.queries(
        "BEGIN ISOLATION LEVEL READ COMMITTED",
        `${HEAD} FOR UPDATE`,
        `SELECT batch FROM iam_local.log WHERE sequence = ${sequence}`,
      );
      const [row] = log!.rows as readonly Pick<StoredRow, "batch">[];
      if (row) return row.batch === batch;
      if (this.#positionIn(head!.rows).sequence < sequence) return false;
      throw new StoreFailed(`the log of the database no longer has row ${sequence}`);
    } finally {
      await this.unlock();
    }
  }

  follow(look: () => Promise<void>): void {
    this.#following = setInterval(() => void look().catch(() => {}), BEAT_MS).unref();
  }

  /** See Questions. */
  ask(about: string): Promise<readonly string[]> {
    return this.#questions.ask(about);
  }

  onQuestion(answer: (about: string) => string): void {
    this.#questions.onQuestion(answer);
  }

  async close(): Promise<void> {
    clearInterval(this.#beating);
    clearInterval(this.#following);
    await this.#reader
      .query({ text: "DELETE FROM iam_local.replica WHERE id = $1", values: [this.#replica.id] })
      .catch(() => {});
    await Promise.all([this.#writer.close(), this.#reader.close(), this.#questions.close()]);
  }

  #positionIn([row]: readonly unknown[]): Position {
    if (row === undefined) throw new StoreFailed("the table head of the database is empty: its state is lost");
    const { sequence, batch, ...versions } = row as Omit<StoredRow, "changes"> & Head;
    checkHead(versions, this.#replica);
    return { sequence: Number(sequence), batch };
  }

  /** Says that this replica is alive, and removes what no living one needs. */
  async #beat(): Promise<void> {
    try {
      await beat(this.#reader, this.#replica, this.#applied);
      await this.#questions.listen();
      await this.#reader.queries(
        `DELETE FROM iam_local.replica WHERE seen < now() - interval '1 minute'`,
        `DELETE FROM iam_local.answer WHERE at < now() - interval '1 minute'`,
        `DELETE FROM iam_local.log WHERE at < now() - interval '1 minute' AND sequence < (SELECT min(applied) FROM iam_local.replica WHERE seen > now() - ${GONE_AFTER})`,
      );
    } catch {
      // The next request finds out what is wrong, and says it.
    }
  }
}

const HEAD = "SELECT sequence, batch, schema, product FROM iam_local.head";

const rowsFrom = (sequence: string): string =>
  `SELECT sequence, batch, CASE WHEN sequence > ${sequence} THEN changes END AS changes FROM iam_local.log WHERE sequence >= ${sequence}`;

/** The row and the entities that it leaves, in one statement. */
const APPEND = `
  WITH row AS (INSERT INTO iam_local.log (sequence, batch, replica, changes) VALUES ($1, $2, $3, $4)),
    moved AS (UPDATE iam_local.head SET sequence = $1, batch = $2),
    removed AS (
      DELETE FROM iam_local.entity e USING unnest($5::text[], $6::text[]) AS gone (collection, key)
      WHERE e.collection = gone.collection AND e.key = gone.key)
  INSERT INTO iam_local.entity (collection, key, value)
    SELECT * FROM unnest($7::text[], $8::text[], $9::text[])
    ON CONFLICT (collection, key) DO UPDATE SET value = excluded.value`;

/** Names and keys of what was removed; names, keys and values of what was put. */
function entityLists(changes: readonly Change[]): readonly (readonly string[])[] {
  // Of several changes of one key, as of a note and a write, the last one counts.
  const last = new Map<string, Exclude<Change, "reset">>();
  for (const change of changes) {
    if (change !== "reset") last.set(JSON.stringify([change.collection, ...change.key]), change);
  }
  const removed: [string[], string[]] = [[], []];
  const put: [string[], string[], string[]] = [[], [], []];
  for (const { collection, key, entity } of last.values()) {
    const lists = entity === undefined ? removed : put;
    lists[0].push(collection);
    lists[1].push(JSON.stringify(key));
    if (entity !== undefined) put[2].push(JSON.stringify(entity));
  }
  return [...removed, ...put];
}

/**
 * Those after `position` of all rows from there to the `end`. Undefined if some of them, or that of the position, are not
 * there: then what memory has is not what they continue.
 */
function rowsAfter(position: Position, end: Position, stored: readonly StoredRow[]): LogRows {
  const later = stored.filter(({ changes }) => changes !== null);
  if (later.length !== end.sequence - position.sequence) return undefined;
  const isContinued = position.sequence === 0 || (stored[0]?.changes === null && stored[0].batch === position.batch);
  return isContinued ? later.map(rowOf) : undefined;
}

const isSame = (one: Position, other: Position): boolean =>
  one.sequence === other.sequence && one.batch === other.batch;

const rowOf = ({ sequence, batch, changes }: StoredRow): LogRow => ({
  sequence: Number(sequence),
  batch,
  changes: (JSON.parse(changes!) as readonly StoredChange[]).map(changeOf),
});

const changeOf = (stored: StoredChange): Change =>
  stored[0] === "reset" ? "reset" : { collection: stored[1], key: stored[2], entity: stored[3] };
