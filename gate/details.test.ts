import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import type { Known } from "./call.ts";
import { mapCall } from "./map.ts";

interface Case {
  readonly it: string;
  readonly service: string;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body?: string;
  /** The body where it is no text. */
  readonly hex?: string;
  readonly known?: Readonly<Record<"hashKeys" | "aliases" | "secrets", Readonly<Record<string, string>> | undefined>>;
  readonly operation?: string;
  /** Actions and resources. */
  readonly asks: readonly string[];
  /** The keys of the first. */
  readonly keys?: Readonly<Record<string, unknown>>;
  readonly unknowable?: readonly string[];
  /** The target in path style. */
  readonly forward?: string;
}

const cases = JSON.parse(readFileSync("gate/cases/details.json", "utf8")) as readonly Case[];

const knownOf = ({ hashKeys, aliases, secrets }: NonNullable<Case["known"]>): Known => ({
  hashKey: (arn) => hashKeys?.[arn],
  keyOfAlias: (arn) => aliases?.[arn],
  secret: (arn) => secrets?.[arn],
});

describe("the mapping of a request", () => {
  for (const { it: what, service, method, target, headers, body, hex, known, ...expected } of cases) {
    it(`${what} (${service})`, () => {
      const bytes = hex === undefined ? Buffer.from(body ?? "") : Buffer.from(hex, "hex");
      const request = {
        service,
        method,
        target,
        rawHeaders: headers,
        body: bytes,
        region: "us-east-1",
        account: "111122223333",
      };
      const mapped = mapCall(request, known && knownOf(known));
      assert.ok("checks" in mapped, JSON.stringify(mapped));
      assert.deepEqual(
        mapped.checks.map(({ action, resource }) => `${action} ${resource}`),
        expected.asks,
      );
      const [first] = mapped.checks;
      if (expected.keys) assert.deepEqual(first!.keys, expected.keys);
      if (expected.unknowable) assert.deepEqual(first!.unknowable, expected.unknowable);
      if (expected.operation !== undefined) assert.equal(mapped.operation, expected.operation);
      assert.equal(mapped.target, expected.forward);
    });
  }
});
