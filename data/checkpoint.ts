import type { Table } from "./table.ts";

/**
 * What the state was at some time, kept as the difference from what it is now: it takes memory, and time to go back, only for what has
 * changed since.
 */
export class Checkpoint {
  readonly #former = new Map<Table, Map<string, unknown>>();

  /** Must be told of each write before or after it is made; the first of a key counts. */
  note(table: Table, key: string, before: unknown): void {
    let keys = this.#former.get(table);
    if (keys === undefined) this.#former.set(table, (keys = new Map()));
    if (!keys.has(key)) keys.set(key, before);
  }

  /** What each changed key held; undefined where there was nothing. */
  *former(): Iterable<readonly [table: Table, key: string, entity: unknown]> {
    for (const [table, keys] of this.#former) for (const [key, entity] of keys) yield [table, key, entity];
  }

  /** The state is again what it was. */
  reached(): void {
    this.#former.clear();
  }
}
