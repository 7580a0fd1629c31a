import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import * as iam from "@aws-sdk/client-iam";
import * as sts from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { operations } from "../handlers/index.ts";
import { APPROXIMATE } from "./coverage.ts";
import { EXACT } from "./exact-operations.ts";
import { evidence } from "./evidence.ts";
import { coverage, operationsPage, standing } from "./operations-page.ts";

describe("The page on operations", () => {
  const rows = coverage();
  const names = new Set(rows.map(({ name }) => name));

  it("is what the sources say (else run npm run docs)", () => {
    assert.equal(readFileSync("docs/operations.md", "utf8"), operationsPage());
  });

  it("has each operation that AWS's clients can send, once", () => {
    const commands = [iam, sts].flatMap((client) =>
      Object.keys(client).flatMap((key) => /^(\w+)Command$/.exec(key)?.[1] ?? []),
    );
    assert.deepEqual(rows.map(({ name }) => name).toSorted(), commands.toSorted());
  });

  it("finds the file in which each operation is declared", () => {
    const missing = rows.filter(({ name, handler }) => operations.has(name) !== (handler !== undefined));
    assert.deepEqual(missing, []);
  });

  it("finds each operation under a constant of its exact name", () => {
    const files = [...new Set(rows.flatMap(({ handler }) => handler ?? []))];
    const declared = files.flatMap((file) =>
      Array.from(
        readFileSync(file, "utf8").matchAll(/const (\w+)(?:: \w+)? = operation(?:<[^>]+>)?\(\s*"(\w+)"/g),
        ([, constant, name]) => ({ constant: constant!, name: name! }),
      ),
    );
    assert.deepEqual(declared.map(({ constant }) => constant).toSorted(), [...operations.keys()].toSorted());
    assert.deepEqual(
      declared.filter(({ constant, name }) => constant !== name),
      [],
    );
  });

  it("finds tests that send each operation that is built", () => {
    const untested = rows.filter(({ handler, test }) => handler !== undefined && test === undefined);
    assert.deepEqual(
      untested.map(({ name }) => name),
      [],
    );
  });

  it("links to files that exist", () => {
    const links = Array.from(operationsPage().matchAll(/\]\(\.\.\/([^)]+)\)/g), ([, file]) => file!);
    assert.ok(links.length > 300);
    assert.deepEqual(
      links.filter((file) => !existsSync(file)),
      [],
    );
  });

  it("has notes on operations only, of whole sentences that fit into a table", () => {
    for (const [name, note] of Object.entries(APPROXIMATE)) {
      assert.ok(names.has(name), `${name} is no operation`);
      assert.match(note, /^[A-Z][^|\n]*\.$/, name);
    }
  });

  it("calls an operation unverified of which nobody has shown anything", () => {
    assert.deepEqual(standing("TurnLeadIntoGold"), { kind: "unverified" });
  });

  it("calls exact what rests on recorded facts, none of them weak, and what is not approximate as well", () => {
    const facts = evidence();
    for (const [name, ids] of Object.entries(EXACT)) {
      assert.ok(names.has(name), `${name} is no operation`);
      assert.equal(APPROXIMATE[name], undefined, `${name} is both`);
      const confidences = ids.map((id) => facts.get(id)?.confidence);
      assert.ok(confidences.includes("high"), `${name}: nothing of it is sure`);
      for (const [place, confidence] of confidences.entries())
        assert.ok(
          confidence !== undefined && confidence !== "low",
          `${name}: ${ids[place]} is ${confidence ?? "unknown"}`,
        );
    }
  });

  it("calls exact what tests ask of it in AWS's words: those of each fact are asserted somewhere", () => {
    const tests = ["handlers", "integration", "policy", "server"]
      .flatMap((room) => readdirSync(room, { recursive: true, encoding: "utf8" }).map((file) => `${room}/${file}`))
      .filter((file) => file.endsWith(".test.ts"))
      .map((file) => readFileSync(file, "utf8"))
      .join("\n");
    const facts = evidence();
    const absent = [...new Set(Object.values(EXACT).flat())].flatMap((id) =>
      sentences(facts.get(id)!.text)
        .filter((words) => !tests.includes(words))
        .map((words) => `${id}: ${words}`),
    );
    assert.deepEqual(absent, []);
  });
});

/**
 * From each of AWS's sentences that a fact quotes, the longest piece without a placeholder; four words make a sentence.
 */
function sentences(text: string): string[] {
  return Array.from(text.matchAll(/`([^`]+)`/g), ([, quoted]) => quoted!)
    .filter((quoted) => /^[A-Z][\w-]*(?: [^ ]+){3,}$/.test(quoted))
    .map((quoted) =>
      quoted
        .split(/\{[^}]*\}|…/)
        .toSorted((a, b) => b.length - a.length)[0]!
        .trim(),
    );
}
