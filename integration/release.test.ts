import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "mocha";
import { parse } from "yaml";
import { run } from "./process.ts";

interface Manifest {
  readonly name: string;
  readonly version: string;
}

const manifest = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Manifest;

describe("a release", () => {
  const folder = mkdtempSync(join(tmpdir(), "iam-local-release-"));
  after(() => rmSync(folder, { recursive: true }));
  const { jobs } = parse(readFileSync(".github/workflows/release.yml", "utf8")) as {
    readonly jobs: {
      readonly release: { readonly steps: readonly { readonly name?: string; readonly run?: string }[] };
    };
  };
  const { version } = manifest(".");

  it("is refused where tag, packages and changelog do not name one version", async () => {
    const check = jobs.release.steps.find(({ name }) => name?.startsWith("the tag"))!.run!;
    for (const file of ["package.json", "CHANGELOG.md", "packages"]) {
      cpSync(file, join(folder, file), { recursive: true, filter: (path) => !/node_modules|dist$/.test(path) });
    }
    const checked = async (tag: string) =>
      (await run("bash", ["--norc", "-euo", "pipefail", "-c", check], { cwd: folder, env: { GITHUB_REF_NAME: tag } }))
        .code;
    const changelog = readFileSync("CHANGELOG.md", "utf8");
    writeFileSync(join(folder, "CHANGELOG.md"), changelog.replace("## [Unreleased]", "## [Unreleased]\n\n## [9.9.9]"));
    assert.equal(await checked("v9.9.9"), 1, "the packages have another version");
    assert.equal(await checked(`v${version}`), changelog.includes(`\n## [${version}]`) ? 0 : 1);
    writeFileSync(join(folder, "CHANGELOG.md"), `## [${version}]\n`);
    assert.equal(await checked(`v${version}`), 0);
  });

  it("would be published as it is, with nothing to complain of", async () => {
    const args = ["publish", "--dry-run", "--ignore-scripts", "--access", "public", "--loglevel", "warn"];
    const env = { HOME: folder, npm_config_registry: "http://127.0.0.1:1", npm_config_fetch_retries: "0" };
    const { code, stdout, stderr } = await run("npm", args, { env });
    assert.equal(code, 0, stderr);
    assert.equal(stdout.trim(), `+ iam-local@${version}`);
    // That nobody is logged in to the registry is said in a dry run as well.
    assert.deepEqual(
      stderr.split("\n").filter((line) => line !== "" && !/logged in|npm notice/.test(line)),
      [],
    );
  });
});
