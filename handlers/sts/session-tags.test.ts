import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import type { Tag } from "../../data/entities/accounts.ts";
import type { Session } from "../caller.ts";
import { inheritedTags, sessionTags } from "./session-tags.ts";

type Pairs = Readonly<Record<string, string>>;

interface Case {
  readonly name: string;
  readonly sent: Pairs;
  readonly transitive: readonly string[];
  readonly inherited: Pairs;
  readonly expected?: { readonly tags?: Pairs; readonly transitiveTagKeys?: readonly string[] };
  readonly refused?: string;
}

const tagsOf = (pairs: Pairs): Tag[] => Object.entries(pairs).map(([Key, Value]) => ({ Key, Value }));

describe("the tags of a new session", () => {
  const cases = JSON.parse(readFileSync("handlers/sts/cases/session-tags.json", "utf8")) as Case[];

  for (const { name, sent, transitive, inherited, expected, refused } of cases) {
    it(`${refused === undefined ? "hold" : "refuse"} ${name}`, () => {
      const make = () => sessionTags({ Tags: tagsOf(sent), TransitiveTagKeys: transitive }, tagsOf(inherited));
      if (refused !== undefined) {
        assert.throws(make, { code: "InvalidParameterValue", status: 400, wireMessage: refused });
      } else {
        assert.deepEqual(make(), { ...expected, ...(expected?.tags && { tags: tagsOf(expected.tags) }) });
      }
    });
  }

  it("come from a session as far as they are transitive there", () => {
    const tags = tagsOf({ team: "red", user: "ann", stage: "test" });
    const session = (more: Partial<Session>) => more as Session;
    assert.deepEqual(inheritedTags(session({ tags, transitiveTagKeys: ["team", "stage"] })), [tags[0], tags[2]]);
    assert.deepEqual(inheritedTags(session({ tags })), []);
    assert.deepEqual(inheritedTags(session({})), []);
    assert.deepEqual(inheritedTags(undefined), []);
  });
});
