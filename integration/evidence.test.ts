import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { EXACT } from "./exact-operations.ts";
import {
  brokenCitations,
  citations,
  citingFiles,
  evidence,
  evidencePages,
  readFacts,
  uncitedPage,
  type Fact,
} from "./evidence.ts";

describe("The evidence", () => {
  const pages = Array.from(evidencePages(), ([page, markdown]) => ({ page, ...readFacts(page, markdown) }));
  const facts = pages.flatMap((page): Fact[] => page.facts);
  const files = citingFiles();

  it("has a source and a confidence for every fact", () => {
    assert.deepEqual(
      pages.flatMap(({ faults }) => faults),
      [],
    );
    assert.deepEqual(
      pages.filter((page) => page.facts.length === 0).map(({ page }) => page),
      [],
    );
  });

  it("has no two facts of one id", () => {
    const ids = facts.map(({ id }) => id);
    assert.deepEqual(
      ids.filter((id, place) => ids.indexOf(id) !== place),
      [],
    );
  });

  it("is linked to from its first page, page by page, each by its own name", () => {
    const linked = readFileSync("docs/evidence/README.md", "utf8").matchAll(/^\| \[([\w-]+)\]\(([\w-]+\.md)\)/gm);
    const rows = Array.from(linked, ([, name, page]) => [`${name}.md`, page!] as const);
    for (const [name, page] of rows) assert.equal(name, page);
    const expected = [...evidencePages().keys(), "open-questions.md", "uncited.md"].toSorted();
    assert.deepEqual(rows.map(([, page]) => page).toSorted(), expected);
  });

  it("has every fact that is cited, wherever it is cited", () => {
    const known = evidence();
    const dangling = [...files].flatMap(([file, text]) =>
      citations(text)
        .filter((id) => !known.has(id))
        .map((id) => `${file}: ${id}`),
    );
    assert.deepEqual(dangling, []);
    assert.ok(new Set([...files.values()].flatMap(citations)).size > 150);
  });

  it("is the only thing that is cited as evidence", () => {
    const broken = [...files].flatMap(([file, text]) => brokenCitations(text).map((match) => `${file}: ${match}`));
    assert.deepEqual(broken, []);
  });

  it("has a page of what nothing cites that is up to date (else run npm run docs)", () => {
    assert.equal(readFileSync("docs/evidence/uncited.md", "utf8"), uncitedPage());
  });

  it("has the facts that the page on operations links to", () => {
    const links = readFileSync("docs/operations.md", "utf8").matchAll(/\]\(evidence\/([\w-]+\.md)#([\w-]+)\)/g);
    const targets = Array.from(links, ([, page, id]) => [page, id]);
    assert.equal(targets.length, Object.values(EXACT).flat().length);
    const known = evidence();
    for (const [page, id] of targets) assert.equal(known.get(id!)?.page, page, id);
  });
});

describe("A page of facts", () => {
  const good = "### one-fact\n\nIt is so.\n\nSource: somewhere\n(2026) · Confidence: high\n";

  it("is read up to the next heading", () => {
    const { facts, faults } = readFacts("page.md", `# Page\n\n${good}\n## Section\n\nText.\n\n${good}`);
    assert.deepEqual(faults, []);
    const fact = { id: "one-fact", page: "page.md", text: "It is so.", confidence: "high", source: "somewhere (2026)" };
    assert.deepEqual(facts, [fact, fact]);
  });

  const bad: readonly (readonly [fault: string, from: string, to: string])[] = [
    ['page.md: "One fact" is no id.', "one-fact", "One fact"],
    ['page.md: "fact" is no id.', "one-fact", "fact"],
    ["page.md: one-fact says nothing.", "It is so.\n\n", ""],
    ["page.md: one-fact does not end in its source and confidence.", "Source: somewhere\n(2026) · ", ""],
    ["page.md: one-fact does not end in its source and confidence.", " · Confidence: high", ""],
    ["page.md: one-fact has the confidence certain.", "high", "certain"],
  ];
  for (const [fault, from, to] of bad) {
    it(`is told: ${fault}`, () => {
      assert.deepEqual(readFacts("page.md", good.replace(from, to)), { facts: [], faults: [fault] });
    });
  }
});

describe("A citation", () => {
  // Assembled here, so that the test above does not take them for this file's own citations.
  const cite = (what: string): string => `// So it is (evidence${what}`;

  it("names one fact or several", () => {
    assert.deepEqual(citations(cite(": one-fact).")), ["one-fact"]);
    assert.deepEqual(citations(cite(": one-fact, other-fact-2), evidence")), ["one-fact", "other-fact-2"]);
    assert.deepEqual(citations(cite(": one-fact, and so on).")), ["one-fact"]);
  });

  it("that nobody could follow is found", () => {
    const [facts, file] = ["facts", "aws-iam"];
    const notes = [`${facts} A2)`, `${facts}: ${file} 5.3)`, `${facts}, "Disagreements")`, `${file} 10.1`];
    for (const note of notes) assert.equal(brokenCitations(`// As recorded (${note}`).length, 1, note);
    for (const what of [": one-fact,", ": nowhere)", ": )"]) assert.equal(brokenCitations(cite(what)).length, 1, what);
    assert.deepEqual(
      brokenCitations(`${cite(": one-fact).")}\nfacts([file, facts]); // for aws-iam-authenticator`),
      [],
    );
  });
});
