import type { Key } from "./contract.ts";

/** An entity with its key, as a folder or a database has it. */
export interface StoredEntity {
  readonly collection: string;
  readonly key: Key;
  readonly entity: unknown;
}

/** Entities in portions, so that they need not all be in memory at once. */
export type Pages = AsyncIterable<readonly StoredEntity[]>;
