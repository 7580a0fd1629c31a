import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build } from "esbuild";

const here = (file: string): string => fileURLToPath(new URL(file, import.meta.url));

/** Runs a compiled or bundled `folding-program`. */
async function run(program: string, folder: string): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, folder]);
  return JSON.parse(stdout) as unknown;
}

describe("The journal is folded while the process runs", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "iam-local-"));
  });
  afterEach(() => rm(folder, { recursive: true }));

  /** Bundled like the command line in build.mjs. */
  const bundle = async (...more: string[]) => {
    const program = here("./folding-program.js");
    await build({
      entryPoints: [program, ...more],
      outdir: path.join(folder, "bin"),
      entryNames: "[name]",
      bundle: true,
      splitting: true,
      minify: true,
      keepNames: true,
      platform: "node",
      target: "node20",
      format: "esm",
      logLevel: "silent",
    });
    return path.join(folder, "bin", "folding-program.js");
  };

  it("in a worker thread, where the modules are files", async () => {
    assert.deepEqual(await run(here("./folding-program.js"), path.join(folder, "state")), { inWorker: true, lost: 0 });
  });

  it("in a worker thread, in a bundle with the worker's entry", async () => {
    const program = await bundle(here("../../data/fold-worker.js"));
    assert.deepEqual(await run(program, path.join(folder, "state")), { inWorker: true, lost: 0 });
  });

  it("between requests, in a bundle that lacks the worker", async () => {
    const program = await bundle();
    assert.deepEqual(await run(program, path.join(folder, "state")), { inWorker: false, lost: 0 });
  });
});
