import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CLI, run } from "../process.ts";
import { example } from "../readme-examples.ts";

describe("The documentation of policies as code", function () {
  this.timeout(20_000);
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-docs-"));
    const command = join(folder, "iam-local");
    writeFileSync(command, `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
    chmodSync(command, 0o755);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, page, cwd] of [
    ["policy-test", "docs/policies.md", undefined],
    ["policy-diff", "docs/policy-diff.md", undefined],
    ["from-trail", "docs/from-trail.md", undefined],
    ["policies-as-code", "README.md", process.cwd()],
  ] as const) {
    it(`shows what the example prints: ${name}`, async () => {
      const env = { PATH: `${folder}:${process.env.PATH}` };
      const { stdout, stderr, code } = await run("bash", ["-euo", "pipefail", "-c", example(name)], {
        cwd: cwd ?? folder,
        env,
      });
      assert.equal(code, 0, stderr);
      const shown = new RegExp(`<!-- output: ${name} -->\n\`\`\`\n([^]*?)\`\`\``).exec(readFileSync(page, "utf8"));
      assert.equal(stdout, shown?.[1]);
    });
  }
});
