import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { after, before, describe, it } from "mocha";
import { CHECKS } from "../../policy/lint/checks.ts";
import { emulator } from "../emulator.ts";
import { runCli } from "../process.ts";
import { example } from "../readme-examples.ts";

const run = promisify(execFile);

describe("iam-local policy check", function () {
  this.timeout(30_000);
  let folder: string;
  const check = (...args: string[]) => runCli(["policy", "check", ...args], { cwd: folder });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-check-"));
    writeFileSync(join(folder, "deploy.json"), `${example("policy-to-check")}\n`);
    mkdirSync(join(folder, "policies"));
    const good = {
      Version: "2012-10-17",
      Statement: { Effect: "Allow", Action: "s3:ListAllMyBuckets", Resource: "*" },
    };
    writeFileSync(join(folder, "policies", "good.json"), JSON.stringify(good));
    writeFileSync(join(folder, "policies", "package.json"), "{}");
  });
  after(() => rmSync(folder, { recursive: true }));

  it("says what the documentation says that it says", async () => {
    const [command, ...args] = example("policy-check").split(" ");
    assert.equal(command, "iam-local");
    const { code, stdout, stderr } = await runCli(args, { cwd: folder });
    assert.equal(stderr, "");
    assert.equal(stdout, `${example("policy-check-output")}\n`);
    assert.equal(code, 1);
  });

  it("finds nothing in the sample repository", async () => {
    const [, ...args] = example("policy-check-examples").split(" ");
    const { code, stdout } = await runCli(args);
    assert.match(stdout, /^nothing found in \d+ documents in \d+ files\n$/);
    assert.equal(code, 0);
  });

  it("ends with 0 where it finds nothing", async () => {
    const { code, stdout } = await check("policies");
    assert.equal(stdout, "nothing found in 1 document in 1 file\n");
    assert.equal(code, 0);
  });

  it("reads standard input", async () => {
    const { code, stdout } = await runCli(["policy", "check", "-", "--reporter", "github"], {
      stdin: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:Gett*","Resource":"*"}}',
    });
    assert.equal(
      stdout,
      "::warning file=<stdin>,line=1,endLine=1,col=64,endColumn=74,title=NO_MATCHING_ACTION::s3:Gett* matches no action of AWS's service reference.\n",
    );
    assert.equal(code, 1);
  });

  const wrong: readonly (readonly [says: string, args: readonly string[], stderr: RegExp])[] = [
    ["no file", [], /^error: missing required argument 'files'/],
    ["a file that is not there", ["no.json"], /^iam-local: no\.json cannot be read: .+\.\n$/],
    [
      "a file without a policy",
      ["policies/package.json"],
      /^iam-local: policies\/package\.json: there is no policy document in it\.\n$/,
    ],
    ["a kind that does not exist", ["deploy.json", "--kind", "role"], /Allowed choices are identity, inline, trust/],
    [
      "a code that does not exist",
      ["deploy.json", "--ignore", "NOTHING"],
      /^iam-local: there is no finding NOTHING that could be ignored\.\n$/,
    ],
  ];
  for (const [says, args, expected] of wrong) {
    it(`ends with 2 where it is called with ${says}`, async () => {
      const { code, stdout, stderr } = await check(...args);
      assert.match(stderr, expected);
      assert.equal(stdout, "");
      assert.equal(code, 2);
    });
  }

  describe("its page", () => {
    const page = readFileSync("docs/policy-check.md", "utf8");

    it("lists the findings that are not Access Analyzer's", () => {
      const rows = Array.from(page.matchAll(/^\| `([A-Z_]+)` \| ([\w ]+) \|/gm), ([, code, level]) => [code, level]);
      const ours = Object.entries(CHECKS).filter(([, { ours: isOurs }]) => isOurs);
      assert.deepEqual(
        rows,
        ours.map(([code, { level }]) => [code, level === "security" ? "security warning" : level]),
      );
    });

    it("counts those that are", () => {
      const count = (level: string) => Object.values(CHECKS).filter((one) => !one.ours && one.level === level).length;
      const counts = `${count("error")} errors, ${count("security")} security warnings, ${count("warning")} warnings and ${count("suggestion")} suggestions`;
      assert.ok(page.replace(/\s+/g, " ").includes(counts), counts);
    });

    it("has its evidence, check by check and word by word", () => {
      const evidence = readFileSync("docs/evidence/access-analyzer.md", "utf8");
      for (const [code, { text, ours }] of Object.entries(CHECKS)) {
        assert.equal(evidence.includes(`| \`${code}\` | ${text} |`), !ours, code);
      }
    });
  });

  describe("Access Analyzer's API by the AWS CLI", () => {
    const emulation = emulator({ now: Date.now() });

    it("says what the documentation says that it says", async function () {
      try {
        execFileSync("aws", ["--version"], { stdio: "ignore" });
      } catch {
        console.warn('      SKIPPED: "aws --version" does not work on this machine');
        return this.skip();
      }
      const { endpoint, rootCredentials } = emulation.server;
      const { stdout } = await run("bash", ["-ec", example("validate-policy")], {
        cwd: folder,
        env: {
          PATH: process.env["PATH"],
          HOME: folder,
          IAM_LOCAL_ENDPOINT: endpoint,
          AWS_ACCESS_KEY_ID: rootCredentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: rootCredentials.secretAccessKey,
          AWS_DEFAULT_REGION: "us-east-1",
        },
      });
      assert.equal(stdout.trim(), example("validate-policy-output"));
    });
  });
});
