import assert from "node:assert/strict";
import { cpSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { describe, it } from "mocha";
import { packed } from "./packed.ts";
import { run, withProcess } from "./process.ts";

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as {
  readonly version: string;
  readonly dependencies?: object;
  readonly bin: Readonly<Record<string, string>>;
};

describe("the npm package", () => {
  const { work, app, installed, files } = packed();

  it("holds the command line, the library with its types, the documents and the licences, and no tests", () => {
    for (const file of [
      "README.md",
      "LICENSE",
      "NOTICE",
      "docs/operations.md",
      "docs/evidence/README.md",
      "dist/bin/iam-local.js",
      "dist/bin/index.js",
      "dist/bin/index.cjs",
      "dist/bin/LICENSES.txt",
      "dist/server/index.d.ts",
      "dist/bin/assets/console.css",
      "dist/bin/assets/webauthn.js",
    ]) {
      assert.ok(files().includes(file), file);
    }
    assert.deepEqual(
      files().filter((file) => /^dist\/.*(\.test\.|\.map$)|^dist\/integration\//.test(file)),
      [],
    );
  });

  it("has the licence of every package that stands in its bundles", () => {
    const licences = readFileSync(join(installed, "dist/bin/LICENSES.txt"), "utf8");
    for (const name of ["express", "jose", "commander", "@peculiar/x509", "yaml"]) {
      assert.match(licences, new RegExp(`^${name} \\d[^]*?(Permission|permission)`, "m"));
    }
    assert.doesNotMatch(licences, /GENERAL PUBLIC LICENSE/i);
  });

  it("has no data file twice", () => {
    const data = files().filter((file) => /\.(json|gz|css|png|svg)$|\/assets\//.test(file));
    const names = data.map((file) => basename(file));
    assert.deepEqual(names.toSorted(), [...new Set(names)].toSorted());
    assert.ok(names.includes("model.json"));
  });

  it("has what the README links to, and the documents that its documents do, but not the pictures and the sources", () => {
    for (const page of files().filter((file) => file.endsWith(".md"))) {
      const links = readFileSync(join(installed, page), "utf8").matchAll(/(?<!!)\[[^\]]*\]\((?!\w+:|#)([^)#\s]+)/g);
      for (const [, link] of links) {
        if (page !== "README.md" && !link!.endsWith(".md")) continue;
        assert.ok(existsSync(join(installed, dirname(page), link!)), `${page} links to ${link}`);
      }
    }
  });

  it("needs no other package", () => {
    assert.equal(manifest.dependencies, undefined);
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

  for (const [how, file, load] of [
    ["imported", "use.mjs", 'import { start } from "iam-local";'],
    ["required", "use.cjs", 'const { start } = require("iam-local");'],
  ] as const) {
    it(`is a library that starts emulators where it is ${how}, in a project that has no other package`, async () => {
      writeFileSync(
        join(app, file),
        `${load}
         (async () => {
           const first = await start({ port: 0 });
           const second = await start({ port: 0, account: "111122223333", data: "state-of-${file}" });
           const secured = await start({ port: 0, tls: true });
           const health = await (await fetch(second.endpoint + "/_emulator/health")).json();
           const { status } = await fetch(first.endpoint + "/console/sign-in");
           console.log(first.endpoint !== second.endpoint, health.account, status, secured.tls.ca.split("\\n")[0]);
           await Promise.all([first.close(), second.close(), secured.close()]);
         })();`,
      );
      const { code, stdout, stderr } = await run(process.execPath, [file], { cwd: app });
      assert.deepEqual(
        { code, stdout, stderr },
        { code: 0, stdout: "true 111122223333 200 -----BEGIN CERTIFICATE-----\n", stderr: "" },
      );
    });
  }

  describe("has types that a strict project compiles with, libraries checked, in a project that has no other package", () => {
    const imported = `import { start, type IamLocal, type Options, type TrailEvent } from "iam-local";`;
    const use = `
      export async function use(): Promise<string> {
        const emulator: IamLocal = await start({ port: 0, mfaRules: "current", quotas: { UsersPerAccount: 1 } });
        const rules: Options["mfaRules"] = "guide";
        emulator.clock.advance(1);
        const events: readonly TrailEvent[] = emulator.trail();
        // @ts-expect-error there is no such rule set
        await start({ mfaRules: "none" });
        return emulator.mfa.code("GAHT12345678").code + rules + String(events[0]?.eventName);
      }`;

    for (const [file, module, resolution] of [
      ["use.mts", "node16", "node16"],
      ["use.cts", "node16", "node16"],
      ["use.mts", "nodenext", "nodenext"],
      ["use.cts", "nodenext", "nodenext"],
      ["use.ts", "esnext", "bundler"],
    ] as const) {
      it(`${file} under ${module}, ${resolution}`, async function () {
        this.timeout(60_000);
        writeFileSync(join(app, file), imported + use);
        const tsc = resolve("node_modules", "typescript", "bin", "tsc");
        const options = ["--noEmit", "--strict", "--skipLibCheck", "false", "--target", "es2023", "--types", ""];
        const modules = ["--module", module, "--moduleResolution", resolution];
        const { code, stdout } = await run(process.execPath, [tsc, ...options, ...modules, file], { cwd: app });
        assert.deepEqual({ code, stdout }, { code: 0, stdout: "" });
      });
    }
  });
});
