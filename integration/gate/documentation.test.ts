import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import { requireInstalled } from "../clients/installed.ts";
import { CLI, exitOf, launch, withProcess } from "../process.ts";
import { example } from "../readme-examples.ts";
import { dynalite, type Service } from "./services.ts";

const run = promisify(execFile);

describe("the examples of docs/gate.md", () => {
  requireInstalled("the AWS CLI", "aws", "--version");
  const folder = mkdtempSync(join(tmpdir(), "iam-local-gate-walk-"));
  let service: Service | undefined;

  before(async () => {
    // Its command knows no port that is free; what it runs is this.
    assert.equal(example("gate-upstream"), "npx dynalite --port 8000");
    service = await dynalite();
    const shim = join(folder, "iam-local");
    writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${CLI}" "$@"\n`);
    chmodSync(shim, 0o755);
  });
  after(async () => {
    await service?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const there = (text: string) => text.replaceAll("http://127.0.0.1:8000", service!.origin);

  it("do what they say: the walk, with a gate in the process and one beside it", async function () {
    this.timeout(60_000);
    const [, ...args] = there(example("gate-start")).split(" ");
    const ports = ["--port", "0", "--gate-port", "0"];
    await withProcess(process.execPath, [CLI, ...args, ...ports], {}, async ({ endpoint, output }) => {
      const gate = /gate {7}(\S+),/.exec(output.stdout)![1]!;
      const walk = example("gate-walk").replaceAll("http://127.0.0.1:4594", gate);
      const env = { PATH: `${folder}:${process.env["PATH"]}`, HOME: folder, IAM_LOCAL_ENDPOINT: endpoint };
      const { stdout, stderr } = await run("bash", ["-euo", "pipefail", "-c", walk], { env, cwd: folder });
      assert.match(
        stderr,
        /PutItem operation: [^\n]* with an explicit deny in an identity-based policy[^]*Scan operation: [^\n]* because no identity-based policy allows the dynamodb:Scan action/,
      );
      assert.match(stdout, /dynamodb:Scan/);

      const [, ...beside] = there(example("gate-beside")).replace("http://127.0.0.1:4593", endpoint).split(" ");
      const second = launch(process.execPath, [CLI, ...beside, "--port", "0"], {});
      const exited = exitOf(second.child);
      while (!second.output.stdout.includes("export AWS_ENDPOINT_URL=")) await new Promise(setImmediate);
      second.child.kill();
      assert.equal(await exited, 0);
    });
  });

  it("do what they say: in a test", async () => {
    const file = resolve("dist/gate-library.test.mjs");
    writeFileSync(file, there(example("gate-library")));
    try {
      const env = { PATH: process.env["PATH"], AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true" };
      const { stdout } = await run(process.execPath, [file], { env });
      assert.equal(stdout.trim(), "[ 'Music' ]");
    } finally {
      rmSync(file);
    }
  });
});
