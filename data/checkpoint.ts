import type { Table } from "./table.ts";

/**
 * An earlier state, kept as its difference from the current one: only what has changed since takes memory, and time to
 * restore.
 */
export class Checkpoint {
  readonly #former = new Map<Table, Map<string, unknown>>();

  /** To be called for each write, before or after it; only the first one of a key counts. */
  note(table: Table, key: string, before: unknown): void {
    let keys = this.#former.get(table);
    if (keys === undefined) this.#former.set(table, (keys = new Map()));
    if (!keys.has(key)) keys.set(key, before);
  }

  /** The former entity of each changed key; undefined if there was none. */
  *former(): Iterable<readonly [table: Table, key: string, entity: unknown]> {
    for (const [table, keys] of this.#former) for (const [key, entity] of keys) yield [table, key, entity];
  }

  /** To be called when the state is back at the checkpoint. */
  reached(): void {
    this.#former.clear();
  }
}
