import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import yaml from "yaml";
import { CLI, run, type Ended } from "../process.ts";

interface Step {
  readonly name: string;
  readonly if: string;
  readonly shell: string;
  readonly env: Readonly<Record<string, string>>;
  readonly run: string;
}

const action = yaml.parse(readFileSync("actions/policies/action.yml", "utf8")) as {
  readonly inputs: Readonly<Record<string, { readonly description: string; readonly default: string }>>;
  readonly outputs: Readonly<Record<string, { readonly value: string }>>;
  readonly runs: { readonly using: string; readonly steps: readonly Step[] };
};
const [check, test, compare] = action.runs.steps;

describe("the GitHub action for policies", function () {
  this.timeout(30_000);
  let folder: string;
  const path = (name: string) => join(folder, name);
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-action-"));
    cpSync("docs/examples/policies", folder, { recursive: true });
    await git("init", "-q");
    await git("add", ".");
    await git("commit", "-q", "-m", "policies");
  });
  after(() => rmSync(folder, { recursive: true }));

  const HOME = tmpdir();
  async function git(...parameters: string[]): Promise<void> {
    const who = ["-c", "user.name=t", "-c", "user.email=t@example.com"];
    const { code, stderr } = await run("git", [...who, ...parameters], { cwd: folder, env: { HOME } });
    assert.equal(code, 0, stderr);
  }

  /** Runs a step as GitHub does: its inputs by expressions in its environment, its script by bash. */
  async function runStep(
    step: Step,
    inputs: Readonly<Record<string, string>>,
  ): Promise<Ended & { outputs: string; summary: string }> {
    const given: Readonly<Record<string, string>> = { command: `${process.execPath} ${CLI}`, ...inputs };
    const env = Object.fromEntries(
      Object.entries(step.env).map(([name, expression]) => {
        const input = /^\$\{\{ inputs\.([\w-]+) \}\}$/.exec(expression)?.[1];
        assert.ok(input !== undefined && input in action.inputs, expression);
        return [name, given[input] ?? action.inputs[input]!.default];
      }),
    );
    for (const name of ["outputs", "summary"]) writeFileSync(path(`.${name}`), "");
    writeFileSync(path(".step.sh"), step.run);
    const shell = ["--noprofile", "--norc", "-eo", "pipefail", path(".step.sh")];
    const files = { GITHUB_OUTPUT: path(".outputs"), GITHUB_STEP_SUMMARY: path(".summary") };
    const ended = await run("bash", shell, { cwd: folder, env: { HOME, ...env, ...files } });
    return {
      ...ended,
      outputs: readFileSync(path(".outputs"), "utf8"),
      summary: readFileSync(path(".summary"), "utf8"),
    };
  }

  it("is a composite of bash that has nothing but its environment from the workflow", () => {
    assert.equal(action.runs.using, "composite");
    for (const { shell, run: script } of action.runs.steps) {
      assert.equal(shell, "bash");
      assert.ok(!script.includes("${{"), script);
    }
    for (const { description } of Object.values(action.inputs)) assert.match(description, /^[A-Z].*\.$/);
  });

  it("checks policies", async () => {
    const { code, stdout, stderr } = await runStep(check!, { policies: "policies\nseed.yaml\n" });
    assert.equal(code, 0, stdout + stderr);
    writeFileSync(
      path("policies/broken.json"),
      '{"Version":"2012-10-17","Statement":[{"Effect":"Alow","Action":"s3:GetObject","Resource":"*"}]}',
    );
    const broken = await runStep(check!, { policies: "policies" });
    rmSync(path("policies/broken.json"));
    assert.equal(broken.code, 1);
    assert.match(broken.stdout, /^::error .*broken\.json/m);
  });

  it("tests policies, and asks for coverage", async () => {
    const { code, stdout, stderr } = await runStep(test!, { coverage: "50" });
    assert.equal(code, 0, stdout + stderr);
    const { code: missed } = await runStep(test!, { coverage: "100", tests: "access.test.yaml" });
    assert.equal(missed, 1);
  });

  it("tells what changed since the base, and fails where that is asked for", async () => {
    const same = await runStep(compare!, { compare: "seed.yaml", base: "HEAD" });
    assert.deepEqual([same.code, same.outputs], [0, "changed=false\n"], same.stderr);
    const deploy = JSON.parse(readFileSync(path("policies/deploy.json"), "utf8"));
    deploy.Statement[0].Action.push("s3:DeleteObject");
    writeFileSync(path("policies/deploy.json"), JSON.stringify(deploy));
    const changed = await runStep(compare!, { compare: "seed.yaml\npolicies\nnew.yaml", base: "HEAD" });
    assert.deepEqual([changed.code, changed.outputs], [0, "changed=true\n"], changed.stderr);
    assert.match(changed.stdout, /^::warning title=role\/Deploy::\+ s3:DeleteObject on arn:aws:s3:::releases\/\*;/m);
    assert.match(changed.stdout, /^new\.yaml is new: there is nothing to compare it with\.$/m);
    assert.match(changed.summary, /^\| \+ \| role\/Deploy \| s3:DeleteObject on /m);
    const failing = await runStep(compare!, { compare: "policies", base: "HEAD", "fail-on-change": "true" });
    assert.equal(failing.code, 1);
  });

  it("says what is missing where the base is not there", async () => {
    const { code, stdout } = await runStep(compare!, {
      compare: "seed.yaml",
      base: "0000000000000000000000000000000000000000",
    });
    assert.equal(code, 2);
    assert.match(stdout, /^::error::The revision "0{40}" is not here\. Give actions\/checkout a fetch-depth of 0\.\n/);
  });
});
