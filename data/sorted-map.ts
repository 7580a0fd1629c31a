/** A chunk with more entries than this is split: large enough for few chunks, small enough for cheap insertions. */
const CHUNK = 128;

interface Chunk<V> {
  readonly keys: string[];
  readonly values: V[];
}

/**
 * Strings in code unit order, each with a value, in sorted chunks of bounded size. Finding a place is a binary search
 * over chunks and one within a chunk; inserting moves the entries of one chunk at most. If a key is inserted or removed
 * while a range is being read, the reading continues after the last key it returned.
 */
export class SortedMap<V> {
  readonly #chunks: Chunk<V>[] = [{ keys: [], values: [] }];
  /** For each chunk, a lower bound of its keys: they are not below it, and all keys of the chunk before are. */
  readonly #bounds: string[] = [""];
  #changes = 0;

  /** Adds a key that is not in the map yet. */
  insert(key: string, value: V): void {
    this.#changes++;
    const at = this.#chunkFor(key);
    const { keys, values } = this.#chunks[at]!;
    const index = lowerBound(keys, key);
    if (keys.length < CHUNK) {
      keys.splice(index, 0, key);
      values.splice(index, 0, value);
    } else if (index === CHUNK && at === this.#chunks.length - 1) {
      // Keys that arrive in order fill their chunks, instead of leaving them half empty.
      this.#addChunk(at + 1, { keys: [key], values: [value] });
    } else {
      this.#addChunk(at + 1, { keys: keys.splice(CHUNK / 2), values: values.splice(CHUNK / 2) });
      this.insert(key, value);
    }
  }

  /** Removes a key that is in the map. */
  remove(key: string): void {
    this.#changes++;
    const at = this.#chunkFor(key);
    const { keys, values } = this.#chunks[at]!;
    const index = lowerBound(keys, key);
    keys.splice(index, 1);
    values.splice(index, 1);
    if (keys.length === 0 && at > 0) {
      this.#chunks.splice(at, 1);
      this.#bounds.splice(at, 1);
    }
  }

  /** The value of the first key that begins with `prefix`. */
  first(prefix: string): V | undefined {
    const [at, index] = this.#seek(prefix);
    const chunk = this.#chunks[at];
    return chunk?.keys[index]?.startsWith(prefix) ? chunk.values[index] : undefined;
  }

  /** The values of the keys that begin with `prefix` and come after `after`, in order. */
  *range(prefix: string, after?: string): Generator<V, void, undefined> {
    let [at, index] = this.#seek(after !== undefined && after >= prefix ? successor(after) : prefix);
    for (;;) {
      const chunk = this.#chunks[at];
      const key = chunk?.keys[index];
      if (chunk === undefined || key === undefined || !key.startsWith(prefix)) return;
      const changes = this.#changes;
      yield chunk.values[index]!;
      if (changes !== this.#changes) {
        [at, index] = this.#seek(successor(key));
      } else if (++index === chunk.keys.length) {
        at++;
        index = 0;
      }
    }
  }

  /** Where the first key that is not below `key` stands; after the last chunk if there is none. */
  #seek(key: string): [chunk: number, index: number] {
    const at = this.#chunkFor(key);
    const { keys } = this.#chunks[at]!;
    const index = lowerBound(keys, key);
    return index === keys.length ? [at + 1, 0] : [at, index];
  }

  /** The chunk in which `key` is, or belongs. */
  #chunkFor(key: string): number {
    const bounds = this.#bounds;
    const index = lowerBound(bounds, key);
    return bounds[index] === key ? index : Math.max(index - 1, 0);
  }

  #addChunk(at: number, chunk: Chunk<V>): void {
    this.#chunks.splice(at, 0, chunk);
    this.#bounds.splice(at, 0, chunk.keys[0]!);
  }
}

/** The smallest string above `key`. */
const successor = (key: string): string => `${key}\0`;

/** How many of the sorted keys are below `key`. */
function lowerBound(keys: readonly string[], key: string): number {
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keys[middle]! < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
