import type { Client, ClientConfig, QueryConfig, QueryResult } from "pg";
import { StoreConflict, StoreFailed, StoreUnavailable } from "../contract.ts";

/** How long a session of the database may stand still in a transaction: then others go on without it. */
const IDLE_MS = 1000;
/** How long it may wait for the lock, which a process that stands still holds for IDLE_MS at most. */
const LOCK_MS = 5000;
/** How long a connection may take, and an answer: a database that does not answer counts as gone. */
const CONNECT_MS = 2000;
const ANSWER_MS = 10_000;
/** How long it may take to say goodbye. */
const GOODBYE_MS = 1000;

/** Makes a connection to the database; `pg` was loaded when the first was needed. */
export type NewClient = (config: ClientConfig) => Client;

/** Runs statements. Rejects with StoreUnavailable, StoreConflict or DatabaseRefused. */
export interface Session {
  query(asked: string | QueryConfig): Promise<QueryResult>;
  /** Several statements without parameters, in one message; resolves to a result for each. */
  queries(...statements: string[]): Promise<readonly QueryResult[]>;
}

/** A connection to PostgreSQL that is made when it is needed, and made anew after it has broken. */
export class Connection implements Session {
  readonly #newClient: NewClient;
  readonly #onNotice: ((payload: string) => void) | undefined;
  #client: Promise<Client> | undefined;
  /** Settles when the last query has ended. */
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  /** `onNotice` is called with the notices of the channel, if it is given. */
  constructor(newClient: NewClient, onNotice?: (payload: string) => void) {
    this.#newClient = newClient;
    this.#onNotice = onNotice;
  }

  async query(asked: string | QueryConfig): Promise<QueryResult> {
    return await this.session().query(asked);
  }

  async queries(...statements: string[]): Promise<readonly QueryResult[]> {
    return await this.session().queries(...statements);
  }

  /** The connection as it is now, for a transaction: once it has broken, everything is refused. */
  session(): Session {
    const opening = (this.#client ??= this.#openAnew());
    return {
      query: async (asked) => (await this.#inTurn(asked, opening)) as QueryResult,
      queries: async (...statements) => (await this.#inTurn(statements.join(";"), opening)) as readonly QueryResult[],
    };
  }

  /** Ends the connection, whatever is under way; the next query makes a new one. */
  drop(): void {
    const client = this.#client;
    this.#client = undefined;
    client?.then(destroy, () => {});
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const client = await this.#client?.catch(() => undefined);
    this.#client = undefined;
    if (!client) return;
    const patience = setTimeout(() => destroy(client), GOODBYE_MS);
    await client.end().catch(() => {});
    clearTimeout(patience);
  }

  /** A client has one query at a time. */
  #inTurn(asked: string | QueryConfig, opening: Promise<Client>): Promise<unknown> {
    const answer = this.#last.then(() => this.#ask(asked, opening));
    this.#last = answer.catch(() => {});
    return answer;
  }

  async #ask(asked: string | QueryConfig, opening: Promise<Client>): Promise<unknown> {
    try {
      return await (await opening).query(asked);
    } catch (cause) {
      const told = errorOf(cause);
      if (told instanceof StoreUnavailable && this.#client === opening) this.drop();
      throw told;
    }
  }

  /** One that could not be made is forgotten, so that the next query tries again. */
  #openAnew(): Promise<Client> {
    const opening = this.#open();
    opening.catch(() => {
      if (this.#client === opening) this.#client = undefined;
    });
    return opening;
  }

  async #open(): Promise<Client> {
    if (this.#isClosed) throw new StoreUnavailable("the connection to the database is closed");
    const client = this.#newClient({ connectionTimeoutMillis: CONNECT_MS, query_timeout: ANSWER_MS, keepAlive: true });
    // It tells of a broken connection by an event, too; the next query finds out.
    client.on("error", () => {});
    client.on("end", () => {
      void this.#client?.then((current) => current === client && (this.#client = undefined)).catch(() => {});
    });
    try {
      await client.connect();
      await prepare(client);
      if (this.#onNotice) {
        const onNotice = this.#onNotice;
        client.on("notification", ({ payload = "" }) => onNotice(payload));
        await client.query(`LISTEN ${CHANNEL}`);
      }
      return client;
    } catch (cause) {
      destroy(client);
      throw cause;
    }
  }
}

/** Throws StoreUnavailable for a server that only reads: what it shows may be old. */
async function prepare(client: Client): Promise<void> {
  const answers: unknown = await client.query(
    `SET idle_in_transaction_session_timeout = ${IDLE_MS}; SET lock_timeout = ${LOCK_MS}; SET statement_timeout = ${ANSWER_MS}; SHOW transaction_read_only`,
  );
  const [setting] = (answers as readonly QueryResult<Record<string, string>>[]).at(-1)!.rows;
  if (setting?.["transaction_read_only"] === "on") {
    throw new StoreUnavailable("PostgreSQL: the server only reads, so that it is no primary");
  }
}

/** Ends a connection at once: `end` would wait for a database that does not answer. */
const destroy = (client: Client): void =>
  (client as unknown as { readonly connection: { readonly stream: { destroy(): void } } }).connection.stream.destroy();

/** Where processes ask each other for their trails. */
export const CHANNEL = "iam_local";

/** Serialization failures, deadlocks and other ends of a transaction: the database asks to run it again. */
const CONFLICTS = /^40(?!003)/;
/**
 * What passes: an outcome that the server does not know (40003); the classes of connections, resources, interventions, of the
 * server's machine and its internal errors; locks; a session that stood still in a transaction; and a server that only
 * reads, since another is the primary now (PostgreSQL, "Error Codes").
 */
const PASSING = /^(?:08|53|57|58|XX|40003|55P03|25P03|25P04|25006)/;

/** What an error of `pg` means to the store. */
function errorOf(cause: unknown): Error {
  if (cause instanceof StoreFailed) return cause;
  const { code, message } = cause as { readonly code?: string; readonly message: string };
  const said = `PostgreSQL: ${message || String(code)}`;
  // Only answers of the server have such a code; all else is the connection's.
  const isAnswer = code !== undefined && /^[0-9A-Z]{5}$/.test(code) && "severity" in (cause as object);
  if (!isAnswer) return new StoreUnavailable(said, { cause });
  if (CONFLICTS.test(code)) return new StoreConflict(said, { cause });
  return PASSING.test(code) ? new StoreUnavailable(said, { cause }) : new DatabaseRefused(said, code, cause);
}

/** The database answers, and refuses for good: for want of a right, for instance. */
export class DatabaseRefused extends StoreFailed {
  /** SQLSTATE. */
  readonly code: string;

  constructor(message: string, code: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
  }
}
