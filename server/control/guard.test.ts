import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { whyForeign } from "./guard.ts";

interface Case {
  readonly says: string;
  readonly host?: string;
  readonly origin?: string;
  readonly allowed?: readonly string[];
  readonly refused?: "host" | "origin";
}

const cases = JSON.parse(readFileSync("server/control/guard.test.json", "utf8")) as readonly Case[];

describe("the guard of the control plane", () => {
  for (const { says, host, origin, allowed = [], refused } of cases) {
    it(says, () => {
      const reason = whyForeign(host, origin, allowed);
      if (refused === undefined) assert.equal(reason, undefined);
      else assert.match(reason ?? "", new RegExp(`^The ${refused}\\b.* is not accepted here`));
    });
  }
});
