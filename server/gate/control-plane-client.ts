import { Pool } from "undici";

/** For the longest of decisions, many times over; in milliseconds. */
const PATIENCE = 30_000;

/** The part of an emulator's control plane that is for gates, over connections that are kept alive. */
export class ControlPlane {
  /** Which check was off when the emulator last answered; undefined where all were on. */
  unchecked: string | undefined;
  readonly #iam: string;
  readonly #pool: Pool;
  readonly #base: string;
  #isSilent = false;

  /** `iam` is the emulator as messages call it, `url` the same. */
  constructor(iam: string, { origin, pathname }: URL) {
    this.#iam = iam;
    this.#pool = new Pool(origin, { connections: 64, headersTimeout: PATIENCE, bodyTimeout: PATIENCE });
    this.#base = `${pathname.replace(/\/$/, "")}/_emulator/gate/`;
  }

  /** What the emulator answers; rejects where it does not, or refuses. */
  async ask<T>(path: string, message: object): Promise<T> {
    const headers = { "content-type": "application/json" };
    const request = { path: this.#base + path, method: "POST", headers, body: JSON.stringify(message) } as const;
    const { statusCode, headers: said, body } = await this.#pool.request(request);
    this.unchecked = said["x-iam-local-unchecked"]?.toString();
    const text = await body.text();
    if (statusCode !== 200) throw new Error(`it answered ${statusCode}: ${text.slice(0, 300)}`);
    this.#isSilent = false;
    return JSON.parse(text) as T;
  }

  /** Logs the first of several failures in a row. */
  failed(what: string, cause: unknown): void {
    if (!this.#isSilent) console.error(`iam-local: the emulator at ${this.#iam} ${what}: ${(cause as Error).message}`);
    this.#isSilent = true;
  }

  close(): Promise<void> {
    return this.#pool.destroy();
  }
}
