import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { policyDiff, policyDiffCommand } from "./diff-command.ts";
import type { DiffReporterName } from "./diff-report.ts";

const policy = (...statements: object[]) => JSON.stringify({ Version: "2012-10-17", Statement: statements });
const allow = (Action: string | string[], Resource: string | string[] = "*", more: object = {}) => ({
  Effect: "Allow",
  Action,
  Resource,
  ...more,
});
const MFA = { Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } };
const CI = "arn:aws:iam::444455556666:role/ci";
const trust = (...principals: string[]) =>
  policy({ Effect: "Allow", Action: "sts:AssumeRole", Principal: { AWS: principals } });

describe("iam-local policy diff", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "policy-diff-"))));
  after(() => rmSync(folder, { recursive: true }));

  const path = (name: string) => join(folder, name);
  function write(name: string, content: string | object): string {
    mkdirSync(dirname(path(name)), { recursive: true });
    writeFileSync(path(name), typeof content === "string" ? content : JSON.stringify(content));
    return path(name);
  }
  async function run(old: string, fresh: string, reporter: DiffReporterName = "text", tests: string[] = []) {
    let [output, errors] = ["", ""];
    const code = await policyDiffCommand(
      old,
      fresh,
      { reporter, tests },
      { write: (text: string) => (output += text) },
      { write: (text: string) => (errors += text) },
    );
    return { code, output, errors };
  }
  const seed = (name: string, action: string, ...trusted: string[]) =>
    write(name, {
      groups: [{ name: "readers", policies: { read: policy(allow(action, "arn:aws:s3:::data/*", MFA)) } }],
      users: [
        { name: "alice", groups: ["readers"] },
        { name: "bob", groups: ["readers"] },
      ],
      roles: [{ name: "Deploy", trustPolicy: trust("111122223333", ...trusted) }],
    });

  it("says who may do what now, and whom a role lets in", async () => {
    const { code, output } = await run(seed("old.json", "s3:GetObject"), seed("new.json", "s3:*Object", CI));
    assert.equal(code, 1);
    assert.equal(
      output,
      `user/alice, user/bob
  + s3:DeleteObject, s3:PutObject, s3:ReplicateObject, s3:RestoreObject on arn:aws:s3:::data/*
      where Bool aws:MultiFactorAuthPresent "true"
      by statement 1 of inline policy read of group readers
      such as s3:DeleteObject on arn:aws:s3:::data/x with aws:MultiFactorAuthPresent "true"

who may assume role/Deploy
  + ${CI}: sts:AssumeRole on the resource that has the policy
      by statement 1 of trust policy of Deploy
      such as sts:AssumeRole on *

The access of 3 of 4 compared have changed.
`,
    );
  });

  it("answers 0 where the same is allowed in other words, and 2 in one line for what cannot be read", async () => {
    const one = write("one.json", policy(allow(["s3:GetObject", "s3:PutObject"])));
    const two = write("two.json", policy(allow("s3:putobject"), allow("s3:GetObject")));
    write("a/p.json", policy(allow(["s3:GetObject", "s3:PutObject"])));
    write("b/p.json", policy(allow("s3:putobject"), allow("s3:GetObject")));
    assert.deepEqual(await run(path("a"), path("b")), {
      code: 0,
      output: "No access of 1 compared has changed.\n",
      errors: "",
    });
    assert.equal((await run(one, two)).code, 1);
    const odd = write("odd.json", policy({ Effect: "Alow", Action: "*", Resource: "*" }));
    const { code, errors } = await run(one, odd);
    assert.deepEqual([code, errors.startsWith(`iam-local: ${odd}:1:`)], [2, true], errors);
    const broken = write("broken.json", '{"Statement": [}');
    assert.deepEqual(await run(one, broken), {
      code: 2,
      output: "",
      errors: `iam-local: ${broken}:1:16: is not JSON: A value is expected here: a text in double quotes, a number, true, false, null, a list or an object.\n`,
    });
    assert.equal(
      (await run(one, path("nowhere"))).errors,
      `iam-local: ${path("nowhere")} cannot be read: there is no such file or folder.\n`,
    );
  });

  it("decides what tests ask on both sides", async () => {
    const tests = write(
      "deploy.test.yaml",
      `seed: other.yaml
tests:
  - name: alice writes
    check:
      - principal: user/alice
        resource: arn:aws:s3:::data/x
        context: {"aws:MultiFactorAuthPresent": true}
        assertions: {s3:PutObject: allow, s3:GetObject: allow}
`,
    );
    const { cases } = await policyDiff(seed("old.json", "s3:GetObject"), seed("new.json", "s3:*Object"), {
      tests: [tests],
    });
    assert.deepEqual(
      cases.map(({ action, old, new: now, changed }) => [action, old, now, changed]),
      [
        ["s3:PutObject", "implicitDeny", "allow", true],
        ["s3:GetObject", "allow", "allow", false],
      ],
    );
    const { output } = await run(path("old.json"), path("new.json"), "text", [tests]);
    assert.match(
      output,
      /^\+ user\/alice: s3:PutObject on arn:aws:s3:::data\/x: was implicitDeny, is allowed \(alice writes\)$/m,
    );
    assert.match(output, /1 of 2 cases are decided differently\.$/m);
  });

  it("decides on both sides what a trail says was done", async () => {
    const call = (userName: string, eventName: string) => ({
      eventSource: "s3.amazonaws.com",
      eventName,
      eventTime: "2026-11-24T12:00:00Z",
      requestParameters: { bucketName: "data", key: "x" },
      userIdentity: {
        type: "IAMUser",
        userName,
        arn: `arn:aws:iam::000000000000:user/${userName}`,
        sessionContext: { attributes: { mfaAuthenticated: "true" } },
      },
    });
    const Records = [call("alice", "PutObject"), call("alice", "GetObject"), call("zoe", "GetObject")];
    const trail = [write("trail.json", { Records })];
    const { cases, notes } = await policyDiff(seed("old.json", "s3:*Object"), seed("new.json", "s3:GetObject"), {
      trail,
    });
    assert.deepEqual(
      cases.map(({ principal, action, old, new: now, changed }) => [principal, action, old, now, changed]),
      [
        ["user/alice", "s3:GetObject", "allow", "allow", false],
        ["user/alice", "s3:PutObject", "allow", "implicitDeny", true],
      ],
    );
    assert.deepEqual(notes, [`not on both sides, though in ${trail[0]}: user/zoe`]);
  });

  it("reads revisions of git, and names their files as git does", async () => {
    const git = (...parameters: string[]) =>
      assert.equal(
        spawnSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.com", "-C", path("repo"), ...parameters])
          .status,
        0,
      );
    write("repo/policies/read.json", policy(allow("s3:GetObject")));
    write("repo/seed.json", { users: [{ name: "alice", policies: { read: "policies/read.json" } }] });
    git("init", "-q");
    git("add", ".");
    git("commit", "-q", "-m", "policies");
    write("repo/policies/read.json", policy(allow("s3:GetObject", "*", MFA)));
    const here = process.cwd();
    process.chdir(path("repo"));
    try {
      const { output } = await run("HEAD:policies", "policies");
      assert.match(output, /^policy\/read\n {2}- s3:GetObject on \*\n/);
      assert.match(output, /such as s3:GetObject on \* without condition keys/);
      assert.match((await run("git:HEAD:seed.json", "seed.json")).output, /^user\/alice\n {2}- s3:GetObject on \*\n/);
      assert.equal((await run("HEAD:.", "HEAD:policies")).code, 1);
      assert.match(
        (await run("nothing:policies", "policies")).errors,
        /^iam-local: nothing:policies cannot be read: fatal: .*'nothing'/,
      );
      write("repo/seed.json", { users: "alice" });
      git("commit", "-q", "-a", "-m", "broken");
      assert.equal(
        (await run("HEAD:seed.json", "seed.json")).errors,
        "iam-local: HEAD:seed.json:1:2: users: must be a list, not a text.\n",
      );
    } finally {
      process.chdir(here);
    }
  });

  it("tells what it could not decide", async () => {
    const on = (resource: string) => policy(allow("s3:GetObject", resource));
    write("u/p.json", on("arn:aws:s3:::x/y"));
    write("v/p.json", on("arn:${aws:PrincipalTag/x}:s3:::x/y"));
    const { code, output } = await run(path("u"), path("v"));
    assert.equal(code, 1);
    assert.match(output, /^ {2}\? undecided whether it was added: s3:GetObject on arn:/m);
    assert.match(output, /What begins with \? could not be decided\.$/m);
  });

  it("names what NotAction and NotResource leave out", async () => {
    write("w/p.json", policy(allow("s3:GetObject")));
    const but = { Effect: "Allow", NotAction: ["iam:*", "sts:*"], NotResource: "arn:aws:s3:::secret/*" };
    write("x/p.json", policy(allow("s3:GetObject"), but));
    const { output } = await run(path("w"), path("x"));
    assert.match(output, /^ {2}\+ .* on all resources but arn:aws:s3:::secret\/\*$/m);
    write("y/p.json", policy({ Effect: "Deny", Action: "*", Resource: "*" }));
    const { output: all } = await run(path("y"), write("z/p.json", policy(but)).replace(/\/p\.json$/, ""));
    assert.match(all, /^ {2}\+ all actions but iam:\*, sts:\* on all resources but arn:aws:s3:::secret\/\*$/m);
  });

  it("writes Markdown, JSON, and annotations for GitHub", async () => {
    const [old, fresh] = [seed("old.json", "s3:GetObject"), seed("new.json", "s3:Get*", CI)];
    const { output: markdown } = await run(old, fresh, "markdown");
    assert.match(
      markdown,
      /^### Access\n\n\| \| Who \| What \| How \|\n\| --- \| --- \| --- \| --- \|\n\| \+ \| user\/alice, user\/bob \| /,
    );
    const { subjects } = JSON.parse((await run(old, fresh, "json")).output);
    assert.deepEqual(subjects[0].names, ["user/alice", "user/bob"]);
    assert.match((await run(old, fresh, "github")).output, /^::warning title=user\/alice%2C user\/bob::\+ s3:Get/);
  });
});
