const lines: string[] = [];

/** Prints a line of the report. */
export function say(line: string): void {
  console.log(line);
  lines.push(line);
}

/** Prints rows as a table in Markdown. */
export function table(title: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const show = (cell: string | number) =>
    typeof cell === "number" ? (cell >= 100 ? cell.toFixed(0) : cell.toFixed(2)) : cell;
  say(`\n${title}\n\n| ${head.join(" | ")} |\n|${head.map(() => " --- |").join("")}`);
  for (const cells of rows) say(`| ${cells.map(show).join(" | ")} |`);
}

/** Everything printed so far. */
export const report = (): string => lines.join("\n");

/** The median of values, by a measure of them. */
export function median<T>(values: readonly T[], measureOf: (value: T) => number): T {
  return values.toSorted((a, b) => measureOf(a) - measureOf(b))[values.length >> 1]!;
}
