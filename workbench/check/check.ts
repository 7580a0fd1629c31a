import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { PolicyKind } from "../../policy/document.ts";
import type { Level } from "../../policy/lint/check.ts";
import { CHECKS, type Code } from "../../policy/lint/checks.ts";
import { lint } from "../../policy/lint/lint.ts";
import { type Location, locationsIn } from "../../policy/locations.ts";
import { fileFailure } from "../../server/file-failure.ts";
import { documentsIn } from "./documents.ts";
import { UnreadableFile } from "./json-tree.ts";

/** What is found, with its place in a file. */
export interface FileFinding {
  readonly file: string;
  /** Where in the file the document stands; empty for a file that is one. */
  readonly document: string;
  readonly kind: PolicyKind;
  readonly code: Code;
  readonly level: Level;
  /** Whose check it is. */
  readonly source: "access-analyzer" | "iam-local";
  readonly message: string;
  /** What IAM answers, where it refuses the document for this. */
  readonly refusal?: string;
  /** In the document, such as `Statement[0].Action[1]`. */
  readonly path: string;
  readonly start: Location;
  readonly end: Location;
}

export interface CheckReport {
  /** In the order of files and of the text in them. */
  readonly findings: readonly FileFinding[];
  readonly files: number;
  readonly documents: number;
}

/** A file, and what is in it. */
export interface TextFile {
  readonly file: string;
  readonly text: string;
  /** Whether it was named, so that it must hold a policy; of folders, files without one are passed over. */
  readonly named: boolean;
}

/** What cannot be checked, such as a file that cannot be read; the message names it, with line and column where it has them. */
export class CheckFailed extends Error {}

/** How bad a finding must be to be told. */
export type Threshold = "error" | "warning" | "suggestion";

export interface CheckOptions {
  /** What all documents are; guessed of each where it is absent. */
  readonly kind?: PolicyKind | undefined;
  readonly threshold: Threshold;
  readonly ignored: ReadonlySet<string>;
}

const RANKS: Readonly<Record<Level, number>> = { error: 3, security: 2, warning: 2, suggestion: 1 };

/** Checks all documents in the files. Rejects with CheckFailed. */
export async function checkFiles(files: Iterable<TextFile>, options: CheckOptions): Promise<CheckReport> {
  const findings: FileFinding[] = [];
  let [fileCount, documentCount] = [0, 0];
  for (const { file, text, named } of files) {
    const documents = await documentsOf({ file, text, named });
    if (documents.length === 0 && named) throw new CheckFailed(`${file}: there is no policy document in it.`);
    if (documents.length > 0) fileCount++;
    documentCount += documents.length;
    const location = locationsIn(text);
    for (const document of documents) {
      const kind = options.kind ?? document.kind;
      for (const finding of lint(document.text, { kind })) {
        const { code, level, message, refusal, path } = finding;
        if (RANKS[level] < RANKS[options.threshold] || options.ignored.has(code)) continue;
        const { start, end } = document.spanOf(finding);
        findings.push({
          file,
          document: document.path,
          kind,
          code,
          level,
          source: CHECKS[code].ours ? "iam-local" : "access-analyzer",
          message,
          ...(refusal !== undefined && { refusal }),
          path,
          start: location(start),
          end: location(end),
        });
      }
    }
  }
  return { findings, files: fileCount, documents: documentCount };
}

async function documentsOf({ file, text, named }: TextFile) {
  try {
    return await documentsIn(text, file);
  } catch (cause) {
    if (!(cause instanceof UnreadableFile)) throw cause;
    if (!named) return [];
    const { line, column } = locationsIn(text)(cause.offset);
    throw new CheckFailed(`${file}:${line}:${column}: ${cause.message}.`);
  }
}

/** The files of that name, or all JSON and YAML files in the folder of that name and below it. Throws CheckFailed. */
export function* filesAt(path: string): Iterable<TextFile> {
  if (!isFolder(path)) {
    yield { file: path, text: read(path), named: true };
    return;
  }
  const entries = readdirSync(path, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    const below = join(path, entry.name);
    if (entry.name.startsWith(".") || entry.name === "node_modules") continue;
    if (entry.isDirectory()) yield* filesAt(below);
    else if (entry.isFile() && /\.(?:json|ya?ml)$/i.test(entry.name)) {
      yield { file: below, text: read(below), named: false };
    }
  }
}

const isFolder = (path: string): boolean => reading(path, () => statSync(path).isDirectory());
const read = (path: string): string => reading(path, () => readFileSync(path, "utf8"));

function reading<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new CheckFailed(`${path} cannot be read: ${fileFailure(cause)}.`);
  }
}
