import { systemRandom, uuid } from "../random.ts";
import { Connection, CHANNEL, type NewClient } from "./connection.ts";
import { GONE_AFTER, type Replica } from "./schema.ts";

/** How long the others have to answer. */
const PATIENCE_MS = 1000;

/** What replicas tell each other by NOTIFY: that there is a question, or that one is answered. */
type Notice =
  | { readonly question: string; readonly asks: string; readonly about: string }
  | { readonly question: string; readonly answers: string };

/** A question that is waiting for its answers. */
interface Waiting {
  readonly missing: Set<string>;
  readonly complete: () => void;
}

/**
 * Questions among replicas, such as for their trails: asked by NOTIFY, and answered in a table, since a notice may have 8000
 * bytes at most.
 */
export class Questions {
  readonly #replica: Replica;
  readonly #connection: Connection;
  readonly #waiting = new Map<string, Waiting>();
  #answer: (about: string) => string = () => "";

  constructor(newClient: NewClient, replica: Replica) {
    this.#replica = replica;
    this.#connection = new Connection(newClient, (payload) => this.#hear(JSON.parse(payload) as Notice));
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
      await this.#notify({ question, asks: this.#replica.id, about });
      await answered;
      const answers = await this.#connection.query({
        text: "DELETE FROM iam_local.answer WHERE question = $1 RETURNING content",
        values: [question],
      });
      return (answers.rows as readonly { content: string }[]).map(({ content }) => content);
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(question);
    }
  }

  async close(): Promise<void> {
    await this.#connection.close();
  }

  #hear(notice: Notice): void {
    if ("asks" in notice) {
      // Who asks does without an answer that cannot be given.
      if (notice.asks !== this.#replica.id) void this.#reply(notice.question, notice.about).catch(() => {});
      return;
    }
    const waiting = this.#waiting.get(notice.question);
    waiting?.missing.delete(notice.answers);
    if (waiting?.missing.size === 0) waiting.complete();
  }

  async #reply(question: string, about: string): Promise<void> {
    await this.#connection.query({
      text: "INSERT INTO iam_local.answer (question, replica, content) VALUES ($1, $2, $3)",
      values: [question, this.#replica.id, this.#answer(about)],
    });
    await this.#notify({ question, answers: this.#replica.id });
  }

  async #notify(notice: Notice): Promise<void> {
    await this.#connection.query({ text: "SELECT pg_notify($1, $2)", values: [CHANNEL, JSON.stringify(notice)] });
  }
}
