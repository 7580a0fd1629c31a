import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";

/** Runs a shell line in a folder, with these variables added to the environment. */
export type Shell = (line: string, folder: string, env: Readonly<Record<string, string>>) => Promise<void>;

/**
 * Carries out a project's Dockerfile without Docker: each stage gets a folder below `work` that stands for the root of
 * its file system. COPY copies; RUN runs on this machine, with absolute paths turned into ones below that folder. Only
 * root can give files away, so `chown` is only recorded.
 */
export async function actOut(project: string, work: string, shell: Shell): Promise<Stage[]> {
  const ignored = readFileSync(join(project, ".dockerignore"), "utf8").trim().split("\n");
  const stages: Stage[] = [];
  for (const [name, text] of instructionsIn(readFileSync(join(project, "Dockerfile"), "utf8"))) {
    if (name === "FROM") {
      stages.push(new Stage(text, join(work, `stage-${stages.length}`)));
      continue;
    }
    const stage = stages.at(-1)!;
    stage.told.set(name, text);
    if (name === "WORKDIR") stage.enter(text);
    if (name === "ENV") stage.set(text);
    if (name === "RUN") await stage.run(text, shell);
    if (name === "COPY") {
      const from = /--from=(\w+)/.exec(text)?.[1];
      if (from === undefined) stage.copy(project, text, ignored);
      else stage.copy(stages.find((other) => other.name === from)!.root, text, []);
    }
  }
  return stages;
}

/** Name and text of each instruction, without comments and with continuation lines joined. */
const instructionsIn = (text: string): [name: string, text: string][] =>
  text
    .replace(/^#.*\n/gm, "")
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]);

export class Stage {
  readonly base: string;
  readonly name: string | undefined;
  readonly root: string;
  /** Its working folder, below `root`. */
  folder: string;
  /** Its variables; paths in them are below `root`. */
  readonly env: Record<string, string> = {};
  /** The last instruction with each name. */
  readonly told = new Map<string, string>();
  readonly #tools: string;

  constructor(from: string, root: string) {
    [this.base, , this.name] = from.replace(/^--platform=\S+ /, "").split(" ") as [string, string?, string?];
    this.root = root;
    this.folder = root;
    this.#tools = `${root}-tools`;
    mkdirSync(root);
    mkdirSync(this.#tools);
    writeFileSync(join(this.#tools, "chown"), `#!/bin/sh\necho "$@" >> ${this.#tools}/owners\n`);
    chmodSync(join(this.#tools, "chown"), 0o755);
  }

  /** The arguments of `chown`, one call per line. */
  get owners(): string {
    const file = join(this.#tools, "owners");
    return existsSync(file) ? readFileSync(file, "utf8") : "";
  }

  enter(path: string): void {
    this.folder = this.#below(path);
    mkdirSync(this.folder, { recursive: true });
  }

  set(pairs: string): void {
    for (const pair of pairs.split(" ")) {
      const [name, value] = pair.split("=") as [string, string];
      this.env[name] = value.startsWith("/") ? this.#below(value) : value;
    }
  }

  run(line: string, shell: Shell): Promise<void> {
    const local = line.replace(/(?<=^|\s)\/\S+/g, (path) => this.#below(path));
    return shell(local, this.folder, { PATH: `${this.#tools}:${process.env["PATH"]}` });
  }

  /** For a folder, its content is copied; a file keeps its name. */
  copy(from: string, paths: string, ignored: readonly string[]): void {
    const sources = paths.split(" ").filter((word) => !word.startsWith("--"));
    const target = this.#below(sources.pop()!);
    const left = new Set(ignored.map((name) => join(from, name)));
    for (const source of sources.map((path) => join(from, path))) {
      if (statSync(source).isDirectory())
        cpSync(source, target, { recursive: true, filter: (path) => !left.has(path) });
      else cpSync(source, join(target, basename(source)));
    }
  }

  #below(path: string): string {
    return path.startsWith("/") ? join(this.root, path) : resolve(this.folder, path);
  }
}
