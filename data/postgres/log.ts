import type { ClientConfig } from "pg";
import { StoreFailed, type Change, type Key } from "../contract.ts";
import { encodeChange, type StoredChange } from "../journal.ts";
import type { LogRow, LogRows, SharedLog } from "../shared-log.ts";
import { Connection, type NewClient, type Session } from "./connection.ts";
import { Questions } from "./questions.ts";
import { storedEntities } from "./entities.ts";
import { beat, checkHead, GONE_AFTER, join, type Replica } from "./schema.ts";

/** How often a replica says that it is alive. */
const BEAT_MS = 2000;

/**
 * Opens the log in a database, whose tables are made if there are none. Rejects with StoreFailed if that cannot be, and
 * with StoreUnavailable if the database cannot be reached.
 */
export async function openPostgresLog(url: string, replica: Replica): Promise<PostgresLog> {
  const log = new PostgresLog(await clients(url), replica);
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
  return (config: ClientConfig) => new pg.Client({ connectionString: url, ...config });
}

interface StoredRow {
  readonly sequence: string;
  readonly batch: string;
  readonly changes: string;
}

/** The log as PostgreSQL keeps it: by a connection for commits, one for reading and one for questions. */
export class PostgresLog implements SharedLog {
  readonly #replica: Replica;
  readonly #newClient: NewClient;
  readonly #writer: Connection;
  readonly #reader: Connection;
  readonly #questions: Questions;
  #beating: NodeJS.Timeout | undefined;
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

  async load(restore: (collection: string, key: Key, entity: unknown) => void): Promise<number> {
    const connection = new Connection(this.#newClient);
    const session = connection.session();
    try {
      // The snapshot is that of the first query.
      const [, head] = await session.queries(
        "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        "SELECT sequence FROM iam_local.head",
      );
      for await (const page of storedEntities(session)) {
        for (const { collection, key, entity } of page) restore(collection, key, entity);
      }
      const { sequence } = head!.rows[0] as { sequence: string };
      return (this.#applied = Number(sequence));
    } finally {
      await connection.close();
    }
  }

  async after(sequence: number): Promise<LogRows> {
    this.#applied = sequence;
    const head = await this.#reader.query({
      name: "head",
      text: "SELECT sequence, schema, product FROM iam_local.head",
    });
    const last = this.#lastIn(head.rows);
    if (last === sequence) return [];
    const { rows } = await this.#reader.query({
      name: "rows",
      text: "SELECT sequence, batch, changes FROM iam_local.log WHERE sequence BETWEEN $1 AND $2 ORDER BY sequence",
      values: [sequence + 1, last],
    });
    return rowsAfter(sequence, last, rows as readonly StoredRow[]);
  }

  async lock(sequence: number): Promise<LogRows> {
    const session = (this.#locked = this.#writer.session());
    try {
      const [, head, log] = await session.queries(
        "BEGIN ISOLATION LEVEL READ COMMITTED",
        "SELECT sequence, schema, product FROM iam_local.head FOR UPDATE",
        `SELECT sequence, batch, changes FROM iam_local.log WHERE sequence > ${sequence} ORDER BY sequence`,
      );
      return rowsAfter(sequence, this.#lastIn(head!.rows), log!.rows as readonly StoredRow[]);
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
    // Who has the lock knows that the transaction of the broken connection has ended, and how.
    await this.lock(sequence);
    try {
      const { rows } = await this.#locked!.query({
        text: "SELECT batch FROM iam_local.log WHERE sequence = $1",
        values: [sequence],
      });
      return (rows[0] as StoredRow | undefined)?.batch === batch;
    } finally {
      await this.unlock();
    }
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
    await this.#reader
      .query({ text: "DELETE FROM iam_local.replica WHERE id = $1", values: [this.#replica.id] })
      .catch(() => {});
    await Promise.all([this.#writer.close(), this.#reader.close(), this.#questions.close()]);
  }

  #lastIn([head]: readonly unknown[]): number {
    const { sequence, ...versions } = head as { sequence: string; schema: number; product: string };
    checkHead(versions, this.#replica);
    return Number(sequence);
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

/** The row and the entities that it leaves, in one statement. */
const APPEND = `
  WITH row AS (INSERT INTO iam_local.log (sequence, batch, replica, changes) VALUES ($1, $2, $3, $4)),
    moved AS (UPDATE iam_local.head SET sequence = $1),
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

/** Undefined if some of the rows up to `last` are no longer there. */
function rowsAfter(sequence: number, last: number, rows: readonly StoredRow[]): LogRows {
  if (rows.length < last - sequence || (rows.length === 0 && last < sequence)) return undefined;
  return rows.map((row) => ({
    sequence: Number(row.sequence),
    batch: row.batch,
    changes: (JSON.parse(row.changes) as readonly StoredChange[]).map(changeOf),
  }));
}

const changeOf = (stored: StoredChange): Change =>
  stored[0] === "reset" ? "reset" : { collection: stored[1], key: stored[2], entity: stored[3] };
