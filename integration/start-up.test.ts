import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { after, describe, it } from "mocha";
import { CLI, withProcess } from "./process.ts";

describe("The start", () => {
  const coverage = mkdtempSync(join(tmpdir(), "iam-local-start-"));
  after(() => rmSync(coverage, { recursive: true }));

  // The Express, XML, YAML, JWT and security key packages each cost more than a start may; they are loaded on first
  // use.
  it("loads no more packages than the first signed request needs", async () => {
    const args = [CLI, "start", "--port", "0"];
    const env = { NODE_V8_COVERAGE: coverage };
    const { code } = await withProcess(process.execPath, args, { env }, async ({ endpoint }) => {
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const sts = new STSClient({ endpoint, region: "us-east-1", credentials });
      assert.equal((await fetch(`${endpoint}/_emulator/health`)).status, 200);
      assert.equal((await sts.send(new GetCallerIdentityCommand())).Account, "000000000000");
      sts.destroy();
    });
    assert.equal(code, 0);
    assert.deepEqual(loadedPackages(coverage), ["@noble", "@otplib", "@scure", "commander", "lowdb", "otplib"]);
  });
});

/** From the coverage that node writes at the end of a process, which names each script that was loaded. */
function loadedPackages(folder: string): string[] {
  const packages = new Set<string>();
  for (const file of readdirSync(folder)) {
    const { result } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { result: { url: string }[] };
    for (const { url } of result) {
      const name = /.*\/node_modules\/([^/]+)/.exec(url)?.[1];
      if (name !== undefined) packages.add(name);
    }
  }
  return [...packages].sort();
}
