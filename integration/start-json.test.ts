import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { CLI, exitOf, launch } from "./process.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

/** Starts the command line with `--json`, stops it by the pid that it prints, and resolves with its whole output. */
async function startAndStop(...args: string[]) {
  const { child, output } = launch(process.execPath, [CLI, "start", "--port", "0", "--json", ...args], {});
  const exited = exitOf(child);
  await once(child.stdout, "data");
  const started = JSON.parse(output.stdout) as Record<string, unknown> & { endpoint: string; pid: number };
  const { status } = await fetch(`${started.endpoint}/_emulator/health`);
  process.kill(started.pid, "SIGTERM");
  return { started, status, code: await exited, ...output };
}

describe("start --json", () => {
  it("says in one line, once it answers, where it is and how to sign in, and all else to standard error", async () => {
    const { started, status, code, stdout, stderr } = await startAndStop();
    const { endpoint, pid, rootSignIn, ...rest } = started as typeof started & { rootSignIn: { password: string } };
    assert.deepEqual([status, code, stdout.split("\n").length], [200, 0, 2]);
    assert.match(endpoint, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.ok(pid > 0);
    assert.match(rootSignIn.password, /^[\w-]{20}$/);
    assert.deepEqual(rest, {
      console: `${endpoint.replace("127.0.0.1", "localhost")}/console`,
      control: `${endpoint}/_emulator`,
      version,
      account: "000000000000",
      region: "us-east-1",
      rootCredentials: { accessKeyId: "test", secretAccessKey: "test" },
      checks: { signatures: "on", mfaCodes: "on", permissions: "on" },
    });
    assert.match(stderr, /listens at http[^]*SIGTERM, closing/);
  });

  it("repeats no secret that was chosen, and names no control plane that is off", async () => {
    const chosen = ["--root-secret-access-key", "hidden-secret", "--root-password", "hidden-password", "--no-control"];
    const { started, stdout, stderr } = await startAndStop(...chosen);
    assert.doesNotMatch(stdout + stderr, /hidden/);
    assert.deepEqual(started["rootCredentials"], { accessKeyId: "test" });
    assert.deepEqual(started["rootSignIn"], { email: "root@example.com" });
    assert.equal("control" in started, false);
  });
});
