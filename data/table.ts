import { SortedMap } from "./sorted-map.ts";
import type { Collection, Key } from "./contract.ts";

/**
 * A key as one string, with NUL after each part. Since no part of a stored key contains NUL, comparing these strings by
 * code units compares the keys part by part, and a key begins with another one exactly if its string does.
 */
export function joinKey(parts: Key): string {
  let joined = "";
  for (const part of parts) joined += `${part}\0`;
  return joined;
}

/** The parts that `joinKey` joined. */
export const splitKey = (joined: string): Key => joined.slice(0, -1).split("\0");

/** Holds one entity. Every index of the table refers to the slot, so that replacing an entity moves nothing. */
export interface Slot {
  readonly key: string;
  readonly entity: unknown;
}

/** The entities of one collection: found by key, and sorted by key and by each index. */
export class Table {
  readonly name: string;
  readonly ephemeral: boolean;
  readonly #key: KeyRule;
  readonly #slots = new Map<string, Slot>();
  readonly #order = new SortedMap<Slot>();
  readonly #indexes: ReadonlyMap<string, Index>;
  /** How many keys begin with each proper prefix, so that counting need not list them. */
  readonly #counts = new Map<string, number>();

  constructor({ name, key, indexes, ephemeral = false }: Collection<never>) {
    this.name = name;
    this.ephemeral = ephemeral;
    this.#key = new KeyRule(`the key of ${name}`, key);
    this.#indexes = new Map(
      Object.entries(indexes).map(([index, keyOf]) => [index, new Index(`the index ${index} of ${name}`, keyOf)]),
    );
  }

  /** The joined key of an entity. Throws if the collection's function makes one that cannot be stored. */
  keyOf(entity: unknown): string {
    return this.#key.of(entity) ?? unkeyed(this.name);
  }

  /** The entity with this joined key. */
  at(key: string): unknown {
    return this.#slots.get(key)?.entity;
  }

  slot(key: Key): Slot | undefined {
    return storable(key) ? this.#slots.get(joinKey(key)) : undefined;
  }

  /**
   * Stores the entity under `key`, which must be its joined key; removes the one that is there if `entity` is
   * undefined.
   */
  set(key: string, entity: unknown): void {
    const slot: { key: string; entity: unknown } = this.#slots.get(key) ?? { key, entity: undefined };
    const before = slot.entity;
    if (before === entity) return;
    this.#reindex(slot, entity);
    slot.entity = entity;
    if (before === undefined) {
      this.#slots.set(key, slot);
      this.#order.insert(key, slot);
      this.#addToCounts(key, 1);
    } else if (entity === undefined) {
      this.#slots.delete(key);
      this.#order.remove(key);
      this.#addToCounts(key, -1);
    }
  }

  list(prefix: Key, after?: Key): Iterable<Slot> {
    return storable(prefix) ? this.#order.range(joinKey(prefix), after && joinKey(after)) : [];
  }

  listBy(index: string, prefix: Key): Iterable<Slot> {
    const { order } = this.#index(index);
    return storable(prefix) ? order.range(joinKey(prefix)) : [];
  }

  find(index: string, key: Key): unknown {
    const { order, rule } = this.#index(index);
    return key.length === rule.parts && storable(key) ? order.first(joinKey(key))?.entity : undefined;
  }

  count(prefix: Key): number {
    if (!storable(prefix)) return 0;
    const joined = joinKey(prefix);
    return this.#counts.get(joined) ?? (this.#slots.has(joined) ? 1 : 0);
  }

  /** Moves the slot to its place in each index for the entity that it will hold. */
  #reindex(slot: Slot, entity: unknown): void {
    // All places first: the collection's functions compute them, and if one throws, nothing may be half done.
    const moves = [];
    for (const index of this.#indexes.values()) {
      const from = index.placeOf(slot.key, slot.entity);
      const to = index.placeOf(slot.key, entity);
      if (from !== to) moves.push({ order: index.order, from, to });
    }
    for (const { order, from, to } of moves) {
      if (from !== undefined) order.remove(from);
      if (to !== undefined) order.insert(to, slot);
    }
  }

  #addToCounts(key: string, change: 1 | -1): void {
    // Every proper prefix: the empty one, then one after each NUL but the last.
    for (let end = 0; end < key.length; end = key.indexOf("\0", end) + 1) {
      const prefix = key.slice(0, end);
      const count = (this.#counts.get(prefix) ?? 0) + change;
      if (count === 0) this.#counts.delete(prefix);
      else this.#counts.set(prefix, count);
    }
  }

  #index(name: string): Index {
    const index = this.#indexes.get(name);
    if (index === undefined) throw new Error(`the collection ${this.name} has no index ${name}`);
    return index;
  }
}

class Index {
  readonly order = new SortedMap<Slot>();
  readonly rule: KeyRule;

  constructor(what: string, keyOf: (entity: never) => Key | undefined) {
    this.rule = new KeyRule(what, keyOf);
  }

  /**
   * The index key followed by the entity's own key, which makes it unique; undefined if the entity is not in the index.
   */
  placeOf(key: string, entity: unknown): string | undefined {
    if (entity === undefined) return undefined;
    const indexKey = this.rule.of(entity);
    return indexKey === undefined ? undefined : indexKey + key;
  }
}

/**
 * A function from entities to keys, with a check that the keys are comparable: no NUL, and always the same number of
 * parts.
 */
class KeyRule {
  /** Set by the first key. */
  parts: number | undefined;
  readonly #what: string;
  readonly #keyOf: (entity: never) => Key | undefined;

  constructor(what: string, keyOf: (entity: never) => Key | undefined) {
    this.#what = what;
    this.#keyOf = keyOf;
  }

  of(entity: unknown): string | undefined {
    const key = this.#keyOf(entity as never);
    if (key === undefined) return undefined;
    this.parts ??= key.length;
    if (key.length === 0 || key.length !== this.parts) {
      throw new Error(`${this.#what} has ${this.parts} parts, but for one entity ${key.length}`);
    }
    if (!storable(key)) throw new Error(`${this.#what} has a part that contains NUL`);
    return joinKey(key);
  }
}

/** Whether a key, or a prefix of one, can be in a table at all. */
function storable(key: Key): boolean {
  for (const part of key) if (part.includes("\0")) return false;
  return true;
}

function unkeyed(collection: string): never {
  throw new Error(`an entity of ${collection} without a key`);
}
