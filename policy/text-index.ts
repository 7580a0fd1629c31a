/** How many sets of each kind are kept for a text, and how many 32-bit words they may take together. */
const MOST_SETS = 256;
const MOST_WORDS = 2 ** 20;

/**
 * Where things are in a text, as sets of places: bit `p` of a set stands for place `p`. Patterns are matched with whole
 * sets at a time, 32 places per instruction, so that a pattern never has to try places one by one.
 */
export class TextIndex {
  readonly text: string;
  /** How many sets of each kind may be kept. */
  readonly capacity: number;
  /** The words of a set: one more than the places need, for the carry. */
  readonly #words: number;
  readonly #units = new Map<number, Int32Array | undefined>();
  readonly #values = new Map<string, Int32Array | undefined>();
  readonly #rows: Int32Array[] = [];

  constructor(text: string) {
    this.text = text;
    this.#words = (text.length >> 5) + 2;
    this.capacity = Math.min(MOST_SETS, Math.ceil(MOST_WORDS / this.#words));
  }

  /** All places except these; the caller owns the set. */
  placesOfAllBut(exceptions: readonly number[]): Int32Array {
    const places = new Int32Array(this.#words).fill(-1);
    for (const place of [...exceptions, this.text.length]) places[place >> 5]! &= ~(1 << place);
    return places;
  }

  /** The places of a UTF-16 unit, or undefined if it has none. */
  placesOfUnit(unit: number): Int32Array | undefined {
    const known = this.#units.get(unit);
    if (known !== undefined || this.#units.has(unit)) return known;
    const { text } = this;
    let places: Int32Array | undefined;
    const first = text.indexOf(String.fromCharCode(unit));
    if (first >= 0) {
      places = new Int32Array(this.#words);
      for (let at = first; at < text.length; at++) if (text.charCodeAt(at) === unit) places[at >> 5]! |= 1 << at;
    }
    if (this.#units.size < this.capacity) this.#units.set(unit, places);
    return places;
  }

  /** The places where a text of at least one unit begins, or undefined if it occurs nowhere. */
  placesOf(value: string): Int32Array | undefined {
    const known = this.#values.get(value);
    if (known !== undefined || this.#values.has(value)) return known;
    const places = value.length > this.text.length ? undefined : this.#beginnings(value);
    if (this.#values.size < this.capacity) this.#values.set(value, places);
    return places;
  }

  #beginnings(value: string): Int32Array | undefined {
    for (let i = 0; i < value.length; i++) if (this.placesOfUnit(value.charCodeAt(i)) === undefined) return undefined;
    const places = new Int32Array(this.#words).fill(-1);
    for (let i = 0; i < value.length; i++) {
      const unit = this.placesOfUnit(value.charCodeAt(i))!;
      const skip = i >> 5;
      const bits = i & 31;
      let some = 0;
      for (let word = 0; word < this.#words; word++) {
        const here = unit[word + skip] ?? 0;
        const next = unit[word + skip + 1] ?? 0;
        some |= places[word]! &= bits === 0 ? here : (here >>> bits) | (next << (32 - bits));
      }
      if (some === 0) return undefined;
    }
    return places;
  }

  /** The row with this number, to hold a set; for one walk at a time. */
  row(number: number): Int32Array {
    return (this.#rows[number] ??= new Int32Array(this.#words));
  }
}
