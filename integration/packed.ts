import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before } from "mocha";
import { BUILD, run } from "./process.ts";

const PROJECT = process.cwd();
const PACKED = [
  "package.json",
  "README.md",
  "LICENSE",
  "NOTICE",
  "CHANGELOG.md",
  "CONTRIBUTING.md",
  "ARCHITECTURE.md",
  "docs",
];

/** The package as npm would publish it, and a project with it installed. */
export interface Packed {
  /** A folder that is removed after the tests. */
  readonly work: string;
  /** A project whose `node_modules` has only this package and what `link` adds. */
  readonly app: string;
  /** Where the package is installed in it. */
  readonly installed: string;
  /** The files in the tarball. */
  readonly files: () => readonly string[];
  /** Adds a package of our own `node_modules` to the project. */
  readonly link: (name: string) => void;
}

/**
 * Packs this build around the tests of the enclosing `describe` and unpacks it where npm would put it. Does not run
 * `prepare`, which would replace the running tests. Without a command line in the build the tests are skipped, loudly.
 */
export function packed(): Packed {
  const work = mkdtempSync(join(tmpdir(), "iam-local-package-"));
  const app = join(work, "app");
  const installed = join(app, "node_modules", "iam-local");
  let files: readonly string[] = [];

  before(async function () {
    this.timeout(60_000);
    if (!existsSync(join(BUILD, "bin"))) {
      console.warn("    SKIPPED: this build has no command line (build.mjs --library)");
      this.skip();
    }
    const project = join(work, "project");
    mkdirSync(project);
    for (const file of PACKED) cpSync(join(PROJECT, file), join(project, file), { recursive: true });
    cpSync(BUILD, join(project, "dist"), { recursive: true });
    const pack = await run("npm", ["pack", "--ignore-scripts", "--json"], {
      cwd: project,
      env: { HOME: work, npm_config_cache: join(work, "cache"), npm_config_offline: "true" },
    });
    assert.equal(pack.code, 0, pack.stderr);
    const [tarball] = JSON.parse(pack.stdout) as [{ filename: string; files: { path: string }[] }];
    files = tarball.files.map(({ path }) => path);
    mkdirSync(installed, { recursive: true });
    const from = join(project, tarball.filename);
    const unpack = await run("tar", ["-xzf", from, "-C", installed, "--strip-components=1"]);
    assert.equal(unpack.code, 0, unpack.stderr);
  });
  after(() => rmSync(work, { recursive: true }));

  return {
    work,
    app,
    installed,
    files: () => files,
    link(name) {
      const link = join(app, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(PROJECT, "node_modules", name), link);
    },
  };
}
