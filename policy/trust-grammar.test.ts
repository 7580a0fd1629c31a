import assert from "node:assert/strict";
import { referencedServices } from "../catalog/service-reference.ts";
import { structureOf } from "./structure.ts";
import { entityPrincipals, STS_ACTIONS } from "./trust-grammar.ts";

describe("trust policies", () => {
  it("name users, roles and unique ids, once each; others need no look-up", () => {
    const alice = "arn:aws:iam::111122223333:user/alice";
    const role = "arn:aws:iam::111122223333:role/path/r";
    const id = "AIDAALICEAAAAAAAAAAAA";
    const statement = (...principals: string[]) => ({
      Effect: "Allow",
      Principal: { AWS: principals },
      Action: "sts:AssumeRole",
    });
    const Statement = [
      statement("*", "111122223333", "arn:aws:iam::111122223333:root", alice, id),
      statement("arn:aws:sts::111122223333:assumed-role/r/s", role, alice),
      { Effect: "Allow", Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" },
    ];
    assert.deepEqual(entityPrincipals(structureOf(JSON.stringify({ Statement }))), [alice, id, role]);
  });

  it("may name the actions of STS that AWS's reference has", () => {
    const actions = Object.keys(referencedServices()["sts"]!.actions).map((name) => name.toLowerCase());
    assert.deepEqual(STS_ACTIONS, actions.toSorted());
  });
});
