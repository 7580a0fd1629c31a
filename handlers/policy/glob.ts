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

/** What stands between two `*`. Its units are -1 for `?`; they are kept only where there is one. */
interface Piece {
  readonly text: string;
  readonly units: readonly number[] | undefined;
}

/**
 * A pattern with wildcards. Matching takes each piece between two `*` at its leftmost place and never goes back, so no
 * pattern can blow up: a search costs about the length of the text, or that times a 32nd of the piece if it has `?`.
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
    this.#middle = pieces.slice(1, -1).filter((piece) => piece.text !== "");
    this.#minimum = pieces.reduce((sum, piece) => sum + piece.text.length, 0);
  }

  matches(text: string): boolean {
    const first = this.#first;
    const last = this.#last;
    if (last === undefined) {
      return first.units === undefined ? text === first.text : text.length === this.#minimum && fits(first, text, 0);
    }
    if (text.length < this.#minimum) return false;
    const end = text.length - last.text.length;
    if (!fits(first, text, 0) || !fits(last, text, end)) return false;
    let at = first.text.length;
    for (const piece of this.#middle) {
      const found = find(piece, text, at, end);
      if (found < 0) return false;
      at = found + piece.text.length;
    }
    return true;
  }
}

function piecesOf(tokens: readonly GlobToken[]): Piece[] {
  const pieces: Piece[] = [];
  let text = "";
  let holes: number[] = [];
  for (const token of [...tokens, ANY_RUN]) {
    if (typeof token === "string") {
      text += token;
    } else if (token === ANY_UNIT) {
      holes.push(text.length);
      text += "?";
    } else {
      pieces.push({ text, units: holes.length > 0 ? unitsOf(text, holes) : undefined });
      text = "";
      holes = [];
    }
  }
  return pieces;
}

function unitsOf(text: string, holes: readonly number[]): number[] {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  for (const hole of holes) units[hole] = -1;
  return units;
}

function fits(piece: Piece, text: string, at: number): boolean {
  const { units } = piece;
  if (units === undefined) return text.startsWith(piece.text, at);
  for (let i = 0; i < units.length; i++) {
    if (units[i] !== -1 && units[i] !== text.charCodeAt(at + i)) return false;
  }
  return true;
}

/** The leftmost place of the piece in text[from, end), or -1. */
function find(piece: Piece, text: string, from: number, end: number): number {
  const final = end - piece.text.length;
  if (from > final) return -1;
  if (piece.units === undefined) {
    // V8 turns to Boyer-Moore when a search goes badly: the first occurrence is found in about linear time.
    const found = text.indexOf(piece.text, from);
    return found <= final ? found : -1;
  }
  if (piece.units.length > 32) return findUnits(piece.units, text, from, end);
  for (let at = from; at <= final; at++) if (fits(piece, text, at)) return at;
  return -1;
}

/** Shift-And (Baeza-Yates and Gonnet): bit i of the state says that the piece's first i + 1 units end here. */
function findUnits(units: readonly number[], text: string, from: number, end: number): number {
  const words = Math.ceil(units.length / 32);
  const anywhere = new Int32Array(words);
  units.forEach((unit, i) => {
    if (unit === -1) setBit(anywhere, i);
  });
  const places = new Map<number, Int32Array>();
  units.forEach((unit, i) => {
    if (unit === -1) return;
    let mask = places.get(unit);
    if (mask === undefined) places.set(unit, (mask = anywhere.slice()));
    setBit(mask, i);
  });

  const state = new Int32Array(words);
  const lastWord = words - 1;
  const lastBit = 1 << (units.length - 1);
  for (let at = from; at < end; at++) {
    const mask = places.get(text.charCodeAt(at)) ?? anywhere;
    let carry = 1;
    for (let word = 0; word < words; word++) {
      const bits = state[word]!;
      state[word] = ((bits << 1) | carry) & mask[word]!;
      carry = bits >>> 31;
    }
    if ((state[lastWord]! & lastBit) !== 0) return at + 1 - units.length;
  }
  return -1;
}

function setBit(bits: Int32Array, index: number): void {
  bits[index >>> 5]! |= 1 << index;
}
