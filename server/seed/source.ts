import { readFileSync } from "node:fs";
import { dirname, isAbsolute, join, resolve } from "node:path";
import type { Document, LineCounter, ParsedNode } from "yaml";
import { fileFailure } from "../file-failure.ts";
import { isTooDeepYaml } from "../nesting.ts";
import { type Location, Place, type Path, type Source } from "./place.ts";
import { SeedError } from "./seed-error.ts";

/** A seed as it was read. */
export interface ReadSeed {
  readonly root: Place;
  /** The seed's name for messages. */
  readonly name: string;
  /** The files that it has named so far, in the order in which they were first read. */
  readonly files: readonly NamedFile[];
}

/** A file that a seed names, with its path as it was opened. */
export interface NamedFile {
  readonly path: string;
  readonly text: string;
}

/** Reads a seed from a file (YAML or JSON), or takes it as an object. Rejects with SeedError. */
export async function readSource(seed: string | object): Promise<ReadSeed> {
  if (typeof seed === "object") return objectSource(seed);
  try {
    return await textSource(readFileSync(seed, "utf8"), seed);
  } catch (cause) {
    if (cause instanceof SeedError) throw cause;
    throw new SeedError(`${seed} cannot be read: ${fileFailure(cause)}.`);
  }
}

function objectSource(seed: object): ReadSeed {
  const { files, file } = filesBelow(".");
  const source: Source = { position: () => "seed", location: () => undefined, written: () => undefined, file };
  return { root: new Place(plain(seed, "seed"), source), name: "the seed", files };
}

/** How a text is read and spoken of. */
export interface TextOptions {
  readonly show?: (at: Location) => string;
  readonly readFile?: (file: string) => string;
}

/**
 * A seed in a text; JSON is YAML, too. `name` is what messages call it. The files that it names are beside it, or what `readFile` makes
 * of them. Messages say where something stands as `show` writes it, by its line unless told otherwise.
 */
export async function textSource(
  text: string,
  name: string,
  { show = ({ line }) => String(line), readFile }: TextOptions = {},
): Promise<ReadSeed> {
  // Loaded when there is a seed to read, which a start without one should not pay for. By its default export, the only one
  // that both Node and the bundler see of this CommonJS module.
  const { default: yaml } = await import("yaml");
  if (isTooDeepYaml(text)) throw new SeedError(`${name}: is nested too deeply.`);
  const lines = new yaml.LineCounter();
  const options = {
    lineCounter: lines,
    prettyErrors: false,
    stringKeys: true,
    merge: true,
    logLevel: "silent",
  } as const;
  let document: Document.Parsed;
  try {
    document = yaml.parseDocument(text, options);
  } catch {
    // The parser is recursive and can run out of stack.
    throw new SeedError(`${name}: is nested too deeply.`);
  }
  const [error] = [...document.errors, ...document.warnings];
  // Without the text that the parser quotes, which may be a secret, and without the name of its option.
  if (error)
    throw new SeedError(
      `${name}:${show(placeIn(lines, error.pos[0]))}: ${error.message.replace(/: ".*/s, ".").replace("With stringKeys, a", "A")}`,
    );
  const { files, file } = filesBelow(dirname(name));
  const source: Source = {
    position: (path) => `${name}:${show(locationOf(path, document, lines))}`,
    location: (path) => ({ file: name, ...locationOf(path, document, lines) }),
    written: (path) => writtenAt(path, document),
    file: readFile ?? file,
  };
  return { root: new Place(plainDocument(document, name), source), name, files };
}

function plainDocument(document: Document, name: string): unknown {
  let value: unknown;
  try {
    value = document.toJS({ maxAliasCount: 1000 });
  } catch (cause) {
    throw new SeedError(`${name}: ${(cause as Error).message.split("\n")[0]}`);
  }
  return plain(value, name);
}

/** A copy that contains only what JSON has. Fails for a value that contains itself. */
function plain(value: unknown, name: string): unknown {
  try {
    return JSON.parse(JSON.stringify(value ?? {}));
  } catch {
    throw new SeedError(`${name}: contains itself, is nested too deeply, or holds what JSON cannot.`);
  }
}

/** Where the key or item at `path` is, or what is nearest above it: what comes by an alias has no place of its own. */
function locationOf(path: Path, document: Document, lines: LineCounter): Location {
  for (let length = path.length; length > 0; length--) {
    const start = startOf(path.slice(0, length), document);
    if (start !== undefined) return placeIn(lines, start);
  }
  return { line: 1, column: 1 };
}

function placeIn(lines: LineCounter, offset: number): Location {
  const { line, col: column } = lines.linePos(offset);
  return { line, column };
}

function startOf(path: Path, document: Document): number | undefined {
  const parent = document.getIn(path.slice(0, -1), true) as ParsedNode | undefined;
  const key = path.at(-1);
  if (parent && "items" in parent) {
    for (const [index, item] of parent.items.entries()) {
      const isPair = "key" in item;
      const name = isPair ? (item.key as { readonly value?: unknown } | null)?.value : index;
      if (name === key) return ((isPair ? item.key : item) as ParsedNode | null)?.range[0];
    }
  }
  return undefined;
}

function writtenAt(path: Path, document: Document): string | undefined {
  const node = document.getIn(path, true) as { readonly source?: unknown } | undefined;
  return typeof node?.source === "string" ? node.source : undefined;
}

/** Of what stands in no file: there is a path to what is wrong in it, and no line. */
export const NO_FILE: Source = {
  position: () => "",
  location: () => undefined,
  written: () => undefined,
  file: () => {
    throw new Error("nothing here names files");
  },
};

/** Reads the files that are named in what stands in `folder`, and keeps what it has read. */
export function filesBelow(folder: string) {
  const files: NamedFile[] = [];
  const file = (name: string): string => {
    const text = readFileSync(resolve(folder, name), "utf8");
    files.push({ path: isAbsolute(name) ? name : join(folder, name), text });
    return text;
  };
  return { files, file };
}
