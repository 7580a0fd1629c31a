import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { before, describe, it } from "mocha";
import { runFile, type TestRun } from "../run.ts";
import { reporters, type ReporterName } from "./reporters.ts";

const FOLDER = join("workbench", "cases", "reports");

describe("the reporters of policy tests", () => {
  let run: TestRun;
  const report = (name: ReporterName) => reporters[name]([run]);

  before(async () => {
    run = await runFile(join(FOLDER, "failing.test.yaml"));
  });

  for (const name of Object.keys(reporters) as ReporterName[]) {
    it(`write what they always wrote: ${name}`, () => {
      const golden = join(FOLDER, `failing.${name}`);
      assert.equal(report(name), readFileSync(golden, "utf8"));
    });
  }

  it("write XML in which every assertion is a case of its test, whatever its text", () => {
    const xml = report("junit");
    assert.equal(XMLValidator.validate(xml), true);
    const { testsuites } = new XMLParser({ ignoreAttributes: false }).parse(xml) as {
      testsuites: { "@_failures": string; testsuite: { "@_name": string; testcase: unknown }[] };
    };
    assert.equal(testsuites["@_failures"], "4");
    assert.deepEqual(
      testsuites.testsuite.map(({ testcase }) => [testcase].flat().length),
      [4, 1],
    );
    assert.doesNotMatch(xml, /[^\t\n\r\x20-\u{10ffff}]/u);
  });

  it("write one line of TAP for each assertion, with no directive that a name could make", () => {
    const lines = report("tap").split("\n");
    assert.equal(lines.filter((line) => /^(?:not )?ok \d+ - /.test(line)).length, 5);
    assert.ok(lines.includes("1..5"));
    assert.doesNotMatch(report("tap"), /[^\\]#|\u001b/);
  });

  it("write a workflow command for each failure that names its file and line", () => {
    const commands = report("github").match(/^::error .*$/gm) ?? [];
    assert.equal(commands.length, 4);
    for (const command of commands) assert.match(command, /^::error file=[\w/.]+,line=\d+,col=\d+,title=[^:,]+::[^:]/);
  });
});
