import assert from "node:assert/strict";
import * as fc from "fast-check";
import { describe, it } from "mocha";
import { readSeed } from "./seed.ts";
import { SeedError } from "./seed-error.ts";
import { Place } from "./place.ts";
import { textSource } from "./source.ts";

/** Characters and words with a meaning in YAML, in random order. */
const yamlish = fc
  .array(
    fc.oneof(
      fc.constantFrom("users:", "- ", "\n", "  ", "name: a", "{", "}", "[", "]", "&a ", "*a", "<<: ", "? ", ": "),
      fc.constantFrom(
        ..."!!str ,!x ,| ,> ,\",',#,%YAML 1.1\n,---\n,...,\t,null,~,.nan,0x1F,1e999,__proto__: ".split(","),
      ),
      fc.string({ unit: "binary", maxLength: 5 }),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(""));

/** Keys that a seed has. */
const keys = fc.constantFrom("users", "roles", "name", "policies", "accounts", "id", "organization", "root", "x y");
const { seedLike } = fc.letrec((tie) => ({
  seedLike: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, 12, "a", ""),
    fc.array(tie("seedLike"), { maxLength: 3 }),
    fc.dictionary(keys, tie("seedLike"), { maxKeys: 4, noNullPrototype: true }),
  ),
}));

const onlySeedErrors = async (work: () => Promise<unknown>) => {
  try {
    await work();
  } catch (cause) {
    assert.ok(cause instanceof SeedError, String((cause as Error).stack));
  }
};

describe("a seed's text", () => {
  it("is read, or refused with a SeedError, whatever it is", () =>
    fc.assert(fc.asyncProperty(yamlish, (text) => onlySeedErrors(() => textSource(text, "seed.yaml")))));

  it("is refused with a SeedError where it nests deeper than can be read", async () => {
    for (const depth of [500, 20_000, 200_000]) {
      await onlySeedErrors(() => textSource("[".repeat(depth) + "]".repeat(depth), "seed.yaml"));
      await onlySeedErrors(() => textSource("- ".repeat(depth), "seed.yaml"));
    }
  });

  it("is refused where its aliases would grow beyond all measure", async () => {
    const lines = ["a: &a [x, x, x, x, x, x, x, x, x]"];
    for (const [above, name] of Array.from("abcdefgh", (letter, i) => [letter, "bcdefghi"[i]!])) {
      lines.push(`${name}: &${name} [${Array(9).fill(`*${above}`).join(", ")}]`);
    }
    await assert.rejects(textSource(lines.join("\n"), "seed.yaml"), {
      name: "SeedError",
      message: "seed.yaml: Excessive alias count indicates a resource exhaustion attack",
    });
  });

  it("means the same in JSON and in YAML", () =>
    fc.assert(
      fc.asyncProperty(fc.dictionary(keys, seedLike, { noNullPrototype: true }), async (seed) => {
        const { root } = await textSource(JSON.stringify(seed), "seed.json");
        assert.deepEqual(root.value, seed);
      }),
    ));

  it("lets a mapping take over what another has", async () => {
    const text = "base: &base { path: /a/, tags: { x: 1 } }\nuser:\n  <<: *base\n  path: /b/";
    const { root } = await textSource(text, "seed.yaml");
    assert.deepEqual(root.at("user").value, { path: "/b/", tags: { x: 1 } });
    assert.equal(root.at("user").at("tags").where, "seed.yaml:2: user.tags");
  });

  it("keeps numbers and Booleans as they are written, where a text is wanted", async () => {
    const { root } = await textSource("a: 0123\nb: +12065550100\nc: True\nd: 1_000\ne: 1e3", "seed.yaml");
    assert.deepEqual(
      Array.from("abcde", (key) => root.at(key).text()),
      ["0123", "+12065550100", "True", "1_000", "1e3"],
    );
  });

  it("knows the line of each key and item", async () => {
    const text = "# comment\nusers:\n\n  - name: a\n    policies:\n      x: {}\n  - # another\n    name: b\n";
    const { root } = await textSource(text, "seed.yaml");
    const lines = [["users"], ["users", 0], ["users", 0, "policies"], ["users", 0, "policies", "x"], ["users", 1]].map(
      (path) => path.reduce((place: Place, key) => place.at(key), root).where,
    );
    assert.deepEqual(lines, [
      "seed.yaml:2: users",
      "seed.yaml:4: users[0]",
      "seed.yaml:5: users[0].policies",
      "seed.yaml:6: users[0].policies.x",
      "seed.yaml:8: users[1]",
    ]);
  });
});

describe("a seed", () => {
  it("is understood, or refused with a SeedError, whatever is in it", () =>
    fc.assert(
      fc.asyncProperty(fc.dictionary(keys, seedLike, { noNullPrototype: true }), (seed) =>
        onlySeedErrors(() => readSeed(seed, "000000000000")),
      ),
    ));
});
