import assert from "node:assert/strict";
import * as fc from "fast-check";
import { authorizationId, detailsSentence, refusedRequestId, withoutDetails } from "./authorization-details.ts";

describe("the ids of authorization details", () => {
  it("have 25 characters, and lead back to the request", () => {
    fc.assert(
      fc.property(fc.uuid(), (requestId) => {
        const id = authorizationId(requestId);
        assert.match(id, /^[0-9a-z]{25}$/);
        assert.equal(refusedRequestId(id), requestId);
      }),
    );
  });

  it("are none that are of another form, or more than a request's id", () => {
    for (const text of ["", "0".repeat(24), "A".repeat(25), "z".repeat(25), "6d1c7e0c-93a5-4b6e-8a3e-2f6f8a1b2c3d"]) {
      assert.equal(refusedRequestId(text), undefined);
    }
  });

  it("stand at the end of refusals of IAM but for the root features, and of no other service", () => {
    const end = (action: string) => detailsSentence(action, "00000000-0000-0000-0000-000000000001");
    const id = `${"0".repeat(24)}1`;
    assert.equal(
      end("iam:GetUser"),
      `. Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/${id} for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: ${id}`,
    );
    assert.equal(withoutDetails(`User: a is not authorized${end("iam:GetUser")}`), "User: a is not authorized");
    assert.equal(withoutDetails("Rate exceeded. Go to sleep"), "Rate exceeded. Go to sleep");
    for (const action of ["iam:ListOrganizationsFeatures", "iam:EnableOrganizationsRootSessions", "sts:AssumeRole"]) {
      assert.equal(end(action), "");
    }
  });
});
