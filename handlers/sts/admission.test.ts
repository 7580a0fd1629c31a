import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import type { CredentialKind, Principal } from "../caller.ts";
import type { Context, OperationName } from "../operation.ts";
import { admits } from "./admission.ts";

type Table = Record<CredentialKind, Record<OperationName, boolean>>;

const USER: Principal = { type: "user", id: "AIDAEXAMPLE", name: "ann" };

const admit = (operation: OperationName, credential: CredentialKind, principal: Principal = USER) =>
  admits(operation)({}, { caller: { credential, principal } } as Context);

describe("operations of STS", () => {
  const table = JSON.parse(readFileSync("handlers/sts/cases/callers.json", "utf8")) as Table;

  for (const [credential, row] of Object.entries(table)) {
    for (const [operation, admitted] of Object.entries(row)) {
      it(`${operation} ${admitted ? "admits" : "refuses"} ${credential} credentials`, () => {
        const call = () => admit(operation as OperationName, credential as CredentialKind);
        if (admitted) assert.doesNotThrow(call);
        else {
          assert.throws(call, {
            code: "AccessDenied",
            status: 403,
            wireMessage: `Cannot call ${operation} with session credentials`,
          });
        }
      });
    }
  }

  it("let root open sessions, but not assume roles", () => {
    assert.doesNotThrow(() => admit("GetSessionToken", "long-term", { type: "root" }));
    for (const credential of ["long-term", "session-token"] as const) {
      assert.throws(() => admit("AssumeRole", credential, { type: "root" }), {
        code: "AccessDenied",
        wireMessage: "Roles may not be assumed by root accounts.",
      });
    }
  });
});
