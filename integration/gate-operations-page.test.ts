import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { APPROXIMATE } from "../gate/s3/operations.ts";
import { SERVICES } from "../gate/services/services.ts";
import { gateOperations, gateOperationsPage } from "./gate-operations-page.ts";

describe("The page on what the gate maps", () => {
  it("is what the sources say (else run npm run docs)", () => {
    assert.equal(readFileSync("docs/gate-operations.md", "utf8"), gateOperationsPage());
  });

  it("says of no operation that is not there how it is mapped", () => {
    for (const [service, operations] of gateOperations()) {
      const notes = service === "s3" ? APPROXIMATE : SERVICES.get(service)!.approximate;
      assert.deepEqual(
        Object.keys(notes).filter((name) => !operations.has(name)),
        [],
        service,
      );
    }
  });

  it("has rows of no operation that is not there", () => {
    for (const [service, { operations }] of SERVICES) {
      const known = gateOperations().get(service)!;
      assert.deepEqual(
        Object.keys(operations).filter((name) => !known.has(name)),
        [],
        service,
      );
    }
  });
});
