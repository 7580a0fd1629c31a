import { TextIndex } from "./text-index.ts";

/**
 * A walk along patterns, unit by unit. It holds the places in a text that a beginning of the pattern can reach: all
 * from `low` to `high`, or those of them in a set. After a `*` the lowest place reaches everything that the others do,
 * so no set is needed, and nothing is tried again. `depth` is the length of the beginning; the state of shorter
 * beginnings is kept.
 */
export class Walk {
  readonly #index: TextIndex;
  readonly #stops: readonly number[];
  #anyUnit: Int32Array | undefined;
  readonly #low: number[] = [0];
  readonly #high: number[] = [0];
  readonly #sets: (Int32Array | undefined)[] = [undefined];
  /** How many sets this and the shorter beginnings have. */
  readonly #rows: number[] = [0];

  /** Wildcards do not cross `stops`: places in the text, in order. */
  constructor(text: string, stops: readonly number[]) {
    this.#index = new TextIndex(text);
    this.#stops = stops;
  }

  /**
   * The depth from which the walk can continue with a pattern that shares its beginning with the last one: `depth` or
   * less.
   */
  resume(depth: number): number {
    let from = depth;
    while (this.#rows[from]! > this.#index.capacity && this.#sets[from] !== undefined) from--;
    return from;
  }

  /** Whether the beginning reaches the end of the text. */
  isComplete(depth: number): boolean {
    return this.#high[depth] === this.#index.text.length;
  }

  /** Advances over a `*`. */
  overAnyRun(depth: number): true {
    const low = this.#low[depth]!;
    return this.#reach(depth, low, this.#stopAfter(low), undefined);
  }

  /** Advances over a `*` that crosses stops; nothing may follow it. */
  overRest(depth: number): true {
    return this.#reach(depth, this.#low[depth]!, this.#index.text.length, undefined);
  }

  /** Advances over a `?`; false if no place is left. */
  overAnyUnit(depth: number): boolean {
    const low = this.#low[depth]!;
    if (low === this.#high[depth]) {
      return low < this.#stopAfter(low) && this.#reach(depth, low + 1, low + 1, undefined);
    }
    this.#anyUnit ??= this.#index.placesOfAllBut(this.#stops);
    return this.#move(depth, this.#anyUnit, 1);
  }

  /** Advances over a literal unit; false if no place is left. */
  overUnit(depth: number, unit: number): boolean {
    const low = this.#low[depth]!;
    if (low !== this.#high[depth]) return this.#move(depth, this.#index.placesOfUnit(unit), 1);
    return this.#index.text.charCodeAt(low) === unit && this.#reach(depth, low + 1, low + 1, undefined);
  }

  /** Advances over a text as if it were one unit of a pattern; false if no place is left. */
  overText(depth: number, value: string): boolean {
    const low = this.#low[depth]!;
    if (value === "") return this.#reach(depth, low, this.#high[depth]!, this.#sets[depth]);
    if (low !== this.#high[depth]) return this.#move(depth, this.#index.placesOf(value), value.length);
    const after = low + value.length;
    return this.#index.text.startsWith(value, low) && this.#reach(depth, after, after, undefined);
  }

  #reach(depth: number, low: number, high: number, set: Int32Array | undefined, rows = this.#rows[depth]!): true {
    this.#low[depth + 1] = low;
    this.#high[depth + 1] = high;
    this.#sets[depth + 1] = set;
    this.#rows[depth + 1] = rows;
    return true;
  }

  /** Keeps the places that are in `fits`, and moves them up by `length`. */
  #move(depth: number, fits: Int32Array | undefined, length: number): boolean {
    if (fits === undefined) return false;
    const from = this.#sets[depth];
    const low = this.#low[depth]!;
    const high = this.#high[depth]!;
    // When all rows are taken, two take turns, and the walk cannot be resumed from there.
    const { capacity } = this.#index;
    const rows = this.#rows[depth]! + 1;
    const to = this.#index.row(rows <= capacity ? rows : capacity + 1 + (rows & 1));
    const skip = length >> 5;
    const bits = length & 31;
    const lowWord = low >> 5;
    const highWord = high >> 5;
    let carry = 0;
    let lowest = -1;
    let highest = -1;
    for (let word = lowWord; word <= highWord; word++) {
      let places = from === undefined ? fits[word]! : fits[word]! & from[word]!;
      if (word === lowWord) places &= -1 << low;
      if (word === highWord) places &= -1 >>> ~high;
      to[word + skip] = (places << bits) | carry;
      carry = bits === 0 ? 0 : places >>> (32 - bits);
      if (places === 0) continue;
      if (lowest < 0) lowest = 32 * word + 31 - Math.clz32(places & -places);
      highest = 32 * word + 31 - Math.clz32(places);
    }
    if (lowest < 0) return false;
    to[highWord + skip + 1] = carry;
    return this.#reach(depth, lowest + length, highest + length, to, rows);
  }

  /** The first stop at or after a place; the end of the text is one. */
  #stopAfter(place: number): number {
    for (const stop of this.#stops) if (stop >= place) return stop;
    return this.#index.text.length;
  }
}
