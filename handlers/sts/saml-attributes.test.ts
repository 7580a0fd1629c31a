import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "mocha";
import type { SamlProvider } from "../../data/entities/providers.ts";
import type { SamlAssertion } from "../../signing/saml/response.ts";
import { ATTRIBUTE_KEYS, nameQualifier, samlKeys, samlSessionKeys } from "./saml-attributes.ts";

const reference = JSON.parse(readFileSync("server/cases/permissions-reference.json", "utf8")) as Readonly<
  Record<string, { readonly conditionKeys: readonly string[] }>
>;

const provider = { account: "123456789012", name: "MySAMLIdP" } as SamlProvider;

const assertion = (attributes: Readonly<Record<string, readonly string[]>>): SamlAssertion => ({
  issuer: "https://example.com/saml",
  subject: "ann",
  subjectFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:transient",
  recipient: "https://signin.aws.amazon.com/saml",
  issuedAt: 0,
  expiresAt: 1,
  attributes: new Map(Object.entries(attributes)),
});

const EDU = "urn:oid:1.3.6.1.4.1.5923.1";
const CLAIMS = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims";

/** The keys besides those that every assertion has. */
function keysOf(attributes: Readonly<Record<string, readonly string[]>>) {
  const always = Object.keys(samlKeys(assertion({}), provider));
  return Object.fromEntries(
    Object.entries(samlKeys(assertion(attributes), provider)).filter(([key]) => !always.includes(key)),
  );
}

describe("the saml: condition keys", () => {
  it("are those of AWS's reference, all of them", () => {
    const attributes = Object.fromEntries([...ATTRIBUTE_KEYS.keys()].map((name) => [name, ["x"]]));
    const known = reference["sts:AssumeRoleWithSAML"]!.conditionKeys.filter((key) => key.startsWith("saml:"));
    assert.deepEqual(Object.keys(samlKeys(assertion(attributes), provider)).sort(), known.toSorted());
  });

  it("that stay with the session are those that its requests have", () => {
    const known = reference["sts:AssumeRole"]!.conditionKeys.filter((key) => key.startsWith("saml:"));
    assert.deepEqual(Object.keys(samlSessionKeys(assertion({}), provider)).sort(), known.toSorted());
  });

  it("say who vouches for whom", () => {
    assert.deepEqual(samlKeys(assertion({}), provider), {
      // printf %s https://example.com/saml123456789012/MySAMLIdP | openssl sha1 -binary | base64
      "saml:namequalifier": "1uAJanUnBc2XeUkHURMht+xam2c=",
      "saml:sub": "ann",
      "saml:sub_type": "transient",
      "saml:aud": "https://signin.aws.amazon.com/saml",
      "saml:iss": "https://example.com/saml",
      "saml:doc": "123456789012/MySAMLIdP",
    });
    assert.notEqual(nameQualifier("a", provider), nameQualifier("b", provider));
  });

  it("are lists of eduPerson, eduOrg and cn, and single values of the others", () => {
    assert.deepEqual(
      keysOf({
        [`${EDU}.1.1.1`]: ["member", "staff"],
        [`${EDU}.1.2.4`]: [],
        "urn:oid:2.5.4.3": ["Ann"],
        "2.5.4.3": ["Ann Other"],
        "urn:oid:0.9.2342.19200300.100.1.3": ["ann@example.com", "second@example.com"],
        "2.5.4.4": [],
        [`${CLAIMS}/name`]: ["ann"],
      }),
      {
        "saml:edupersonaffiliation": ["member", "staff"],
        "saml:cn": ["Ann"],
        "saml:commonName": "Ann Other",
        "saml:mail": "ann@example.com",
        "saml:name": "ann",
      },
    );
  });

  it("are of no other attributes, whatever they are called", () => {
    assert.deepEqual(keysOf({ department: ["it"], constructor: ["x"], "saml:aud": ["z"] }), {});
  });
});
