import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { operations } from "../handlers/index.ts";
import { APPROXIMATE } from "./coverage.ts";
import { coverage, operationsPage } from "./operations-page.ts";

describe("The page on operations", () => {
  const rows = coverage();

  it("is what the sources say (else run npm run docs)", () => {
    assert.equal(readFileSync("docs/operations.md", "utf8"), operationsPage());
  });

  it("has each operation once", () => {
    const names = rows.map(({ name }) => name);
    assert.equal(new Set(names).size, 192);
    assert.equal(names.length, 192);
  });

  it("finds the file in which each operation is declared", () => {
    const missing = rows.filter(({ name, handler }) => operations.has(name) !== (handler !== undefined));
    assert.deepEqual(missing, []);
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
    const names = new Set(rows.map(({ name }) => name));
    for (const [name, note] of Object.entries(APPROXIMATE)) {
      assert.ok(names.has(name), `${name} is no operation`);
      assert.match(note, /^[A-Z][^|\n]*\.$/, name);
    }
  });

  it("has a note for each file that says that AWS is not known in something, or that a text is ours", () => {
    const admits = /\bnot known\b|\bnot on record\b|\bour own\b|\bare ours\b|\b(?:been|never) recorded\b/;
    const files = [...new Set(rows.flatMap(({ handler }) => handler ?? []))];
    const silent = files.filter(
      (file) =>
        admits.test(readFileSync(file, "utf8")) &&
        rows.every(({ handler, approximate }) => handler !== file || approximate === undefined),
    );
    assert.deepEqual(silent, []);
  });
});
