import { systemRandom, uuid } from "../random.ts";
import { Connection, CHANNEL, type NewClient } from "./connection.ts";
import { GONE_AFTER, type Replica } from "./schema.ts";

/** How long the others have to answer. */
const PATIENCE_MS = 1000;

/** What replicas tell each other by NOTIFY: that there is a question, or that one is answered. */
type Notice =
  | { readonly question: string; readonly asks: string }
  | { readonly question: string; readonly answers: string };

/** A question that is waiting for its answers. */
interface Waiting {
  readonly missing: Set<string>;
  readonly complete: () => void;
}

/**
 * Questions among replicas, such as for their trails. NOTIFY says that there is one, and that it is answered; both are in a
 * table, since a notice may have 8000 bytes at most, and everybody who uses the database can read it.
 */
export class Questions {
  readonly #replica: Replica;
  readonly #connection: Connection;
  readonly #waiting = new Map<string, Waiting>();
  #answer: (about: string) => string = () => "";

  constructor(newClient: NewClient, replica: Replica) {
    this.#replica = replica;
    this.#connection = new Connection(newClient, (payload) => this.#hear(noticeIn(payload)));
  }

  /** Listens from now on, and again if the connection has broken. */
  async listen(): Promise<void> {
    await this.#connection.query("SELECT 1");
  }

  onQuestion(answer: (about: string) => string): void {
    this.#answer = answer;
  }

  /** The answers of the others that are alive and answer in time. Rejects with StoreUnavailable. */
  async ask(about: string): Promise<readonly string[]> {
    const { rows } = await this.#connection.query({
      text: `SELECT id FROM iam_local.replica WHERE seen > now() - ${GONE_AFTER} AND id <> $1`,
      values: [this.#replica.id],
    });
    const missing = new Set((rows as readonly { id: string }[]).map(({ id }) => id));
    if (missing.size === 0) return [];
    const question = uuid(systemRandom);
    let timer: NodeJS.Timeout | undefined;
    const answered = new Promise<void>((complete) => {
      this.#waiting.set(question, { missing, complete });
      timer = setTimeout(complete, PATIENCE_MS);
    });
    try {
      await this.#write(question, about);
      await this.#notify({ question, asks: this.#replica.id });
      await answered;
      const answers = await this.#connection.query({
        text: "DELETE FROM iam_local.answer WHERE question = $1 RETURNING replica, content",
        values: [question],
      });
      return (answers.rows as readonly { replica: string; content: string }[])
        .filter(({ replica }) => replica !== this.#replica.id)
        .map(({ content }) => content);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(question);
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #hear(notice: Notice | undefined): void {
    if (notice === undefined) return;
    if ("asks" in notice) {
      // Who asks does without an answer that cannot be given.
      if (notice.asks !== this.#replica.id) void this.#reply(notice).catch(() => {});
      return;
    }
    const waiting = this.#waiting.get(notice.question);
    waiting?.missing.delete(notice.answers);
    if (waiting?.missing.size === 0) waiting.complete();
  }

  async #reply({ question, asks }: { readonly question: string; readonly asks: string }): Promise<void> {
    const { rows } = await this.#connection.query({
      text: "SELECT content FROM iam_local.answer WHERE question = $1 AND replica = $2",
      values: [question, asks],
    });
    const [asked] = rows as readonly { content: string }[];
    // Who asks may have lost patience.
    if (asked === undefined) return;
    await this.#write(question, this.#answer(asked.content));
    await this.#notify({ question, answers: this.#replica.id });
  }

  /** The question, if this replica has asked it, or its answer. */
  async #write(question: string, content: string): Promise<void> {
    await this.#connection.query({
      text: "INSERT INTO iam_local.answer (question, replica, content) VALUES ($1, $2, $3)",
      values: [question, this.#replica.id, content],
    });
  }

  async #notify(notice: Notice): Promise<void> {
    await this.#connection.query({ text: "SELECT pg_notify($1, $2)", values: [CHANNEL, JSON.stringify(notice)] });
  }
}

/** Undefined for what no replica has sent: whoever may connect to the database may notify. */
function noticeIn(payload: string): Notice | undefined {
  try {
    const { question, asks, answers } = JSON.parse(payload) as Record<string, unknown>;
    if (typeof question !== "string") return undefined;
    if (typeof asks === "string") return { question, asks };
    return typeof answers === "string" ? { question, answers } : undefined;
  } catch {
    return undefined;
  }
}
