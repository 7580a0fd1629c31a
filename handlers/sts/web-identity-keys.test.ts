import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import { ISSUER_CLAIMS, sessionKeysOf, webIdentityKeys } from "./web-identity-keys.ts";

// From the service authorization reference, in the form that catalog/generate-service-reference.ts writes.
const { conditionKeys } = (
  JSON.parse(readFileSync("server/cases/permissions-reference.json", "utf8")) as Record<
    string,
    { conditionKeys: string[] }
  >
)["sts:AssumeRoleWithWebIdentity"]!;

const keysFor = (issuer: string, claims: object) =>
  webIdentityKeys({ issuer, subject: "s", audience: "a", claims: { aud: "a", ...claims } });

describe("the condition keys of web identity tokens", () => {
  // The keys of the two providers of OAuth 2.0 access tokens, which are not verified here, and those that all issuers
  // have.
  const special = conditionKeys.filter(
    (key) => !/^(?:aws|sts|www\.amazon\.com|graph\.facebook\.com):|:(?:amr|aud|oaud|sub)$/.test(key),
  );

  it("are those of AWS's reference", () => {
    const missing = special.filter((key) => {
      const colon = key.indexOf(":");
      const issuer = key.slice(0, colon).replace(/\$\{\w+\}/g, "x");
      const claim = key.slice(colon + 1);
      return keysFor(issuer, { [claim]: "v" })[`${issuer}:${claim}`] !== "v";
    });
    assert.deepEqual(missing, []);
    const claims = new Set(special.map((key) => key.slice(key.indexOf(":") + 1)));
    assert.deepEqual(new Set(ISSUER_CLAIMS.flatMap((row) => row.claims)), claims);
  });

  it("are of no other issuer", () => {
    for (const issuer of [
      "evil.example.com/gitlab.com",
      "gitlab.com.example.com",
      "x.gitlab.com",
      "gitlab.com/x",
      "evil.example.com/token.actions.githubusercontent.com",
      "token.actions.githubusercontent.com.example.com",
      "x.idcs-1.identity.oraclecloud.com",
      "idcs-1.identity.oraclecloud.com.example.com",
      "evil.example.com/oidc.circleci.com/org/1",
      "oidc.circleci.com/org/1/2",
    ]) {
      const claims = { project_id: "1", actor: "2", rpst_id: "3", "oidc.circleci.com/project-id": "4" };
      assert.deepEqual(keysFor(issuer, claims), {
        [`${issuer}:oaud`]: "a",
        [`${issuer}:aud`]: "a",
        [`${issuer}:sub`]: "s",
      });
    }
  });

  it("take numbers and truth values as texts, and lists as several values; methods are always several", () => {
    const keys = keysFor("gitlab.com", {
      user_id: 7,
      ref_protected: true,
      project_id: ["1", 2],
      amr: "pwd",
      email: {},
    });
    assert.deepEqual(keys, {
      "gitlab.com:project_id": ["1", "2"],
      "gitlab.com:ref_protected": "true",
      "gitlab.com:user_id": "7",
      "gitlab.com:amr": ["pwd"],
      "gitlab.com:oaud": "a",
      "gitlab.com:aud": "a",
      "gitlab.com:sub": "s",
    });
  });

  it("are found inside of other claims", () => {
    const keys = keysFor("accounts.google.com", { google: { organization_number: 42 } });
    assert.equal(keys["accounts.google.com:google/organization_number"], "42");
    const unlike = keysFor("gitlab.com", { project_i: { project_id: "1" } });
    assert.equal(unlike["gitlab.com:project_id"], undefined);
  });

  it("stay with the session where AWS keeps them", () => {
    const keys = keysFor("localhost:8080/x", { amr: ["pwd"], email: "ann@example.com" });
    assert.deepEqual(sessionKeysOf("localhost:8080/x", keys), {
      "localhost:8080/x:amr": ["pwd"],
      "localhost:8080/x:aud": "a",
      "localhost:8080/x:sub": "s",
    });
  });
});
