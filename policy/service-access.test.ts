import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { referencedServices } from "../catalog/service-reference.ts";
import { grantedActions, grantedServices, grants } from "./service-access.ts";

interface Case {
  readonly it: string;
  readonly statements: readonly object[];
  /** The services of `s3` and `sqs` that the statements together leave a way into. */
  readonly granted: readonly string[];
  /** Whether they grant `s3` as one policy that is looked at alone. */
  readonly alone: boolean;
}

const document = (...statements: readonly object[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
  });

describe("access to services", () => {
  const cases = JSON.parse(readFileSync("policy/cases/service-access.json", "utf8")) as Case[];

  for (const { it: sentence, statements, granted, alone } of cases) {
    it(`is ${granted.length > 0 ? "" : "not "}given by ${sentence}`, () => {
      const services = grantedServices([document(...statements)]);
      assert.deepEqual(
        services.filter((service) => ["s3", "sqs"].includes(service)),
        granted,
      );
    });

    it(`is ${alone ? "" : "not "}listed for a policy with ${sentence}`, () => {
      assert.equal(grants(document(...statements))("s3"), alone);
    });
  }

  it("is given to all services, in order, by an allow of everything", () => {
    const services = grantedServices([document({ Action: "*", Resource: "*" })]);
    assert.deepEqual(services, Object.keys(referencedServices()));
    assert.deepEqual(services, services.toSorted());
  });

  it("is taken away by a deny in another policy, but not in the list of a policy by itself", () => {
    const policies = [
      document({ Action: "s3:*", Resource: "*" }),
      document({ Effect: "Deny", Action: "s3:*", Resource: "*" }),
    ];
    assert.deepEqual(grantedServices(policies), []);
    assert.deepEqual(
      policies.map((policy) => grants(policy)("s3")),
      [true, false],
    );
  });

  it("is given to the actions that are left, in order", () => {
    const policy = document(
      { Action: ["iam:GetUser", "iam:ListUsers", "iam:getUser", "sts:*"], Resource: "*" },
      { Effect: "Deny", Action: "iam:List*", Resource: "*" },
    );
    assert.deepEqual(grantedActions([policy], "iam"), ["GetUser"]);
    assert.deepEqual(grantedActions([policy], "s3"), []);
  });

  it("is found out of resources that are nothing but wildcards", () => {
    const policy = document({ Action: "ec2:*", Resource: `arn:aws:ec2:*:*:${"*a".repeat(2900)}` });
    assert.ok(grantedActions([policy], "ec2").includes("RunInstances"));
  });
});
