import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { before, describe, it } from "mocha";
import { packed } from "./packed.ts";
import { run } from "./process.ts";

const MODULES = resolve("node_modules");
const node = (file: string) => [process.execPath, join(MODULES, file)];

/** By folder in docs/examples: the command that runs it, and its output on success. */
const RUNNERS: Readonly<Record<string, { readonly command: readonly string[]; readonly says: RegExp }>> = {
  jest: { command: node("jest/bin/jest.js"), says: /Tests: +2 passed, 2 total/ },
  vitest: { command: [...node("vitest/vitest.mjs"), "run"], says: /Tests +1 passed/ },
  mocha: { command: [...node("mocha/bin/mocha.js"), "iam.test.mjs"], says: /1 passing/ },
  "node-test": { command: [process.execPath, "--test", "iam.test.mjs"], says: /pass 1\n[^]*fail 0\n/ },
  pytest: { command: ["python3", "-m", "pytest", "-p", "no:cacheprovider"], says: /2 passed/ },
};

function isMissing(command: string, ...args: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return false;
  } catch {
    console.warn(`      SKIPPED: "${command} ${args.join(" ")}" does not work on this machine`);
    return true;
  }
}

describe("the examples for test runners, with the package as it is published", function () {
  this.timeout(90_000);
  const { app, work, link, files } = packed();

  before(() => {
    for (const name of ["@aws-sdk/client-iam", "@aws-sdk/client-sts", "vitest"]) link(name);
    writeFileSync(join(app, "package.json"), '{ "private": true }\n');
    const commands = join(app, "node_modules", ".bin");
    mkdirSync(commands);
    symlinkSync(join("..", "iam-local", "dist", "bin", "iam-local.js"), join(commands, "iam-local"));
  });

  it("are all in the package", () => {
    const folders = files().map((file) => /^docs\/examples\/([^/]+)\//.exec(file)?.[1]);
    // Those that are no runners are tried elsewhere: ci.test.ts, gate/compose.test.ts, workbench/.
    assert.deepEqual(
      new Set(folders.filter(Boolean)),
      new Set([...Object.keys(RUNNERS), "compose", "github", "gitlab", "policies"]),
    );
  });

  for (const [runner, { command, says }] of Object.entries(RUNNERS)) {
    it(`do what they say: ${runner}`, async function () {
      if (runner === "pytest" && isMissing("python3", "-c", "import boto3, pytest")) return this.skip();
      const folder = join(app, runner);
      cpSync(join("docs", "examples", runner), folder, { recursive: true });
      const env = { HOME: work, NO_COLOR: "1", AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
      const ended = await run(command[0]!, command.slice(1), { cwd: folder, env });
      assert.equal(ended.code, 0, ended.stdout + ended.stderr);
      assert.match(ended.stdout + ended.stderr, says);
    });
  }
});
