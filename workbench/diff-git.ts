import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, posix } from "node:path";
import { PolicyTestError } from "./policy-test-error.ts";

/** Files of a revision, in a folder of their own for as long as they are read. */
export interface CheckedOut {
  readonly path: string;
  /** A text with the names of files as they are in the repository. */
  renamed(text: string): string;
  remove(): void;
}

/** Bytes that `git` may print. */
const MOST = 256 * 1024 * 1024;

/** `git:REV:PATH`, or `REV:PATH` where no such file exists; undefined for what is neither. */
export function revisionIn(name: string): { readonly revision: string; readonly path: string } | undefined {
  const explicit = /^git:([^:]+):(.+)$/s.exec(name);
  const match = explicit ?? (existsSync(name) || /^https?:/.test(name) ? null : /^([^:]{2,}):(.+)$/s.exec(name));
  return match === null ? undefined : { revision: match[1]!, path: match[2]! };
}

/**
 * Takes a file or a folder out of a revision; with a file all that is beside it, which it may name. Paths are relative to the
 * current folder. Throws PolicyTestError, in git's words, where there is none.
 */
export function checkOut(revision: string, path: string): CheckedOut {
  const name = `${revision}:${path}`;
  if (revision.startsWith("-")) throw new PolicyTestError(`${name}: ${revision} is no revision.`);
  const prefix = git(["rev-parse", "--show-prefix"], name).toString().trim();
  const root = posix.normalize(posix.join(prefix, path)).replace(/\/$/, "");
  const kind = git(["cat-file", "-t", root === "." ? `${revision}^{tree}` : `${revision}:${root}`], name)
    .toString()
    .trim();
  const folder = kind === "tree" ? root : posix.dirname(root);
  const listed = git(
    ["ls-tree", "-r", "-z", "--full-tree", revision, ...(folder === "." ? [] : ["--", `${folder}/`])],
    name,
  );
  const files = listed
    .toString()
    .split("\0")
    .flatMap((line) => {
      const [, object, file] = /^100\d{3} blob (\S+)\t(.+)$/s.exec(line) ?? [];
      return object !== undefined && /\.(?:json|ya?ml)$/.test(file!) ? [{ object, file: file! }] : [];
    });
  const target = mkdtempSync(join(tmpdir(), "iam-local-diff-"));
  try {
    const blobs = git(["cat-file", "--batch"], name, files.map(({ object }) => `${object}\n`).join(""));
    writeBlobs(
      blobs,
      files.map(({ file }) => join(target, file)),
    );
  } catch (cause) {
    rmSync(target, { recursive: true });
    throw cause;
  }
  return {
    path: join(target, root),
    renamed: (text) => text.replaceAll(`${target}/`, `${revision}:`),
    remove: () => rmSync(target, { recursive: true }),
  };
}

function git(parameters: readonly string[], name: string, input = ""): Buffer {
  const { status, stdout, stderr, error } = spawnSync("git", parameters, { input, maxBuffer: MOST });
  if (status === 0) return stdout;
  const [reason] = error ? [error.message] : stderr.toString().trim().split("\n");
  throw new PolicyTestError(`${name} cannot be read: ${reason}`);
}

/** What `git cat-file --batch` prints: for each object a line with its size, and what it holds. */
function writeBlobs(blobs: Buffer, paths: readonly string[]): void {
  let at = 0;
  for (const path of paths) {
    const end = blobs.indexOf(0x0a, at);
    const size = Number(blobs.subarray(at, end).toString().split(" ")[2]);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, blobs.subarray(end + 1, end + 1 + size));
    at = end + 1 + size + 1;
  }
}
