/**
 * Matches as textbooks do, for tests to compare with. The table: `row[t]` says whether the pattern so far matches the
 * first `t` units of the text.
 */
export function matchesByTable(pattern: string, text: string): boolean {
  let row = Array.from({ length: text.length + 1 }, (_, t) => t === 0);
  for (let p = 0; p < pattern.length; p++) {
    const next = [pattern[p] === "*" && row[0]!];
    for (let t = 1; t <= text.length; t++) {
      if (pattern[p] === "*") next.push(next[t - 1]! || row[t]!);
      else next.push(row[t - 1]! && (pattern[p] === "?" || pattern[p] === text[t - 1]));
    }
    row = next;
  }
  return row[text.length]!;
}
