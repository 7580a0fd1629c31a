// Attacks the emulator and reports how it held out:
//   npm run attack -- [--scale small|full] [WORD…]
// Words choose the attacks whose names contain them. At full scale the figures are written to docs/reliability.md; the
// rows of other attacks stay as they are. Exits with 1 if the emulator did not hold out.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Result, Scale } from "./attack-kind.ts";
import { attacks } from "./attacks.ts";

const PAGE = "docs/reliability.md";
const HEAD = ["Attack", "Done", "Others waited at most", "Most memory", "Stopped in", "Wrong"];

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { scale: { type: "string", default: "small" } },
});
if (values.scale !== "small" && values.scale !== "full") throw new Error("--scale is small or full");
const scale: Scale = values.scale;
const words = positionals.map((word) => word.toLowerCase());
const chosen = attacks.filter(
  ({ name }) => words.length === 0 || words.some((word) => name.toLowerCase().includes(word)),
);

const rows = new Map<string, string>();
for (const { name, lacks, run } of chosen) {
  const lacking = await lacks?.();
  if (lacking !== undefined) {
    console.warn(`SKIPPED: ${name} needs ${lacking}`);
    continue;
  }
  const began = performance.now();
  const result = await run(scale);
  rows.set(name, row(name, result));
  console.log(`${rows.get(name)} ${((performance.now() - began) / 1000).toFixed(0)} s`);
  for (const failure of result.failures.slice(0, 10)) console.log(`  ${failure}`);
  if (result.failures.length > 0) process.exitCode = 1;
  if (scale === "full") writeFileSync(PAGE, page(rows));
}
function row(name: string, { done, failures, longestWait, peakMemory, stopping }: Result): string {
  const figure = (value: number | undefined, unit: string) =>
    value === undefined ? "" : `${value.toFixed(0)} ${unit}`;
  const wrong = failures.length === 0 ? "nothing" : `${failures.length}: ${failures[0]}`;
  const cells = [name, done, figure(longestWait, "ms"), figure(peakMemory, "MiB"), figure(stopping, "ms"), wrong];
  return `| ${cells.join(" | ")} |`;
}

/** The page with these rows in place of the same attacks' former ones. */
function page(measured: ReadonlyMap<string, string>): string {
  const before = existsSync(PAGE) ? readFileSync(PAGE, "utf8").split("\n") : [];
  const rowOf = (name: string) => measured.get(name) ?? before.find((line) => line.startsWith(`| ${name} |`));
  const table = attacks.flatMap(({ name }) => rowOf(name) ?? []);
  return `# Reliability

What happens when somebody attacks the emulator, measured by

    npm run build && npm run attack -- --scale full

which writes this page. Words after it choose attacks by their names. Each runs against an emulator in a process of its own. "Others" is
one client that meanwhile asks who it is, on a new connection each time, and whose every question must be answered. "Stopped in" is
the time from SIGTERM to the end of the process while connections of the attack were still open. A small version of the same attacks
is part of \`npm test\`.

| ${HEAD.join(" | ")} |
|${HEAD.map(() => " --- |").join("")}
${table.join("\n")}
`;
}
