import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { buildModel, formatModel } from "./generate.ts";

const constraints = (): any => JSON.parse(readFileSync("server/api/constraints.json", "utf8"));

describe("the generated model", () => {
  it("is what the installed SDK and the constraints give", () => {
    assert.equal(readFileSync("server/api/model.json", "utf8"), formatModel(buildModel(constraints())));
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
