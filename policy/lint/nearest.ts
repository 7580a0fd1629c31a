/** How many letters may differ in a word that somebody may have meant. */
const FARTHEST = 3;

/**
 * The word that is nearest to one that was written, by letters that are changed, added, left out or swapped with the next; undefined
 * if none is near. Case does not count.
 */
export function nearest(written: string, words: Iterable<string>): string | undefined {
  const folded = written.toLowerCase();
  let best: string | undefined;
  let least = Math.min(FARTHEST, Math.floor(folded.length / 2)) + 1;
  for (const word of words) {
    if (Math.abs(word.length - folded.length) >= least) continue;
    const distance = distanceOf(folded, word.toLowerCase(), least);
    if (distance < least) [best, least] = [word, distance];
  }
  return best;
}

/** The edit distance of two words (optimal string alignment), or `enough` if it is no less. */
function distanceOf(one: string, other: string, enough: number): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i++) {
    const row = [i];
    for (let j = 1; j <= other.length; j++) {
      const changed = last[j - 1]! + (one[i - 1] === other[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      row.push(Math.min(changed, last[j]! + 1, row[j - 1]! + 1, swapped ? beforeLast[j - 2]! + 1 : enough));
    }
    if (Math.min(...row) >= enough) return enough;
    [beforeLast, last] = [last, row];
  }
  return last.at(-1)!;
}
