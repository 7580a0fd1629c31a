import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { buildModel, formatModel } from "./generate.ts";

const constraints = (): any => JSON.parse(readFileSync("server/api/constraints.json", "utf8"));

describe("the generated model", () => {
  it("is what the installed SDK and the constraints give", () => {
    assert.equal(readFileSync("server/api/model.json", "utf8"), formatModel(buildModel(constraints())));
  });

  it("knows the limits of what is newer than the published constraints, or that none are known", () => {
    const published = constraints();
    const unlimited = Object.entries(buildModel(published)).flatMap(([service, { operations, structures }]) =>
      Object.values(operations).flatMap(({ input = "" }) =>
        Object.entries(structures[input] ?? {})
          .filter(([member]) => published[service].constraints[input]?.[member] === undefined)
          .filter(([, shape]) => shape !== "boolean" && !/"(min|max|pattern|enum)":/.test(JSON.stringify(shape)))
          .map(([member]) => `${input}.${member}`),
      ),
    );
    assert.deepEqual(unlimited.toSorted(), [
      "AcquireRoleRequest.ReplacementValues",
      "AcquireRoleRequest.TemplateArn",
      "AcquireRoleRequest.TemplateMinorVersion",
      "GetRoleTemplateVersionRequest.MinorVersion",
      "GetRoleTemplateVersionRequest.TemplateArn",
      "GetScopedCredentialsRequest.Policy",
      "GetWebIdentityTokenRequest.Scope",
      "GetWebIdentityTokenRequest.SubjectMode",
      "ListServiceSpecificCredentialsRequest.ServiceName",
      "PutAccountPropertiesRequest.Properties",
      "SimulateCustomPolicyRequest.ContextEntries",
      "SimulateCustomPolicyRequest.OrderedOrganizationPolicyInputList",
      "SimulatePrincipalPolicyRequest.ContextEntries",
      "SimulatePrincipalPolicyRequest.PolicyExclusionList",
    ]);
  });

  it("has the codes and statuses of errors that the published models have", () => {
    const published = constraints();
    for (const [service, { errors }] of Object.entries(buildModel(published))) {
      for (const [exception, { code, status }] of Object.entries<any>(published[service].errors)) {
        assert.deepEqual(errors[code], { status, exception });
      }
    }
  });

  it("is refused where a constraint is on something that the SDK does not have", () => {
    const outdated = constraints();
    outdated.iam.constraints.GetUserRequest.Nickname = { type: "string", max: 64 };
    assert.throws(() => buildModel(outdated), /iam\.GetUserRequest\.Nickname: constrained, but not in the SDK/);
  });

  it("is refused where a constraint is on another type than the SDK's", () => {
    const outdated = constraints();
    outdated.iam.constraints.GetUserRequest.UserName.type = "integer";
    assert.throws(
      () => buildModel(outdated),
      /iam\.GetUserRequest\.UserName: a string in the SDK, a integer in the constraints/,
    );
  });
});
