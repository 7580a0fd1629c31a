import type { Pick } from "../durability/simulated-disk.ts";

export type Files = ReadonlyMap<string, Buffer>;

interface Around {
  /** The same folder as it was at this or an earlier moment. */
  readonly older: Files;
  /** Another folder with the same history. */
  readonly other: Files;
  readonly pick: Pick;
}

interface Damage {
  readonly name: string;
  /** Returns the changed files. May change the map, but none of its buffers. */
  readonly change: (files: Map<string, Buffer>, around: Around) => Files;
}

/** Changes the content of any one file. */
const toAFile = (name: string, change: (content: Buffer, around: Around) => Buffer | undefined): Damage => ({
  name,
  change(files, around) {
    const names = [...files.keys()];
    const file = names[around.pick(names.length)]!;
    return put(files, file, change(files.get(file)!, around));
  },
});

const toLines = (name: string, change: (lines: string[], at: number, around: Around) => string[]): Damage =>
  toAFile(name, (content, around) => {
    const lines = content.toString("latin1").split(/(?<=\n)/);
    return Buffer.from(change(lines, around.pick(lines.length), around).join(""), "latin1");
  });

function put(files: Map<string, Buffer>, file: string, content: Buffer | undefined): Files {
  if (content === undefined) files.delete(file);
  else files.set(file, content);
  return files;
}

const isJournal = (file: string): boolean => file.startsWith("journal-");
const numbered = (number: number): string => `journal-${String(number).padStart(12, "0")}.jsonl`;

export const DAMAGES: readonly Damage[] = [
  toAFile("a byte changed", (content, { pick }) => {
    const changed = Buffer.from(content);
    if (changed.length > 0) changed[pick(changed.length)]! ^= 1 + pick(255);
    return changed;
  }),
  toAFile("a byte zero", (content, { pick }) => {
    const changed = Buffer.from(content);
    if (changed.length > 0) changed[pick(changed.length)] = 0;
    return changed;
  }),
  toAFile("a letter of a policy changed", (content) => Buffer.from(content.toString().replace("Allow", "Cllow"))),
  toAFile("cut", (content, { pick }) => content.subarray(0, pick(content.length + 1))),
  toAFile("cut at a line's end", (content, { pick }) => {
    const lines = content.toString("latin1").split(/(?<=\n)/);
    return content.subarray(0, lines.slice(0, pick(lines.length)).join("").length);
  }),
  toAFile("the last byte gone", (content) => content.subarray(0, -1)),
  toAFile("emptied", () => Buffer.alloc(0)),
  toAFile("removed", () => undefined),
  toAFile("a part zero", (content, { pick }) => {
    const from = pick(content.length + 1);
    return Buffer.from(content).fill(0, from, from + pick(content.length - from + 1));
  }),
  toAFile("all behind a byte zero", (content, { pick }) => Buffer.from(content).fill(0, pick(content.length + 1))),
  toAFile("something inserted", (content, { pick }) => {
    const at = pick(content.length + 1);
    return Buffer.concat([content.subarray(0, at), Buffer.from(" "), content.subarray(at)]);
  }),
  toAFile("something added", (content) => Buffer.concat([content, Buffer.from("{}\n")])),
  toAFile("twice in itself", (content) => Buffer.concat([content, content])),
  toAFile("line ends of another system", (content) =>
    Buffer.from(content.toString("latin1").replaceAll("\n", "\r\n"), "latin1"),
  ),
  toAFile("in another encoding", (content) => Buffer.from(content.toString(), "utf16le")),
  toLines("a line twice", (lines, at) => [...lines.slice(0, at + 1), ...lines.slice(at)]),
  toLines("a line gone", (lines, at) => lines.toSpliced(at, 1)),
  toLines("two lines exchanged", (lines, at, { pick }) => {
    const other = pick(lines.length);
    return lines.with(at, lines[other]!).with(other, lines[at]!);
  }),
  {
    name: "one file of another folder",
    change(files, { other, pick }) {
      const names = [...other.keys()];
      const file = names[pick(names.length)]!;
      return put(files, file, other.get(file));
    },
  },
  {
    name: "one file older",
    change(files, { older, pick }) {
      const names = [...older.keys()];
      const file = names[pick(names.length)]!;
      return put(files, file, older.get(file));
    },
  },
  {
    name: "the journal of another folder",
    change(files, { other }) {
      for (const file of files.keys()) if (isJournal(file)) files.delete(file);
      for (const [file, content] of other) if (isJournal(file)) files.set(file, content);
      return files;
    },
  },
  {
    name: "all but one file of another folder",
    change(files, { other, pick }) {
      const names = [...files.keys()];
      const kept = names[pick(names.length)]!;
      return names.length === 1 ? files : new Map([...other, [kept, files.get(kept)!]]);
    },
  },
  {
    name: "a journal under another number",
    change(files, { pick }) {
      const journals = [...files.keys()].filter(isJournal);
      if (journals.length === 0) return files;
      const file = journals[pick(journals.length)]!;
      const content = files.get(file)!;
      if (pick(2) === 0) files.delete(file);
      return put(files, numbered(1 + pick(25)), content);
    },
  },
  {
    name: "a journal added to another",
    change(files, { pick }) {
      const journals = [...files.keys()].filter(isJournal);
      if (journals.length === 0) return files;
      const [from, to] = [journals[pick(journals.length)]!, journals[pick(journals.length)]!];
      return put(files, to, Buffer.concat([files.get(to)!, files.get(from)!]));
    },
  },
];
