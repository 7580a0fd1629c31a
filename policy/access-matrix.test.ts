import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { accessMatrix, serviceAccess } from "./access-matrix.ts";
import type { Policies } from "./evaluate.ts";

const arn = "arn:aws:iam::000000000000:user/bob";
const asking = {
  principal: { type: "user", account: "000000000000", arn, id: "AIDA" } as const,
  account: "000000000000",
  keys: { "aws:username": "bob" },
};
const source = (...Statement: object[]) => ({
  id: "test",
  document: JSON.stringify({ Version: "2012-10-17", Statement }),
});
const may = (policies: Policies, action: string) => {
  const [service = "", name] = action.split(":");
  return serviceAccess(service, policies, asking).find((found) => found.action === name)!.access;
};
const EVERYTHING = { Effect: "Allow", Action: "*", Resource: "*" };

describe("the matrix of permissions", () => {
  it("counts all of every service for an administrator", () => {
    const services = accessMatrix({ identity: [source(EVERYTHING)] }, asking);
    assert.ok(services.length > 400);
    for (const { levels } of services) {
      for (const { actions, allowed } of Object.values(levels)) assert.equal(allowed, actions);
    }
  });

  it("tells what is limited to resources, or by conditions, from what is not allowed", () => {
    const identity = [
      source(
        { Effect: "Allow", Action: "s3:GetObject", Resource: "arn:aws:s3:::b/${aws:username}/*" },
        {
          Effect: "Allow",
          Action: "s3:PutObject",
          Resource: "*",
          Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } },
        },
        { Effect: "Allow", Action: "s3:ListBucket", Resource: "*" },
        { Effect: "Deny", Action: "s3:ListBucket", Resource: "*" },
      ),
    ];
    const found = ["s3:GetObject", "s3:PutObject", "s3:ListBucket", "s3:DeleteObject"].map((action) =>
      may({ identity }, action),
    );
    assert.deepEqual(found, ["limited", "limited", "denied", "denied"]);
    assert.deepEqual(
      accessMatrix({ identity }, asking).map(({ service }) => service),
      ["s3"],
    );
  });

  it("has what a boundary and each level of an organization allow as well, and no more", () => {
    const only = (Action: string) => source({ Effect: "Allow", Action, Resource: "*" });
    const policies = { identity: [source(EVERYTHING)], boundary: only("s3:*"), scps: [[only("s3:Get*")]] };
    assert.deepEqual(
      ["s3:GetObject", "s3:PutObject", "sqs:SendMessage"].map((action) => may(policies, action)),
      ["allowed", "denied", "denied"],
    );
  });

  it("knows the access level of an action, and nothing of a service that there is not", () => {
    assert.equal(
      serviceAccess("iam", { identity: [] }, asking).find(({ action }) => action === "AttachUserPolicy")!.level,
      "Permissions management",
    );
    assert.deepEqual(serviceAccess("toString", { identity: [] }, asking), []);
  });
});
