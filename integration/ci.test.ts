import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { after, before, describe, it } from "mocha";
import request from "supertest";
import { parse } from "yaml";
import { emulator } from "./emulator.ts";
import { createUser } from "./fixtures.ts";
import { CLI, run } from "./process.ts";

const folder = mkdtempSync(join(tmpdir(), "iam-local-ci-"));
after(() => rmSync(folder, { recursive: true }));

/** A program of that name which runs these lines of shell. */
function program(name: string, lines: string): void {
  mkdirSync(join(folder, "bin"), { recursive: true });
  writeFileSync(join(folder, "bin", name), `#!/bin/sh\n${lines}\n`);
  chmodSync(join(folder, "bin", name), 0o755);
}
const path = () => `${join(folder, "bin")}:${process.env["PATH"]}`;
const read = (file: string) => readFileSync(join(folder, file), "utf8");
const variables = (text: string): Record<string, string> =>
  Object.fromEntries(
    text.split("\n").flatMap((line) => [...line.matchAll(/^(\w+)=(.*)$/g)].map(([, k, v]) => [k!, v!])),
  );

describe("the GitHub action", () => {
  const action = parse(readFileSync("action.yml", "utf8")) as {
    readonly inputs: Readonly<Record<string, { readonly default: string }>>;
    readonly runs: { readonly using: string; readonly main: string; readonly post: string };
  };
  const inputs = (given: Readonly<Record<string, string>>) =>
    Object.fromEntries(
      Object.entries({
        ...Object.fromEntries(Object.entries(action.inputs).map(([k, v]) => [k, v.default])),
        ...given,
      }).map(([name, value]) => [`INPUT_${name.toUpperCase()}`, value]),
    );
  const step = (
    script: string,
    given: Readonly<Record<string, string>>,
    more: Readonly<Record<string, string>> = {},
  ) => {
    for (const file of ["env", "output", "state"]) writeFileSync(join(folder, file), "");
    return run(process.execPath, [resolve(script)], {
      cwd: folder,
      env: {
        PATH: path(),
        ...inputs(given),
        RUNNER_TEMP: folder,
        GITHUB_ENV: join(folder, "env"),
        GITHUB_OUTPUT: join(folder, "output"),
        GITHUB_STATE: join(folder, "state"),
        ...more,
      },
    });
  };
  const command = `"${process.execPath}" "${CLI}"`;

  it("starts it, tells the steps that follow, lists what was refused, and stops it", async () => {
    const started = await step(action.runs.main, { command, port: "0", options: "--account 123456789012" });
    assert.equal(started.code, 0, started.stdout + started.stderr);
    const told = variables(read("env"));
    const { IAM_LOCAL_ENDPOINT: endpoint = "" } = told;
    assert.deepEqual(told, {
      IAM_LOCAL_ENDPOINT: endpoint,
      AWS_ENDPOINT_URL_IAM: endpoint,
      AWS_ENDPOINT_URL_STS: endpoint,
      AWS_ENDPOINT_URL_SIGNIN: endpoint,
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_ACCESS_KEY_ID: "test",
      AWS_SECRET_ACCESS_KEY: "test",
    });
    assert.deepEqual(variables(read("output")), { endpoint });
    const { body } = await request(endpoint).get("/_emulator/health").expect(200);
    assert.equal(body.account, "123456789012");

    await request(endpoint).get("/?Action=ListUsers&Version=2010-05-08").expect(403);
    const state = variables(read("state"));
    const ended = await step(action.runs.post, {}, { STATE_pid: state["pid"]!, STATE_endpoint: endpoint });
    assert.equal(ended.code, 0);
    assert.match(
      ended.stdout,
      /^::group::iam-local refused 1 of the last 1 requests\n\S+Z ListUsers by nobody known: MissingAuthenticationToken: Request is missing Authentication Token.*\n::endgroup::\n$/,
    );
    while (
      await fetch(endpoint).then(
        () => true,
        () => false,
      )
    )
      await new Promise(setImmediate);
  });

  it("fails with what the emulator has said where it does not start", async () => {
    const { code, stdout } = await step(action.runs.main, { command, options: "--mfa-rules none" });
    assert.equal(code, 1);
    assert.match(stdout, /^::error::iam-local ended with 2\n[^]*mfaRules must be guide or current, not "none"/);
    assert.equal(read("env"), "");
  });

  it("asks npm for the version that is wanted", async () => {
    program("npx", `echo "$@" > "${join(folder, "asked")}"\nshift 2\nexec ${command} "$@"`);
    const started = await step(action.runs.main, { version: "0.1.0", port: "0" });
    assert.equal(started.code, 0, started.stdout + started.stderr);
    assert.equal(read("asked"), "--yes iam-local@0.1.0 start --port 0 --json\n");
    process.kill(Number(variables(read("state"))["pid"]));
  });

  it("has nothing to report where it never started", async () => {
    assert.deepEqual(await step(action.runs.post, {}), { code: 0, stdout: "", stderr: "" });
  });

  it("is used by the example as it wants to be", () => {
    const example = parse(readFileSync("docs/examples/github/test.yml", "utf8")) as {
      readonly jobs: {
        readonly test: { readonly steps: readonly { readonly uses?: string; readonly with?: object }[] };
      };
    };
    const used = example.jobs.test.steps.find(({ uses }) => uses?.includes("/iam-local@"));
    for (const name of Object.keys(used!.with!)) assert.ok(name in action.inputs, name);
  });
});

describe("the job for GitLab", () => {
  const emu = emulator();

  it("waits for the service, sends it the seed, and shows what was refused", async () => {
    const { test: job } = parse(readFileSync("docs/examples/gitlab/.gitlab-ci.yml", "utf8")) as {
      readonly test: Readonly<Record<"before_script" | "script" | "after_script", readonly string[]>> & {
        readonly variables: Readonly<Record<string, string>>;
      };
    };
    program("npm", 'echo "npm $*"');
    cpSync("docs/examples/gitlab/seed.yaml", join(folder, "seed.yaml"));
    const env = Object.fromEntries(
      Object.entries(job.variables).map(([name, value]) => [
        name,
        value.replace("http://iam-local:4593", emu.server.endpoint),
      ]),
    );
    const lines = (part: readonly string[]) =>
      run("bash", ["--norc", "-euo", "pipefail", "-c", part.join("\n")], {
        cwd: folder,
        env: { ...env, PATH: path() },
      });
    const ran = await lines([...job.before_script, ...job.script]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /"status":"ok"[^]*"seeded":true[^]*npm ci\nnpm test/);
    const { Users } = await emu.iam().send(new ListUsersCommand({}));
    assert.deepEqual(
      Users!.map(({ UserName }) => UserName),
      ["deployer"],
    );
    const { credentials } = await createUser(emu, "Nobody");
    await assert.rejects(emu.iam(credentials).send(new ListUsersCommand({})), { name: "AccessDenied" });
    const shown = await lines(job.after_script);
    assert.match(shown.stdout, /"errorCode":"AccessDenied"/);
  });
});

describe("the feature for dev containers", () => {
  const install = resolve("devcontainer/iam-local/install.sh");
  const feature = JSON.parse(readFileSync("devcontainer/iam-local/devcontainer-feature.json", "utf8")) as {
    readonly containerEnv: Readonly<Record<string, string>>;
    readonly entrypoint: string;
  };

  before(() => mkdirSync(join(folder, "share"), { recursive: true }));

  it("installs the command, and starts it with the container", async () => {
    program("npm", 'echo "npm $*"');
    program("nohup", `exec "$@"`);
    program("iam-local", `echo "iam-local $*" > "${join(folder, "entered")}"`);
    const env = { PATH: path(), VERSION: "0.1.0", ENTRYPOINT_FOLDER: join(folder, "share") };
    const installed = await run("sh", [install], { env });
    assert.deepEqual(installed, { code: 0, stdout: "npm install --global iam-local@0.1.0\n", stderr: "" });
    const entrypoint = join(folder, "share", feature.entrypoint.split("/").at(-1)!);
    const entered = await run(
      entrypoint,
      ["sh", "-c", 'wait; until [ -s "$1" ]; do :; done; echo "$2"', "sh", join(folder, "entered"), "it runs"],
      { env },
    );
    assert.equal(entered.stdout, "it runs\n");
    assert.equal(read("entered"), "iam-local start\n");
    assert.equal(feature.containerEnv["IAM_LOCAL_ENDPOINT"], "http://127.0.0.1:4593");
  });

  it("says what is missing where there is no Node.js", async () => {
    const { code, stderr } = await run("/bin/sh", [install], { env: { PATH: "/nowhere" } });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      "iam-local needs Node.js 20.19 or newer: add the feature ghcr.io/devcontainers/features/node\n",
    );
  });
});
