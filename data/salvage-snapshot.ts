import { isEntry, SNAPSHOT, type Snapshot } from "./snapshot.ts";
import type { Entries } from "./stored-state.ts";
import { joinKey } from "./table.ts";

export interface SalvagedSnapshot {
  readonly collections: Map<string, Entries>;
  /** Undefined if it cannot be read. */
  readonly sequence: number | undefined;
  readonly line: string | undefined;
  readonly losses: readonly string[];
}

/**
 * What can be read of a snapshot: all of it if it is still JSON, else each line that is. The checksum does not say
 * which of that was changed.
 */
export function salvageSnapshot(content: Buffer | undefined): SalvagedSnapshot {
  if (content === undefined) {
    return { collections: new Map(), sequence: undefined, line: undefined, losses: [`what only ${SNAPSHOT} held`] };
  }
  const text = content.toString();
  const whole = parse(text) as Partial<Snapshot> | undefined;
  const lines = typeof whole?.collections === "object" ? entriesIn(whole.collections ?? {}) : linesOf(text);
  const collections = new Map<string, Entries>();
  const losses: string[] = [];
  for (const [name, where, entry] of lines) {
    if (!isEntry(entry)) {
      losses.push(`${SNAPSHOT}: ${where} cannot be read`);
      continue;
    }
    const entries: Entries = collections.get(name) ?? new Map();
    collections.set(name, entries.set(joinKey(entry[0]), entry));
  }
  const sequence = whole?.sequence ?? Number(/^ {2}"sequence": (\d+),$/m.exec(text)?.[1]);
  const line = whole?.line ?? /^ {2}"line": "([0-9a-f]{8})",$/m.exec(text)?.[1];
  return { collections, sequence: Number.isSafeInteger(sequence) ? sequence : undefined, line, losses };
}

type Found = readonly [collection: string, where: string, entry: unknown];

function* entriesIn(collections: object): Iterable<Found> {
  for (const [name, entries] of Object.entries(collections)) {
    if (!Array.isArray(entries)) continue;
    for (const [i, entry] of entries.entries()) yield [name, `entry ${i + 1} of ${name}`, entry];
  }
}

function* linesOf(text: string): Iterable<Found> {
  let name: string | undefined;
  for (const [i, line] of text.split("\n").entries()) {
    const heading = /^ {4}"([\w-]+)": \[$/.exec(line)?.[1];
    if (heading !== undefined) name = heading;
    else if (/^ {4}\],?$/.test(line)) name = undefined;
    else if (name !== undefined && line !== "") yield [name, `line ${i + 1}`, parse(line.replace(/,$/, ""))];
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
