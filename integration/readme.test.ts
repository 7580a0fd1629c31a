import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { start } from "../server/index.ts";
import supertest from "supertest";
import { emulator } from "./emulator.ts";
import { CLI, withProcess } from "./process.ts";
import { example, pages } from "./readme-examples.ts";
import { section, tables, withTable } from "./readme-tables.ts";

const run = promisify(execFile);

const preflight = (endpoint: string, host: string, origin: string) =>
  supertest(endpoint).options("/").set({ Host: host, Origin: origin, "Access-Control-Request-Method": "POST" });

const missing = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return false;
  } catch {
    console.warn(`      SKIPPED: "${command} ${args.join(" ")}" does not work on this machine`);
    return true;
  }
};

describe("The documentation's tables", () => {
  for (const [name, { page, print }] of Object.entries(tables)) {
    it(`are those of the code: ${name} (else run npm run docs)`, () => {
      const text = readFileSync(page, "utf8");
      assert.equal(section(text, name), print());
      assert.equal(withTable(text, name), text);
    });
  }

  it("are not put into a page that has no place for them", () => {
    assert.throws(() => withTable("# iam-local\n", "options"), {
      message: "The page has no <!-- options --> and <!-- /options -->.",
    });
  });
});

describe("The documentation's links", () => {
  for (const page of pages()) {
    it(`lead somewhere: ${page}`, () => {
      const targets = Array.from(readFileSync(page, "utf8").matchAll(/\]\(([^)#\s]+)(?:#[\w-]+)?\)/g), ([, to]) => to!);
      const dead = targets.filter((to) => !/^https?:/.test(to) && !existsSync(join(dirname(page), to)));
      assert.deepEqual(dead, []);
    });
  }
});

describe("The documentation's examples", () => {
  const emu = emulator({ now: Date.now(), idp: true });
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-readme-"));
    const shim = join(folder, "iam-local");
    writeFileSync(shim, `#!/bin/sh\nexec "${process.execPath}" "${resolve("dist/bin/iam-local.js")}" "$@"\n`);
    chmodSync(shim, 0o755);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const here = (code: string) => code.replaceAll("http://127.0.0.1:4593", emu.server.endpoint);

  const environment = () => ({
    PATH: `${folder}:${process.env.PATH}`,
    HOME: folder,
    AWS_ENDPOINT_URL_IAM: emu.server.endpoint,
    AWS_ENDPOINT_URL_STS: emu.server.endpoint,
    AWS_ENDPOINT_URL_SIGNIN: emu.server.endpoint,
    IAM_LOCAL_ENDPOINT: emu.server.endpoint,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
  });

  const inShell = async (name: string) =>
    (await run("bash", ["-euo", "pipefail", "-c", here(example(name))], { cwd: folder, env: environment() })).stdout;

  /** Runs a module from within the package, so that it can import the package by name. */
  const asModule = async (name: string, command: string, ...args: string[]) => {
    const file = resolve(`dist/readme-${name}.test.mjs`);
    writeFileSync(file, here(example(name)));
    try {
      return (await run(command, [...args, file], { env: environment() })).stdout;
    } finally {
      rmSync(file);
    }
  };

  const shellExamples: [name: string, shows: RegExp][] = [
    ["environment", /"Arn": "arn:aws:iam::000000000000:root"/],
    ["virtual-mfa", /"SessionToken": "/],
    ["hardware-mfa", /"SerialNumber": "GAHT12345678"/],
    ["console-only-mfa", /u2f\/user\/Uma\/[^]*sms-mfa\/Sam[^]*"messages"[^]*root/],
    ["why", /no identity-based policy allows|iam:ListUsers/],
    ["start-json", /^\{"status":"ok"/],
    ["from-localstack", /"iam":"running"[^]*ListUsers[^]*not enforced: /],
    ["why-code", /mfa\/Mia is enabled for nobody in this account\. Mia has no MFA device/],
    ["authorize", /"allowed":\s*true/],
    ["clock", /"now"/],
    ["snapshots", /"Petra"(?![^]*"Quinn"\n)/],
    ["federation-github", /assumed-role\/deploy\/ci/],
    ["federation-eks", /assumed-role\/pod\//],
    ["federation-saml", /assumed-role\/sso\/ann/],
    ["container-credentials", /assumed-role\/task\//],
    ["instance-profile", /assumed-role\/web\/i-0/],
    ["transfer", /from account 000000000000 into 111122223333: policy \d+, group \d+, user \d+/],
  ];
  for (const [name, shows] of shellExamples) {
    it(`do what they say: ${name}, by shell`, async function () {
      this.timeout(60_000);
      if (missing("aws", "--version") || missing("curl", "--version")) return this.skip();
      // Two codes are not consecutive if a half minute ends between reading them.
      emu.server.clock.freeze();
      assert.match(await inShell(name), shows);
    });
  }

  it("do what they say: boto3", async function () {
    if (missing("python3", "-c", "import boto3")) return this.skip();
    const { stdout } = await run("python3", ["-c", here(example("boto3"))], { env: environment() });
    assert.equal(stdout.trim(), "arn:aws:iam::000000000000:root");
  });

  it("do what they say: host names and origins that are allowed", async () => {
    const [, ...args] = example("allowed-origins").split(" ");
    await withProcess(process.execPath, [CLI, ...args, "--port", "0"], {}, async ({ endpoint }) => {
      const { status, headers } = await preflight(endpoint, "iam.amazonaws.com", "http://localhost:3000");
      assert.equal(status, 204);
      assert.equal(headers["access-control-allow-origin"], "http://localhost:3000");
      assert.equal((await preflight(endpoint, "iam.amazonaws.com", "http://localhost:3001")).status, 403);
    });
  });

  it("do what they say: AWS SDK for JavaScript v3", async () => {
    assert.equal((await asModule("sdk-v3", process.execPath)).trim(), "arn:aws:iam::000000000000:user/Ann");
  });

  it("do what they say: a test that is an issuer itself", async () => {
    // Its token has the machine's time; other examples have moved the clock.
    emu.server.clock.real();
    const shown = await asModule("own-issuer", process.execPath);
    assert.equal(shown.trim(), "arn:aws:sts::000000000000:assumed-role/pods/pod-1");
  });

  it("do what they say: tokens for others", async () => {
    assert.equal((await asModule("outbound", process.execPath)).trim(), "arn:aws:iam::000000000000:root");
  });

  it("do what they say: why a call was refused", async () => {
    assert.match(await asModule("library-why", process.execPath), /This emulator has no access key AKIANOBODY/);
  });

  it("do what they say: each test from a prepared state", async () => {
    assert.equal(await asModule("library-snapshots", process.execPath), "");
  });

  it("do what they say: policies in tests of one's own", async () => {
    assert.equal(await asModule("policy-library", process.execPath), "");
  });

  it("do what they say: HTTPS", async function () {
    this.timeout(60_000);
    if (missing("aws", "--version")) return this.skip();
    const [, ...args] = example("tls-start").split(" ");
    await withProcess(process.execPath, [CLI, ...args, "--port", "0"], { cwd: folder }, async ({ endpoint }) => {
      const clients = example("tls-clients").replaceAll("https://127.0.0.1:4593", endpoint);
      const { stdout } = await run("bash", ["-euo", "pipefail", "-c", clients], { cwd: folder, env: environment() });
      assert.match(stdout, /"arn:aws:iam::000000000000:root"[^]*answers at https:/);
    });
  });

  it("do what they say: HTTPS in a test", async () => {
    const shown = await asModule("tls-library", process.execPath);
    assert.match(shown, /^https:\/\/127\.0\.0\.1:\d+ arn:aws:iam::000000000000:root$/m);
  });

  it("do what they say: a seed", async () => {
    const file = join(folder, "seed.yaml");
    writeFileSync(file, example("seed"));
    const seeded = await start({ port: 0, seed: file, log: () => {} });
    try {
      const jane = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY" };
      const sts = new STSClient({ endpoint: seeded.endpoint, region: "us-east-1", credentials: jane });
      const { Arn } = await sts.send(new GetCallerIdentityCommand({}));
      assert.equal(Arn, "arn:aws:iam::000000000000:user/staff/Jane");
    } finally {
      await seeded.close();
    }
  });

  it("do what they say: mocha", async () => {
    assert.match(
      await asModule("mocha", process.execPath, "node_modules/mocha/bin/mocha.js", "--no-config"),
      /1 passing/,
    );
  });
});
