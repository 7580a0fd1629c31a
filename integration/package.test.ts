import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, describe, it } from "mocha";
import { BUILD, run, withProcess } from "./process.ts";

const PROJECT = process.cwd();
const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly bin: Readonly<Record<string, string>>;
};

describe("the npm package", () => {
  const work = mkdtempSync(join(tmpdir(), "iam-local-package-"));
  after(() => rmSync(work, { recursive: true }));
  const app = join(work, "app");
  const installed = join(app, "node_modules", "iam-local");
  let files: readonly string[];

  // The tarball is made of this very build, without running `prepare`, which would replace the tests that are running.
  // It is unpacked where npm would put it, beside the packages it says it depends on and nothing else.
  before(async function () {
    this.timeout(60_000);
    if (!existsSync(join(BUILD, "bin"))) {
      console.warn("    SKIPPED: this build has no command line (build.mjs --library)");
      this.skip();
    }
    const project = join(work, "project");
    mkdirSync(project);
    for (const file of ["package.json", "README.md", "LICENSE", "CHANGELOG.md", "ARCHITECTURE.md"]) {
      cpSync(join(PROJECT, file), join(project, file));
    }
    cpSync(BUILD, join(project, "dist"), { recursive: true });
    const packed = await run("npm", ["pack", "--ignore-scripts", "--json"], {
      cwd: project,
      env: { HOME: work, npm_config_cache: join(work, "cache"), npm_config_offline: "true" },
    });
    assert.equal(packed.code, 0, packed.stderr);
    const [tarball] = JSON.parse(packed.stdout) as [{ filename: string; files: { path: string }[] }];
    files = tarball.files.map(({ path }) => path);

    mkdirSync(installed, { recursive: true });
    const unpacked = await run("tar", [
      "-xzf",
      join(project, tarball.filename),
      "-C",
      installed,
      "--strip-components=1",
    ]);
    assert.equal(unpacked.code, 0, unpacked.stderr);
    for (const name of Object.keys(manifest.dependencies)) {
      const link = join(app, "node_modules", name);
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(PROJECT, "node_modules", name), link);
    }
    writeFileSync(join(app, "package.json"), '{ "type": "module", "private": true }\n');
  });

  it("holds the command line, the library with its types and the documents, and no tests", () => {
    for (const file of [
      "README.md",
      "LICENSE",
      "dist/bin/iam-local.js",
      "dist/server/index.js",
      "dist/server/index.d.ts",
      "dist/server/console/assets/console.css",
      "dist/bin/assets/console.css",
      "dist/bin/assets/simplewebauthn-browser.js",
    ]) {
      assert.ok(files.includes(file), file);
    }
    assert.deepEqual(
      files.filter((file) => /\.test\.|^dist\/integration\//.test(file)),
      [],
    );
  });

  it("starts by the file that is its bin, and answers health", async () => {
    const bin = join(installed, manifest.bin["iam-local"]!);
    assert.match(readFileSync(bin, "utf8"), /^#!\/usr\/bin\/env node\n/);
    const { code } = await withProcess(process.execPath, [bin, "start", "--port", "0"], {}, async ({ endpoint }) => {
      const response = await fetch(`${endpoint}/_emulator/health`);
      const health = (await response.json()) as { status: string; version: string };
      assert.deepEqual([health.status, health.version], ["ok", manifest.version]);
    });
    assert.equal(code, 0);
  });

  it("has a command line that needs no other package, whatever it loads later", async () => {
    const alone = join(work, "alone");
    cpSync(join(installed, "dist", "bin"), join(alone, "dist", "bin"), { recursive: true });
    cpSync(join(installed, "package.json"), join(alone, "package.json"));
    const cli = (...args: string[]) => run(process.execPath, [join(alone, "dist", "bin", "iam-local.js"), ...args]);
    const data = join(work, "state");
    const args = [join(alone, "dist", "bin", "iam-local.js"), "start", "--port", "0", "--data", data];
    await withProcess(process.execPath, args, {}, async ({ endpoint }) => {
      const at = ["--endpoint", endpoint];
      // Express, the policy parser and the writer of one-time codes; then XML, which is loaded for a list of seeds.
      const token = await cli("hardware-token", "--serial", "GAHT12345678", ...at);
      assert.match(token.stdout, /^GAHT12345678 {2}[A-Z2-7]{32}\n$/, token.stderr);
      const code = await cli("mfa", "code", "GAHT12345678", ...at);
      assert.match(code.stdout, /^\d{6}\n$/, code.stderr);
      const list = join(work, "seeds.xml");
      writeFileSync(list, "<KeyContainer/>");
      assert.match((await cli("hardware-token", "--import", list, ...at)).stderr, /^iam-local: .*PSKC/);
      const page = await (await fetch(`${endpoint}/console/sign-in`)).text();
      const styles = /href="(\/console\/assets\/console\.css[^"]*)"/.exec(page)![1]!;
      assert.equal((await fetch(endpoint + styles)).status, 200);
    });
    assert.ok(existsSync(join(data, "db.json")));
  });

  it("is a library that starts emulators, in a project that has its dependencies alone", async () => {
    writeFileSync(
      join(app, "use.js"),
      `import { start } from "iam-local";
       const first = await start({ port: 0 });
       const second = await start({ port: 0, account: "111122223333" });
       const health = await (await fetch(second.endpoint + "/_emulator/health")).json();
       console.log(first.endpoint !== second.endpoint, health.account);
       await Promise.all([first.close(), second.close()]);`,
    );
    const { code, stdout, stderr } = await run(process.execPath, ["use.js"], { cwd: app });
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: "true 111122223333\n", stderr: "" });
  });

  it("has types that a strict project compiles with", async () => {
    writeFileSync(
      join(app, "use.ts"),
      `import { start, type IamLocal } from "iam-local";
       const emulator: IamLocal = await start({ port: 0, mfaRules: "current" });
       export const code: string = emulator.mfa.code("GAHT12345678").code;
       // @ts-expect-error there is no such rule set
       await start({ mfaRules: "none" });`,
    );
    const tsc = join(PROJECT, "node_modules", "typescript", "bin", "tsc");
    const options = [
      "--noEmit",
      "--strict",
      "--skipLibCheck",
      "--module",
      "nodenext",
      "--target",
      "es2023",
      "--types",
      "",
    ];
    const { code, stdout } = await run(process.execPath, [tsc, ...options, "use.ts"], { cwd: app });
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "" });
  });
});
