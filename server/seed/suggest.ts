/** The name that was probably meant: the one with the fewest typing errors, if they are few enough. */
export function suggest(written: string, names: readonly string[]): string | undefined {
  // A longer text is no typing error, and the distance takes quadratic time.
  if (written.length > 60) return undefined;
  const [best] = names
    .map((name) => ({ name, errors: distance(written.toLowerCase(), name.toLowerCase()) }))
    .toSorted((a, b) => a.errors - b.errors);
  return best && best.errors <= Math.min(3, Math.ceil(best.name.length / 2)) ? best.name : undefined;
}

/** How many letters must be inserted, removed or changed to turn one text into the other (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (const [above, letter] of Array.from(from).entries()) {
    const next = [above + 1];
    for (let column = 1; column <= to.length; column++) {
      const change = row[column - 1]! + (letter === to[column - 1] ? 0 : 1);
      next.push(Math.min(change, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[to.length]!;
}
