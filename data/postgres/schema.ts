import { StoreFailed } from "../contract.ts";
import { DatabaseRefused, type Connection, type Session } from "./connection.ts";

/** The version of these tables. */
const SCHEMA = 1;

/**
 * `head` is one row, whose lock orders all commits and which names the last row of the log. `log` has the last rows, `entity`
 * the state after all of them, and `replica` who is alive. Keys and values are JSON as text: `jsonb` would refuse the escape
 * of NUL, which a name may have.
 */
const CREATE = [
  "CREATE TABLE iam_local.head (one boolean PRIMARY KEY DEFAULT true CHECK (one), sequence bigint NOT NULL, batch text NOT NULL, schema integer NOT NULL, product text NOT NULL)",
  "CREATE TABLE iam_local.log (sequence bigint PRIMARY KEY, batch text NOT NULL, replica text NOT NULL, at timestamptz NOT NULL DEFAULT now(), changes text NOT NULL)",
  'CREATE TABLE iam_local.entity (collection text COLLATE "C", key text COLLATE "C", value text NOT NULL, PRIMARY KEY (collection, key))',
  "CREATE TABLE iam_local.replica (id text PRIMARY KEY, name text NOT NULL, product text NOT NULL, applied bigint NOT NULL, seen timestamptz NOT NULL)",
  "CREATE TABLE iam_local.answer (question text, replica text, content text NOT NULL, at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (question, replica))",
  `INSERT INTO iam_local.head (sequence, batch, schema, product) VALUES (0, '', ${SCHEMA}, '')`,
];

/** Whose lock only one process at a time has that makes the tables or joins the others. */
const JOINING = 4593;

/** A replica that has not been seen for so long is gone. */
export const GONE_AFTER = "interval '10 seconds'";

/** A process that uses the database. */
export interface Replica {
  readonly id: string;
  /** For people, such as the name of its machine. */
  readonly name: string;
  /** The version of iam-local. */
  readonly product: string;
}

/**
 * Makes the tables if there are none, and joins the others. Rejects with StoreFailed if the tables, or the replicas that
 * are alive, are of another version.
 */
export async function join(connection: Connection, replica: Replica): Promise<void> {
  if (!(await hasTables(connection))) await create(connection);
  const session = connection.session();
  try {
    await session.queries("BEGIN", "SELECT 1 FROM iam_local.head FOR UPDATE");
    const [head] = (await session.query("SELECT schema, product FROM iam_local.head")).rows as readonly Head[];
    if (head!.schema !== SCHEMA) throw otherSchema(head!.schema);
    const { rows } = await session.query({
      text: `SELECT name, product FROM iam_local.replica WHERE seen > now() - ${GONE_AFTER} AND product <> $1 AND id <> $2 LIMIT 1`,
      values: [replica.product, replica.id],
    });
    const [other] = rows as readonly Pick<Replica, "name" | "product">[];
    if (other) {
      throw new StoreFailed(
        `the database is in use by iam-local ${other.product} (${other.name}), and this is ${replica.product}: all replicas must be of one version. Stop the others first.`,
      );
    }
    await session.query({ text: "UPDATE iam_local.head SET product = $1", values: [replica.product] });
    await beat(session, replica, 0);
    await session.query("COMMIT");
  } catch (cause) {
    await session.query("ROLLBACK").catch(() => {});
    throw cause;
  }
}

/** Who has made the tables, and who has used them last. */
export interface Head {
  readonly schema: number;
  readonly product: string;
}

/** Throws StoreFailed if another version of iam-local has taken the database over. */
export function checkHead({ schema, product }: Head, replica: Replica): void {
  if (schema !== SCHEMA) throw otherSchema(schema);
  if (product !== replica.product) {
    throw new StoreFailed(
      `the database has been taken over by iam-local ${product}, and this is ${replica.product}: all replicas must be of one version.`,
    );
  }
}

/** Says that a replica is alive, and how far it is. */
export async function beat(session: Session, { id, name, product }: Replica, applied: number): Promise<void> {
  await session.query({
    name: "beat",
    text: `INSERT INTO iam_local.replica (id, name, product, applied, seen) VALUES ($1, $2, $3, $4, now())
      ON CONFLICT (id) DO UPDATE SET applied = excluded.applied, seen = excluded.seen`,
    values: [id, name, product, applied],
  });
}

/** Outside of a transaction, which it could end. */
export async function hasTables(connection: Session): Promise<boolean> {
  try {
    await connection.query("SELECT 1 FROM iam_local.head");
    return true;
  } catch (cause) {
    // No such schema, or no such table.
    if (cause instanceof DatabaseRefused && (cause.code === "3F000" || cause.code === "42P01")) return false;
    throw cause;
  }
}

async function create(connection: Connection): Promise<void> {
  const session = connection.session();
  try {
    await session.query("BEGIN");
    await makeTables(session);
    await session.query("COMMIT");
  } catch (cause) {
    await session.query("ROLLBACK").catch(() => {});
    throw cause;
  }
}

/**
 * Makes the tables in the transaction that is under way, unless there are any. Rejects with StoreFailed if the role must not,
 * or the database cannot hold all texts.
 */
export async function makeTables(session: Session): Promise<void> {
  await session.query(`SELECT pg_advisory_xact_lock(${JOINING})`);
  const { rows } = await session.query(
    "SELECT to_regclass('iam_local.head') AS head, to_regnamespace('iam_local') AS schema, current_setting('server_encoding') AS encoding",
  );
  const [found] = rows as readonly Record<"head" | "schema" | "encoding", string | null>[];
  if (found!.head !== null) return;
  if (found!.encoding !== "UTF8") {
    throw new StoreFailed(`the encoding of the database is ${found!.encoding}, and the state needs UTF8`);
  }
  try {
    if (found!.schema === null) await session.query("CREATE SCHEMA iam_local");
    for (const statement of CREATE) await session.query(statement);
  } catch (cause) {
    if (!(cause instanceof DatabaseRefused && cause.code === "42501")) throw cause;
    throw new StoreFailed(
      `the database has no tables of iam-local yet, and this role may not make them (${cause.message}). Start iam-local once with a role that may: it needs CREATE on the database, or on a schema iam_local.`,
      { cause },
    );
  }
}

/**
 * Locks the end of the log in the transaction that is under way, which keeps replicas from joining and from committing.
 * Rejects with StoreFailed if some are alive, or the tables are of another version.
 */
export async function lockUnused(session: Session, place: string): Promise<void> {
  const { rows: heads } = await session.query("SELECT schema, product FROM iam_local.head FOR UPDATE");
  const [head] = heads as readonly Head[];
  if (head!.schema !== SCHEMA) throw otherSchema(head!.schema);
  const { rows } = await session.query(`SELECT name FROM iam_local.replica WHERE seen > now() - ${GONE_AFTER}`);
  if (rows.length === 0) return;
  const names = (rows as readonly Pick<Replica, "name">[]).map(({ name }) => name);
  throw new StoreFailed(
    `${place} is in use by ${names.join(", ")} (host/process). Stop all replicas first; one that was killed counts for ten seconds.`,
  );
}

const otherSchema = (schema: number): StoreFailed =>
  new StoreFailed(
    `the tables of the database are of version ${schema}, and this iam-local knows version ${SCHEMA} only. Use the iam-local that made them, or another database.`,
  );
