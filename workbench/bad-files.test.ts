import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import * as fc from "fast-check";
import { after, before, describe, it } from "mocha";
import { PolicyTestError } from "./policy-test-error.ts";
import { runFile } from "./run.ts";

interface Case {
  readonly it: string;
  readonly file: string;
  readonly text: string;
  /** Files beside it. */
  readonly files?: Readonly<Record<string, string>>;
  readonly message: string;
}

const cases = JSON.parse(readFileSync("workbench/cases/bad-files.json", "utf8")) as readonly Case[];

/** Texts in which the beginnings of what a test file may hold come after each other. */
const fileLike = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."tests:|seed:|policies:| check:| table:| only:| assume:|principal: root|action: s3:GetObject|expect: allow|- |  |\n|{|}|[|]|: |, |columns|rows|context: |*|&a |a|1|true|null|<<: ".split(
          "|",
        ),
      ),
      fc.string({ unit: "binary", maxLength: 3 }),
    ),
    { maxLength: 25 },
  )
  .map((parts) => parts.join(""));

describe("a file of policy tests is refused in one line with its place:", () => {
  let folder: string;
  const write = (name: string, text: string) => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-bad-files-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [index, { it: sentence, file, text, files = {}, message }] of cases.entries()) {
    it(sentence, async () => {
      const below = `case-${index}`;
      for (const [name, content] of Object.entries(files)) write(join(below, name), content);
      const path = write(join(below, file), text);
      const refusal = await runFile(path).then(
        () => "it was taken",
        (cause: Error) => `${cause.name}: ${cause.message.replaceAll(`${join(folder, below)}/`, "")}`,
      );
      assert.equal(refusal, `PolicyTestError: ${message}`);
      assert.doesNotMatch(message, /\n/);
    });
  }

  it("a file that is not there", async () => {
    await assert.rejects(runFile("nowhere.test.yaml"), {
      name: "PolicyTestError",
      message: "nowhere.test.yaml cannot be read: there is no such file or folder.",
    });
  });

  it("whatever else is in it, if it is not run", () =>
    fc.assert(
      fc.asyncProperty(fileLike, fc.constantFrom("fuzz.yaml", "fuzz.json"), async (text, name) => {
        await runFile(write(name, text)).catch((cause: unknown) => {
          assert.ok(cause instanceof PolicyTestError, String((cause as Error).stack));
        });
      }),
      { numRuns: 200 },
    ));

  it("what nests deeper than can be read", async () => {
    for (const name of ["deep.yaml", "deep.json"]) {
      await assert.rejects(runFile(write(name, "[".repeat(50_000))), { name: "PolicyTestError" });
    }
  });
});
