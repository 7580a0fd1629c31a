import assert from "node:assert/strict";
import * as sdk from "@aws-sdk/client-accessanalyzer";
import { describe, it } from "mocha";
import { analyzerOperation } from "../other-services.ts";
import { INPUTS } from "./model.ts";

// The SDK's schemas are arrays (server/api/generate.ts says more); those of structures name their members, the required ones first.
const schemas = sdk as unknown as Readonly<Record<string, readonly any[]>>;

describe("the model of Access Analyzer", () => {
  for (const [operation, input] of Object.entries(INPUTS)) {
    it(`takes what the SDK sends: ${operation}`, () => {
      const [, , , , names, , required] = schemas[`${operation}Request$`]!;
      const byName = (one: string, other: string) => (one < other ? -1 : 1);
      const members = (of: readonly { name: string }[]) => of.map(({ name }) => name).toSorted(byName);
      assert.deepEqual(members(input.members), names.toSorted(byName));
      assert.deepEqual(
        members(input.members.filter((member) => member.required)),
        names.slice(0, required).toSorted(byName),
      );
    });

    it(`is where the SDK sends it: ${operation}`, () => {
      const [, , name, traits] = schemas[`${operation}$`]!;
      const [method, target, status] = traits.http;
      assert.equal(name, operation);
      assert.equal(status, 200);
      assert.equal(analyzerOperation({ method, target }), operation);
      assert.equal(analyzerOperation({ method: "GET", target }), undefined);
    });
  }

  it("has the values that the SDK knows", () => {
    const valuesOf = (operation: keyof typeof INPUTS, name: string) => {
      const { shape } = INPUTS[operation].members.find((member) => member.name === name)!;
      return [...((shape.type === "string" && shape.enum) || [])].toSorted();
    };
    const known = (values: Readonly<Record<string, string>>) => Object.values(values).toSorted();
    assert.deepEqual(valuesOf("ValidatePolicy", "policyType"), known(sdk.PolicyType));
    assert.deepEqual(valuesOf("ValidatePolicy", "locale"), known(sdk.Locale));
    assert.deepEqual(valuesOf("ValidatePolicy", "validatePolicyResourceType"), known(sdk.ValidatePolicyResourceType));
    assert.deepEqual(valuesOf("CheckNoPublicAccess", "resourceType"), known(sdk.AccessCheckResourceType));
    assert.deepEqual(valuesOf("CheckNoNewAccess", "policyType"), known(sdk.AccessCheckPolicyType));
  });
});
