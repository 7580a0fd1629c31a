/** Prints rows as a table in Markdown. */
export function table(title: string, head: readonly string[], rows: readonly (readonly (string | number)[])[]): void {
  const show = (cell: string | number) =>
    typeof cell === "number" ? (cell >= 100 ? cell.toFixed(0) : cell.toFixed(2)) : cell;
  console.log(`\n${title}\n| ${head.join(" | ")} |\n|${head.map(() => " --- |").join("")}`);
  for (const cells of rows) console.log(`| ${cells.map(show).join(" | ")} |`);
}
