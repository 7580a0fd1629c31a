import assert from "node:assert/strict";
import { SigningError } from "../signing/signing-error.ts";
import type { Protocol } from "./call.ts";
import { refusalOf, type CredentialError } from "./signing-errors.ts";

const INVALID_TOKEN = "The security token included in the request is invalid.";
const EXPIRED_TOKEN = "The security token included in the request is expired";
const MISMATCH =
  "The request signature we calculated does not match the signature you provided. " +
  "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const LATE = "Signature expired: 20130524T000000Z is now earlier than 20130524T000001Z (20130524T000501Z - 5 min.)";
const EARLY =
  "Signature not yet current: 20130524T000000Z is still later than 20130523T235959Z (20130523T235459Z + 5 min.)";
const INCOMPLETE = "Authorization header requires 'Signature' parameter.";
const UNAUTHENTICATED = "AWS was not able to validate the provided access credentials";

const ERRORS = {
  mismatch: new SigningError("SignatureDoesNotMatch", 403, MISMATCH),
  late: new SigningError("SignatureDoesNotMatch", 403, LATE),
  early: new SigningError("SignatureDoesNotMatch", 403, EARLY),
  twice: new SigningError("SignatureDoesNotMatch", 403),
  key: new SigningError("InvalidClientTokenId", 403, INVALID_TOKEN),
  expired: new SigningError("ExpiredToken", 403, EXPIRED_TOKEN),
  missing: new SigningError("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
  incomplete: new SigningError("IncompleteSignature", 400, INCOMPLETE),
  query: new SigningError("MalformedQueryString", 400, "Incomplete trailing escape % sequence"),
  target: new SigningError(undefined, 400),
  body: new SigningError("XAmzContentSHA256Mismatch", 400, "Another body.", undefined, { A: "b" }),
} as const;

type Row = Readonly<Record<keyof typeof ERRORS, readonly [code: string, status: number, message: string | undefined]>>;

const UNREADABLE = "The request target cannot be read.";
const QUERY: Row = {
  mismatch: ["SignatureDoesNotMatch", 403, MISMATCH],
  late: ["SignatureDoesNotMatch", 403, LATE],
  early: ["SignatureDoesNotMatch", 403, EARLY],
  twice: ["SignatureDoesNotMatch", 403, undefined],
  key: ["InvalidClientTokenId", 403, INVALID_TOKEN],
  expired: ["ExpiredToken", 403, EXPIRED_TOKEN],
  missing: ["MissingAuthenticationToken", 403, "Request is missing Authentication Token"],
  incomplete: ["IncompleteSignature", 400, INCOMPLETE],
  query: ["MalformedQueryString", 400, "Incomplete trailing escape % sequence"],
  target: ["MalformedQueryString", 400, UNREADABLE],
  body: ["SignatureDoesNotMatch", 403, MISMATCH],
};
const json = (status: number): Row => ({
  mismatch: ["InvalidSignatureException", status, MISMATCH],
  late: ["InvalidSignatureException", status, LATE],
  early: ["InvalidSignatureException", status, EARLY],
  twice: ["InvalidSignatureException", status, undefined],
  key: ["UnrecognizedClientException", status, INVALID_TOKEN],
  expired: ["ExpiredTokenException", status, EXPIRED_TOKEN],
  missing: ["MissingAuthenticationTokenException", status, "Missing Authentication Token"],
  incomplete: ["IncompleteSignatureException", status, INCOMPLETE],
  query: ["MalformedHttpRequestException", 400, "Incomplete trailing escape % sequence"],
  target: ["MalformedHttpRequestException", 400, UNREADABLE],
  body: ["InvalidSignatureException", status, MISMATCH],
});
const TABLE: Readonly<Record<Exclude<Protocol, "s3">, Row>> = {
  query: QUERY,
  "rest-xml": QUERY,
  json: json(400),
  cbor: json(400),
  "rest-json": json(403),
  ec2: {
    ...QUERY,
    mismatch: ["AuthFailure", 401, UNAUTHENTICATED],
    late: ["RequestExpired", 400, "Request has expired."],
    early: ["AuthFailure", 401, UNAUTHENTICATED],
    twice: ["AuthFailure", 401, UNAUTHENTICATED],
    key: ["AuthFailure", 401, UNAUTHENTICATED],
    expired: ["RequestExpired", 400, "Request has expired."],
    missing: ["MissingParameter", 400, "The request must contain the parameter AWSAccessKeyId"],
    body: ["AuthFailure", 401, UNAUTHENTICATED],
  },
};

describe("A refusal of a signature or of credentials", () => {
  for (const protocol of Object.keys(TABLE) as (keyof typeof TABLE)[]) {
    it(`has the words of services that speak ${protocol}`, () => {
      for (const name of Object.keys(ERRORS) as (keyof typeof ERRORS)[]) {
        const [code, status, message] = TABLE[protocol][name];
        const refusal = refusalOf(ERRORS[name], protocol, { service: "other" });
        assert.deepEqual(refusal, { code, status, message, elements: {} }, name);
      }
    });
  }

  it("has DynamoDB's own words where nobody has signed", () => {
    const { code, message } = refusalOf(ERRORS.missing, "json", { service: "dynamodb" });
    assert.equal(code, "MissingAuthenticationTokenException");
    assert.equal(message, "Request must contain either a valid (registered) AWS access key ID or X.509 certificate.");
  });

  describe("of S3", () => {
    const inS3 = (error: CredentialError, securityToken?: string) =>
      refusalOf(error, "s3", { service: "s3", signature: { accessKeyId: "AKIDEXAMPLE", securityToken } });

    it("tells an unknown key from a token that is not valid", () => {
      assert.deepEqual(inS3(ERRORS.key), {
        code: "InvalidAccessKeyId",
        status: 403,
        message: "The AWS Access Key Id you provided does not exist in our records.",
        elements: { AWSAccessKeyId: "AKIDEXAMPLE" },
      });
      assert.deepEqual(inS3(ERRORS.key, "token"), {
        code: "InvalidToken",
        status: 400,
        message: "The provided token is malformed or otherwise invalid.",
        elements: { "Token-0": "token" },
      });
      assert.deepEqual(inS3(ERRORS.expired, "token"), {
        code: "ExpiredToken",
        status: 400,
        message: "The provided token has expired.",
        elements: { "Token-0": "token" },
      });
    });

    it("is AccessDenied for whoever has not signed, and InvalidURI for a target that cannot be read", () => {
      assert.deepEqual(refusalOf(ERRORS.missing, "s3", { service: "s3" }), {
        code: "AccessDenied",
        status: 403,
        message: "Access Denied",
        elements: {},
      });
      for (const error of [ERRORS.target, ERRORS.query]) {
        assert.deepEqual(inS3(error), {
          code: "InvalidURI",
          status: 400,
          message: "Couldn't parse the specified URI.",
          elements: {},
        });
      }
    });

    it("passes on what was worded by S3's rules, with its elements", () => {
      assert.deepEqual(inS3(ERRORS.body), {
        code: "XAmzContentSHA256Mismatch",
        status: 400,
        message: "Another body.",
        elements: { A: "b" },
      });
    });
  });
});
