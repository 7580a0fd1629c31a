import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { mapCall } from "./map.ts";

interface Case {
  readonly it: string;
  readonly service: string;
  readonly method: string;
  readonly target: string;
  /** Names and values by turns, so that a name can occur twice. */
  readonly headers: readonly string[];
  readonly body: string;
  /** The body where it is no text. */
  readonly hex?: string;
  readonly says: string;
}

const cases = JSON.parse(readFileSync("gate/cases/refused.json", "utf8")) as readonly Case[];

// Whoever wants one thing checked and another done sends requests that two readers take for different ones.
describe("the mapping of requests refuses", () => {
  for (const { it: what, service, method, target, headers, body, hex, says } of cases) {
    it(`${what} (${service})`, () => {
      const request = {
        service,
        method,
        target,
        rawHeaders: headers,
        body: hex === undefined ? Buffer.from(body) : Buffer.from(hex, "hex"),
      };
      const mapped = mapCall({ ...request, region: "us-east-1", account: "111122223333" });
      assert.ok("unmapped" in mapped, JSON.stringify(mapped));
      assert.equal(mapped.unmapped, says);
    });
  }
});
