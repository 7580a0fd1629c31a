import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Coverage, PolicyCoverage } from "../coverage.ts";
import type { DocumentPlace } from "../document-places.ts";
import { jsonLocations } from "../test-source.ts";
import { fromHere } from "./words.ts";

/**
 * Coverage in lcov's form, as editors show it: a line is hit as often as the least used part on it, a condition is a branch
 * with two ways. Documents that stand in no file are written into `folder`, so that there are lines to show.
 */
export function coverageLcov({ policies }: Coverage, folder: string): string {
  const files = new Map<string, FileCoverage>();
  for (const policy of policies) {
    const place = policy.policy.place ?? rendered(policy, folder);
    let file = files.get(place.file);
    if (file === undefined) files.set(place.file, (file = { lines: new Map(), branches: [] }));
    addTo(file, policy, place);
  }
  return Array.from(files, ([name, file]) => record(name, file)).join("");
}

interface FileCoverage {
  /** Line -> hits. */
  readonly lines: Map<number, number>;
  readonly branches: { readonly line: number; readonly met: number; readonly unmet: number }[];
}

function addTo({ lines, branches }: FileCoverage, { statements }: PolicyCoverage, place: DocumentPlace): void {
  for (const part of statements.flatMap(({ parts }) => parts)) {
    const { line } = place.at(part.path);
    if (part.kind === "met" || part.kind === "unmet") continue;
    lines.set(line, Math.min(lines.get(line) ?? Infinity, part.hits));
  }
  for (const { parts } of statements) {
    const conditions = parts.filter(({ kind }) => kind === "met" || kind === "unmet");
    for (let at = 0; at < conditions.length; at += 2) {
      const [met, unmet] = [conditions[at]!, conditions[at + 1]!];
      const { line } = place.at(met.path);
      branches.push({ line, met: met.hits, unmet: unmet.hits });
      lines.set(line, Math.min(lines.get(line) ?? Infinity, met.hits + unmet.hits));
    }
  }
}

function record(name: string, { lines, branches }: FileCoverage): string {
  const sorted = [...lines].toSorted(([one], [other]) => one - other);
  const ways = branches
    .toSorted((one, other) => one.line - other.line)
    .flatMap(({ line, met, unmet }, block) => [
      { text: `BRDA:${line},${block},0,${met}`, taken: met > 0 },
      { text: `BRDA:${line},${block},1,${unmet}`, taken: unmet > 0 },
    ]);
  return [
    "TN:",
    `SF:${fromHere(name)}`,
    ...ways.map(({ text }) => text),
    `BRF:${ways.length}`,
    `BRH:${ways.filter(({ taken }) => taken).length}`,
    ...sorted.map(([line, hits]) => `DA:${line},${hits}`),
    `LF:${sorted.length}`,
    `LH:${sorted.filter(([, hits]) => hits > 0).length}`,
    "end_of_record\n",
  ].join("\n");
}

function rendered({ policy }: PolicyCoverage, folder: string): DocumentPlace {
  const text = `${JSON.stringify(JSON.parse(policy.document), undefined, 2)}\n`;
  const file = join(folder, `${policy.name.replace(/[^\w+=,.@-]+/g, "-").slice(-120)}.json`);
  mkdirSync(folder, { recursive: true });
  writeFileSync(file, text);
  return { file, at: jsonLocations(text) };
}
