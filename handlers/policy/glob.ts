/** `*`: any run of UTF-16 units, also none. */
export const ANY_RUN = Symbol("*");
/** `?`: exactly one UTF-16 unit (facts: aws-more 3.2, so that `??` matches an emoji and `?` does not). */
export const ANY_UNIT = Symbol("?");

/** A piece of a pattern: literal text, in which nothing is special, or a wildcard. */
export type GlobToken = string | typeof ANY_RUN | typeof ANY_UNIT;

/** Takes a text apart at its `*` and `?`, all of which are wildcards. */
export function globTokens(text: string): GlobToken[] {
  const parts = text.split(/([*?])/).filter((part) => part !== "");
  return parts.map((part) => (part === "*" ? ANY_RUN : part === "?" ? ANY_UNIT : part));
}

/** What stands between two `*`: `before` question marks, the core, and question marks up to `length`. */
interface Piece {
  readonly length: number;
  readonly before: number;
  readonly core: string;
  /** Where there are question marks within the core: its units, -1 for `?`. */
  readonly units: Int32Array | undefined;
}

/**
 * A pattern with wildcards. Matching takes each piece between two `*` at its leftmost place and never goes back, so no
 * pattern can blow up: a search costs about the length of the text, or that times a 32nd of the piece if it has `?` inside.
 */
export class Glob {
  readonly #first: Piece;
  readonly #middle: readonly Piece[];
  /** Absent where the pattern has no `*`. */
  readonly #last: Piece | undefined;
  readonly #minimum: number;

  constructor(tokens: readonly GlobToken[]) {
    const pieces = piecesOf(tokens);
    this.#first = pieces[0]!;
    this.#last = pieces.length > 1 ? pieces.at(-1) : undefined;
    this.#middle = pieces.slice(1, -1).filter((piece) => piece.length > 0);
    this.#minimum = pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  matches(text: string): boolean {
    const first = this.#first;
    const last = this.#last;
    if (last === undefined) return text.length === this.#minimum && fits(first, text, 0);
    if (text.length < this.#minimum) return false;
    const end = text.length - last.length;
    if (!fits(first, text, 0) || !fits(last, text, end)) return false;
    let at = first.length;
    for (const piece of this.#middle) {
      const found = find(piece, text, at, end);
      if (found < 0) return false;
      at = found + piece.length;
    }
    return true;
  }
}

function piecesOf(tokens: readonly GlobToken[]): Piece[] {
  const pieces: Piece[] = [];
  let text = "";
  let holes: number[] = [];
  for (const token of tokens) {
    if (typeof token === "string") {
      text += token;
    } else if (token === ANY_UNIT) {
      holes.push(text.length);
      text += "?";
    } else {
      pieces.push(pieceOf(text, holes));
      text = "";
      holes = [];
    }
  }
  pieces.push(pieceOf(text, holes));
  return pieces;
}

function pieceOf(text: string, holes: readonly number[]): Piece {
  let before = 0;
  while (holes[before] === before) before++;
  let end = text.length;
  let after = holes.length;
  while (after > before && holes[after - 1] === end - 1) {
    after--;
    end--;
  }
  const core = text.slice(before, end);
  if (after === before) return { length: text.length, before, core, units: undefined };
  const units = new Int32Array(core.length);
  for (let i = 0; i < units.length; i++) units[i] = core.charCodeAt(i);
  for (let i = before; i < after; i++) units[holes[i]! - before] = -1;
  return { length: text.length, before, core, units };
}

/** Whether the piece stands at `at`; there is room for it. */
function fits({ before, core, units }: Piece, text: string, at: number): boolean {
  if (units === undefined) return text.startsWith(core, at + before);
  for (let i = 0; i < units.length; i++) {
    if (units[i] !== -1 && units[i] !== text.charCodeAt(at + before + i)) return false;
  }
  return true;
}

/** The leftmost place of the piece in text[from, end), or -1. */
function find({ length, before, core, units }: Piece, text: string, from: number, end: number): number {
  const final = end - length;
  if (from > final) return -1;
  // V8 turns to Boyer-Moore when a search goes badly: the first occurrence is found in about linear time.
  const found = units === undefined ? text.indexOf(core, from + before) : findUnits(units, text, from + before);
  return found - before <= final ? Math.max(found - before, -1) : -1;
}

/** Shift-And (Baeza-Yates and Gonnet): bit i of the state says that the first i + 1 units of the core end here. */
function findUnits(units: Int32Array, text: string, from: number): number {
  const words = Math.ceil(units.length / 32);
  const { masks, others } = masksOf(units, words);
  const state = new Int32Array(words);
  const lastBit = 1 << (units.length - 1);
  for (let at = from; at < text.length; at++) {
    const mask = masks.get(text.charCodeAt(at)) ?? others;
    let carry = 1;
    for (let word = 0; word < words; word++) {
      const bits = state[word]!;
      state[word] = ((bits << 1) | carry) & mask[word]!;
      carry = bits < 0 ? 1 : 0;
    }
    if ((state[words - 1]! & lastBit) !== 0) return at + 1 - units.length;
  }
  return -1;
}

/** The places where a unit fits, as bits: for each unit of the core, and for all others, which fit a `?` alone. */
function masksOf(units: Int32Array, words: number) {
  const others = new Int32Array(words);
  units.forEach((unit, i) => {
    if (unit === -1) others[i >>> 5]! |= 1 << i;
  });
  const masks = new Map<number, Int32Array>();
  units.forEach((unit, i) => {
    if (unit === -1) return;
    let mask = masks.get(unit);
    if (mask === undefined) masks.set(unit, (mask = others.slice()));
    mask[i >>> 5]! |= 1 << i;
  });
  return { masks, others };
}
