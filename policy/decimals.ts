/**
 * A decimal number, exact: 0.`digits` times ten to the `exponent`, without zeros at either end of `digits` (which is
 * empty for zero). Numeric conditions distinguish 9007199254740993 from ...992, which floating point does not
 * (evidence: condition-numeric).
 */
export interface Decimal {
  readonly negative: boolean;
  readonly digits: string;
  readonly exponent: number;
}

// `01`, `+1`, `1.` and `1e0` are numbers; blanks, hexadecimal, `NaN` and `Infinity` are not.
const DECIMAL = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,10}))?$/;

/** The number in a text, or undefined if it is none. */
export function parseDecimal(text: string): Decimal | undefined {
  const match = DECIMAL.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", exponent = "0"] = match;
  const all = whole + fraction;
  if (all === "") return undefined;

  let start = 0;
  while (all[start] === "0") start++;
  let end = all.length;
  while (end > start && all[end - 1] === "0") end--;
  if (start === end) return { negative: false, digits: "", exponent: 0 };
  return { negative: sign === "-", digits: all.slice(start, end), exponent: Number(exponent) + whole.length - start };
}

/** Negative, zero or positive, if `a` is less than, equal to or greater than `b`. */
export function compareDecimals(a: Decimal, b: Decimal): number {
  const signs = signOf(a) - signOf(b);
  return signs === 0 ? signOf(a) * compareMagnitudes(a, b) : signs;
}

const signOf = ({ negative, digits }: Decimal): number => (digits === "" ? 0 : negative ? -1 : 1);

function compareMagnitudes(a: Decimal, b: Decimal): number {
  if (a.exponent !== b.exponent) return a.exponent - b.exponent;
  // Both begin with a nonzero digit of the same weight, so they compare like texts.
  return a.digits === b.digits ? 0 : a.digits < b.digits ? -1 : 1;
}
