import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { policyTestCommand, type TestCommandOptions } from "./command.ts";
import type { CoverageReport, MutationReport } from "./test-results.ts";

const EXAMPLE = join("docs", "examples", "policies");

describe("iam-local policy test", () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-policy-test-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const write = (name: string, content: unknown) => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };

  async function run(paths: readonly string[], options: Partial<TestCommandOptions> = {}) {
    const [output, errors]: [string[], string[]] = [[], []];
    const code = await policyTestCommand(
      paths,
      { reporter: "text", ...options },
      { write: (text) => output.push(text) },
      { write: (text) => errors.push(text) },
    );
    return { code, output: output.join(""), errors: errors.join("") };
  }

  const passing = (name: string) => ({
    seed: {},
    tests: [{ name, principal: "root", action: "s3:GetObject", expect: "allow" }],
  });

  it("runs all test files below a folder, and says 0 where they pass", async () => {
    const { code, output, errors } = await run([EXAMPLE]);
    assert.deepEqual(
      { code, output, errors },
      { code: 0, output: "214 assertions in 8 tests of 2 files: 214 passed, 0 failed\n", errors: "" },
    );
  });

  it("says 1 where a test fails, and 2 where a file cannot be run", async () => {
    const failing = write("failing.test.json", {
      seed: {},
      tests: [{ principal: "root", action: "s3:GetObject", expect: "deny" }],
    });
    assert.equal((await run([failing])).code, 1);
    const bad = write("bad.json", { seed: {}, test: [] });
    assert.deepEqual(await run([bad]), {
      code: 2,
      output: "",
      errors: `iam-local: ${bad}:1:12: test: unknown key. Did you mean tests?\n`,
    });
    assert.deepEqual(await run([join(folder, "none")]), {
      code: 2,
      output: "",
      errors: `iam-local: ${join(folder, "none")} cannot be read: there is no such file or folder.\n`,
    });
  });

  it("passes over folders that are not one's own, and says 2 where there is no test file", async () => {
    for (const below of ["own/a", "own/node_modules/b", "own/.git"])
      mkdirSync(join(folder, below), { recursive: true });
    write("own/a/one.test.json", passing("one"));
    write("own/node_modules/b/two.test.json", passing("two"));
    write("own/.git/three.test.json", passing("three"));
    write("own/a/other.json", { is: "no test" });
    const { output } = await run([join(folder, "own")], { reporter: "tap" });
    assert.equal(output, "TAP version 14\n1..1\nok 1 - one: root s3:GetObject: allow\n");
    mkdirSync(join(folder, "empty"));
    assert.deepEqual(await run([join(folder, "empty")]), {
      code: 2,
      output: "",
      errors: `iam-local: there is no file *.test.yaml, *.test.yml or *.test.json in ${join(folder, "empty")}.\n`,
    });
  });

  describe("with coverage", () => {
    it("tells what no test has made use of, with its file and line", async () => {
      const { code, output } = await run([join(EXAMPLE, "access.test.yaml")], { coverage: "text" });
      assert.equal(code, 0);
      assert.match(output, /^Coverage: 66% \(33 of 50 parts of 8 policies\)$/m);
      assert.match(output, /^  100%  arn:aws:iam::000000000000:policy\/NeedMfa$/m);
      assert.match(
        output,
        /^ {8}docs\/examples\/policies\/policies\/deploy\.json:4: statement 1 \(Releases\) never decides: no test reaches it$/m,
      );
    });

    it("writes lcov for editors: the lines of the policies' own files, conditions as branches", async () => {
      const file = join(folder, "lcov.info");
      await run([EXAMPLE], { coverage: "lcov", coverageFile: file });
      assert.equal(readFileSync(file, "utf8"), readFileSync("workbench/cases/reports/example.lcov", "utf8"));
      assert.ok(!existsSync(`${file}.policies`), "all documents stand in files");
    });

    it("writes the documents that stand in no file beside the lcov that refers to them", async () => {
      const [file, tests] = [join(folder, "x.info"), join(folder, "export.test.json")];
      const Document = {
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Action: ["s3:*", "ec2:*"], Resource: "*" },
      };
      const policy = { PolicyName: "x", PolicyDocument: encodeURIComponent(JSON.stringify(Document)) };
      write("export.json", {
        UserDetailList: [
          {
            UserName: "u",
            Path: "/",
            Arn: "arn:aws:iam::000000000000:user/u",
            UserPolicyList: [policy],
          },
        ],
      });
      write("export.test.json", {
        export: "export.json",
        tests: [{ principal: "user/u", action: "s3:GetObject", expect: "allow" }],
      });
      await run([tests], { coverage: "lcov", coverageFile: file });
      const rendered = join(`${file}.policies`, "inline-policy-x-of-user-u.json");
      assert.deepEqual(JSON.parse(readFileSync(rendered, "utf8")), Document);
      assert.match(readFileSync(file, "utf8"), /^DA:3,1\nDA:6,1\nDA:7,0\nDA:9,1\nLF:4\nLH:3$/m);
    });

    it("says in JSON which tests made use of each part", async () => {
      const { output } = await run([EXAMPLE], { reporter: "json", threshold: 0 });
      const { coverage } = JSON.parse(output) as { readonly coverage: CoverageReport };
      const deploy = coverage.policies.find(({ policy }) => policy === "inline policy deploy of role Deploy")!;
      const [, keep, tasks] = deploy.statements;
      assert.deepEqual(
        { sid: keep!.sid, tests: keep!.parts[0]!.tests },
        { sid: "KeepOldReleases", tests: ["deploy publishes releases and leaves old ones alone"] },
      );
      assert.deepEqual(tasks!.kept, ["deploy runs tasks in its region"]);
      const { kind, text, hits, line } = tasks!.parts.at(-1)!;
      assert.deepEqual([kind, text, hits, line], ["unmet", "StringEquals aws:RequestedRegion", 1, 21]);
    });

    it("rounds down, and says 1 where the threshold is missed", async () => {
      const policy = (n: number) => ({
        Version: "2012-10-17",
        Statement: Array.from({ length: n }, (_, i) => ({
          Effect: "Allow",
          Action: `s3:Get${i}`,
          Resource: `arn:aws:s3:::${i}`,
        })),
      });
      const tests = write("third.test.json", {
        policies: { third: policy(3) },
        tests: [0, 1].map((i) => ({
          principal: "policy/third",
          action: `s3:Get${i}`,
          resource: `arn:aws:s3:::${i}`,
          expect: "allow",
        })),
      });
      assert.equal((await run([tests], { threshold: 66 })).code, 0);
      const { code, errors } = await run([tests], { threshold: 67 });
      assert.deepEqual([code, errors], [1, "iam-local: coverage is 66%, below the threshold of 67%.\n"]);
    });
  });

  describe("with mutation", () => {
    it("lists the weakened statements that no test notices, and says 1 where the threshold is missed", async () => {
      const { code, output, errors } = await run([EXAMPLE], { mutateThreshold: 90 });
      assert.equal(code, 1);
      assert.match(output, /^Mutation: 57% \(16 of 28 mutants noticed\)$/m);
      assert.match(
        output,
        /^  docs\/examples\/policies\/policies\/deploy\.json:19: inline policy deploy of role Deploy, statement 3: no test fails with ecs:\* for ecs:RunTask$/m,
      );
      assert.equal(errors, "iam-local: the share of mutants that tests notice is 57%, below the threshold of 90%.\n");
    });

    it("leaves what other programs read alone", async () => {
      const { output, errors } = await run([EXAMPLE], { reporter: "tap", mutate: true, coverage: "text" });
      assert.doesNotMatch(output, /Mutation|Coverage/);
      assert.match(errors, /^Coverage: [^]*^Mutation: /m);
      const json = await run([EXAMPLE], { reporter: "json", mutate: true });
      const { mutation } = JSON.parse(json.output) as { readonly mutation: MutationReport };
      assert.equal(mutation.survivors.length, 12);
    });
  });

  it("takes a thousand policies and ten thousand assertions, and measures them", async function () {
    this.timeout(60_000);
    const roles = Array.from({ length: 1000 }, (_, i) => ({
      name: `R${i}`,
      policies: {
        p: {
          Version: "2012-10-17",
          Statement: [
            { Effect: "Allow", Action: "s3:GetObject", Resource: `arn:aws:s3:::b${i}/*` },
            { Effect: "Deny", Action: "s3:Delete*", Resource: "*" },
          ],
        },
      },
      trustPolicy: {
        Version: "2012-10-17",
        Statement: { Effect: "Allow", Principal: { AWS: "000000000000" }, Action: "sts:AssumeRole" },
      },
    }));
    const rows = roles.flatMap(({ name }, i) =>
      Array.from({ length: 10 }, (_, k) => [
        `role/${name}`,
        ["s3:GetObject", "s3:DeleteObject", "s3:PutObject"][k % 3],
        `arn:aws:s3:::b${i}/${k}`,
        ["allow", "explicitDeny", "implicitDeny"][k % 3],
      ]),
    );
    const columns = ["principal", "action", "resource", "expect"];
    const tests = write("large.test.json", { seed: { roles }, tests: [{ name: "all", table: { columns, rows } }] });
    const { code, output } = await run([tests], { threshold: 0, mutate: true });
    assert.equal(code, 0);
    assert.match(output, /^10000 assertions in 1 test of 1 file: 10000 passed, 0 failed$/m);
    assert.match(output, /^Coverage: 75% \(6000 of 8000 parts of 2000 policies\)$/m);
    assert.match(output, /^Mutation: 60% \(3000 of 5000 mutants noticed\)$/m);
  });
});
