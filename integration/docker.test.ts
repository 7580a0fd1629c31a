import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateUserCommand, GetUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { after, before, describe, it } from "mocha";
import { DEFAULT_PORT, DEFAULTS } from "../server/options.ts";
import { actOut, type Stage } from "./dockerfile.ts";
import { run, withProcess } from "./process.ts";

const PROJECT = process.cwd();

/** The version of the lock file. */
const PG = (
  JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly version: string }>>;
  }
).packages["node_modules/pg"]!.version;

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

  /** Runs a RUN line. If neither npm's cache nor its registry has the packages, the project's own are used. */
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
    assert.equal(image.told.get("EXPOSE"), `${DEFAULT_PORT} ${DEFAULTS.gatePort}`);
  });

  it("has the volume's folder for that user, and for any user that a platform runs it as in group 0", () => {
    const folder = join(image.root, "data");
    assert.equal(image.owners, `node:0 ${folder}\n`);
    assert.equal(statSync(folder).mode & 0o777, 0o770);
  });

  it("tells what is in it by a bill of materials, which names the packages of the bundles and no others", () => {
    const read = (file: string) => readFileSync(join(image.folder, "dist", "bin", file), "utf8");
    const bill = JSON.parse(read("sbom.cdx.json")) as {
      readonly bomFormat: string;
      readonly metadata: { readonly component: { readonly name: string; readonly purl: string } };
      readonly components: readonly { readonly name: string; readonly version: string; readonly purl: string }[];
    };
    assert.equal(bill.bomFormat, "CycloneDX");
    assert.match(bill.metadata.component.purl, /^pkg:npm\/iam-local@/);
    const licences = read("LICENSES.txt");
    const named = new Set(
      [...licences.matchAll(/^(\S+) (\d\S*) \([^)]*\)$/gm)].map(([, name, version]) => `${name}@${version}`),
    );
    assert.deepEqual(
      new Set(bill.components.map(({ purl }) => decodeURIComponent(purl.replace("pkg:npm/", "")))),
      named,
    );
    assert.ok(named.size > 20, String(named.size));
    assert.ok(named.has(`pg@${PG}`), "the client of PostgreSQL, for --store");
  });

  it("runs as a user that nobody knows, with nothing to write to but the volume", async function () {
    if (process.getuid?.() !== 0 || spawnSync("setpriv", ["--version"]).status !== 0) {
      console.warn("      SKIPPED: only root can become somebody else, by setpriv");
      return this.skip();
    }
    this.timeout(60_000);
    const data = join(image.root, "any-user");
    mkdirSync(data);
    chmodSync(work, 0o755);
    const env = { ...image.env, IAM_LOCAL_PORT: "0", IAM_LOCAL_DATA: data, HOME: "/nowhere", TMPDIR: "/nowhere" };
    const [program, ...args] = command(image.told.get("CMD")!);
    const somebody = ["--reuid=1234567", "--regid=0", "--clear-groups", "--no-new-privs", program!, ...args];
    chownSync(data, 1234567, 0);
    const { code, stderr } = await withProcess(
      "setpriv",
      somebody,
      { cwd: image.folder, env },
      async ({ endpoint }) => {
        const { status } = await fetch(`${endpoint.replace("0.0.0.0", "127.0.0.1")}/_emulator/health`);
        assert.equal(status, 200);
      },
    );
    assert.deepEqual([code, stderr], [0, ""]);
    assert.ok(existsSync(join(data, "sealing-key")));
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
