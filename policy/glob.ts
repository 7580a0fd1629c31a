import { KeyLookup } from "./keys.ts";
import { PatternSet } from "./pattern-set.ts";
import { ANY_RUN, ANY_UNIT, type GlobToken, globTokens } from "./template.ts";

/** The part between two `*`. `units` is set if it contains `?`, which are -1 there. */
interface Piece {
  readonly text: string;
  readonly units: readonly number[] | undefined;
  /** The longest run without `?`, which is searched for, and its offset in the piece. */
  readonly anchor: string;
  readonly offset: number;
}

/**
 * In texts up to this length each piece is searched for at one place after the other; in longer ones with sets of
 * places.
 */
const SHORT = 256;

/** A pattern with wildcards. Each piece between two `*` is matched at its leftmost place, without backtracking. */
export class Glob {
  readonly #tokens: readonly GlobToken[];
  readonly #first: Piece;
  readonly #middle: readonly Piece[];
  /** Absent if the pattern has no `*`. */
  readonly #last: Piece | undefined;
  readonly #minimum: number;
  #set: PatternSet | undefined;

  constructor(tokens: readonly GlobToken[]) {
    const pieces = piecesOf(tokens);
    this.#tokens = tokens;
    this.#first = pieces[0]!;
    this.#last = pieces.length > 1 ? pieces.at(-1) : undefined;
    this.#middle = pieces.slice(1, -1).filter(({ text }) => text !== "");
    this.#minimum = pieces.reduce((sum, { text }) => sum + text.length, 0);
  }

  /** A pattern in which every `*` and `?` is a wildcard. */
  static of(text: string): Glob {
    return new Glob(globTokens(text));
  }

  /** `keys` are those of the request that the text is from. */
  matches(text: string, keys = new KeyLookup({})): boolean {
    const first = this.#first;
    const last = this.#last;
    if (last === undefined) return text.length === this.#minimum && fits(first, text, 0);
    if (text.length < this.#minimum) return false;
    const end = text.length - last.text.length;
    if (!fits(first, text, 0) || !fits(last, text, end)) return false;
    if (this.#middle.length > 0 && text.length > SHORT) {
      this.#set ??= new PatternSet([this.#tokens]);
      return this.#set.matches(keys.walk(text), keys);
    }
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
  for (const token of tokens) {
    if (token === ANY_RUN) {
      pieces.push(pieceOf(text, holes));
      text = "";
      holes = [];
    } else if (token === ANY_UNIT) {
      holes.push(text.length);
      text += "?";
    } else {
      text += token;
    }
  }
  pieces.push(pieceOf(text, holes));
  return pieces;
}

function pieceOf(text: string, holes: readonly number[]): Piece {
  if (holes.length === 0) return { text, units: undefined, anchor: text, offset: 0 };
  const units: number[] = [];
  for (let i = 0; i < text.length; i++) units.push(text.charCodeAt(i));
  let anchor = "";
  let offset = 0;
  let from = 0;
  for (const hole of [...holes, text.length]) {
    if (hole - from > anchor.length) [anchor, offset] = [text.slice(from, hole), from];
    if (hole < text.length) units[hole] = -1;
    from = hole + 1;
  }
  return { text, units, anchor, offset };
}

/** Whether the piece matches at `at`; the text is long enough. */
function fits({ text: literal, units }: Piece, text: string, at: number): boolean {
  if (units === undefined) return text.startsWith(literal, at);
  for (let i = 0; i < units.length; i++) {
    if (units[i] !== -1 && units[i] !== text.charCodeAt(at + i)) return false;
  }
  return true;
}

/** The leftmost place of the piece in text[from, end), or -1. */
function find(piece: Piece, text: string, from: number, end: number): number {
  const { anchor, offset } = piece;
  const final = end - piece.text.length;
  for (let at = from; at <= final; at++) {
    const found = text.indexOf(anchor, at + offset);
    if (found < 0) return -1;
    at = found - offset;
    if (at <= final && (piece.units === undefined || fits(piece, text, at))) return at;
  }
  return -1;
}
