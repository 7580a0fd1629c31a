import assert from "node:assert/strict";
import { existsSync, mkdtempSync, realpathSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateUserCommand, GetUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { after, before, describe, it } from "mocha";
import { DEFAULT_PORT } from "../server/options.ts";
import { actOut, type Stage } from "./dockerfile.ts";
import { run, withProcess } from "./process.ts";

const PROJECT = process.cwd();

describe("the Docker image", () => {
  const work = realpathSync(mkdtempSync(join(tmpdir(), "iam-local-docker-")));
  after(function () {
    this.timeout(60_000);
    rmSync(work, { recursive: true });
  });
  let image: Stage;

  before(async function () {
    this.timeout(300_000);
    image = (await actOut(PROJECT, work, shell)).at(-1)!;
  });

  /** Runs a RUN line. Where packages can be had from neither npm's cache nor its registry, those of the project are used. */
  async function shell(line: string, folder: string, env: Readonly<Record<string, string>>): Promise<void> {
    const npm = { npm_config_prefer_offline: "true", npm_config_fetch_retries: "0", npm_config_audit: "false" };
    const ended = await run("sh", ["-c", line], { cwd: folder, env: { ...machine(), ...npm, ...env } });
    if (ended.code === 0) return;
    if (!line.startsWith("npm ci") || !/ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT/.test(ended.stderr)) {
      assert.fail(`RUN ${line}\n${ended.stdout}${ended.stderr}`);
    }
    console.warn("    npm's registry cannot be reached: the image is built with the packages of this project");
    symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"));
  }

  /** What this machine needs to reach its registry: proxies, npm's configuration. */
  const machine = () => process.env as Record<string, string>;

  const command = (text: string): string[] => JSON.parse(text) as string[];

  it("runs on the current LTS of Node as somebody who is not root, and tells Docker its port and its volume", () => {
    assert.equal(image.base, "node:24-bookworm-slim");
    assert.equal(image.told.get("USER"), "node");
    assert.equal(image.told.get("VOLUME"), "/data");
    assert.equal(image.told.get("EXPOSE"), String(DEFAULT_PORT));
  });

  it("has the volume's folder for that user alone", () => {
    const folder = join(image.root, "data");
    assert.equal(image.owners, `node:node ${folder}\n`);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it("needs no packages", () => {
    assert.equal(existsSync(join(image.folder, "node_modules")), false);
    assert.equal(existsSync(join(image.folder, "dist", "server")), false);
  });

  it("starts, is found healthy, and keeps its state in the volume", async function () {
    this.timeout(60_000);
    const port = await freePort();
    const env = { ...image.env, IAM_LOCAL_PORT: String(port) };
    const [program, ...args] = command(image.told.get("CMD")!);
    const probe = command(/CMD (.*)$/.exec(image.told.get("HEALTHCHECK")!)![1]!);
    const check = () => run(probe[0]!, probe.slice(1), { cwd: image.folder, env });

    assert.equal((await check()).code, 1);
    for (const request of [new CreateUserCommand({ UserName: "alice" }), new GetUserCommand({ UserName: "alice" })]) {
      const ended = await withProcess(program!, args, { cwd: image.folder, env }, async ({ endpoint, output }) => {
        assert.equal(endpoint, `http://0.0.0.0:${port}`);
        assert.ok(output.stdout.includes(`  state      ${join(image.root, "data")}\n`), output.stdout);
        assert.equal((await check()).code, 0);
        const iam = new IAMClient({
          endpoint: `http://127.0.0.1:${port}`,
          region: "us-east-1",
          credentials: { accessKeyId: "test", secretAccessKey: "test" },
        });
        assert.equal((await iam.send(request as GetUserCommand)).User!.UserName, "alice");
        iam.destroy();
      });
      assert.deepEqual({ code: ended.code, stderr: ended.stderr }, { code: 0, stderr: "" });
    }
  });
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
