import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { checkPostLength, checkPostPolicy, type LengthRange } from "./post-policy.ts";
import { isPostUpload, readPostSignature, verifyPostSignature, type PostFields } from "./post-signature.ts";
import { isRegion } from "./regions.ts";
import { SigningError } from "./signing-error.ts";

const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TIME = Date.UTC(2026, 0, 1);
const BASE: PostFields = [
  ["key", "user/eric/image.png"],
  ["Content-Type", "image/png"],
  ["x-amz-algorithm", "AWS4-HMAC-SHA256"],
  ["x-amz-credential", "AKIDEXAMPLE/20260101/eu-central-1/s3/aws4_request"],
  ["x-amz-date", "20260101T000000Z"],
];
const CONDITIONS: readonly unknown[] = [
  { bucket: "uploads" },
  ["starts-with", "$key", "user/eric/"],
  ["eq", "$content-type", "image/png"],
  ["starts-with", "$x-amz-algorithm", ""],
  ["starts-with", "$x-amz-credential", ""],
  ["starts-with", "$x-amz-date", ""],
];

const base64 = (text: string): string => Buffer.from(text).toString("base64");
const policyOf = (conditions: unknown, expiration: unknown = "2026-01-01T00:10:00.000Z"): string =>
  base64(JSON.stringify({ expiration, conditions }));
const signatureOf = (policy: string): string => {
  const key = ["20260101", "eu-central-1", "s3", "aws4_request"].reduce<string | Buffer>(
    (last, part) => createHmac("sha256", last).update(part).digest(),
    `AWS4${SECRET}`,
  );
  return createHmac("sha256", key).update(policy).digest("hex");
};
const signed = (policy: string, fields: PostFields = BASE): PostFields => [
  ...fields,
  ["policy", policy],
  ["x-amz-signature", signatureOf(policy)],
];
/** Fields of which one has another value, or is left out. */
const withField = (fields: PostFields, name: string, value: string | undefined): PostFields =>
  fields.flatMap((field) => (field[0] !== name ? [field] : value === undefined ? [] : [[name, value] as const]));

function verify(fields: PostFields, { bucket = "uploads", now = TIME } = {}): LengthRange {
  const signature = readPostSignature(fields, { regionValid: isRegion });
  verifyPostSignature(signature, SECRET);
  return checkPostPolicy(signature, fields, bucket, now);
}

function refused(action: () => unknown, code: string, status: number, message: string): SigningError {
  let refusal: unknown;
  assert.throws(action, (error) => ((refusal = error), error instanceof SigningError));
  const { code: found, status: answered, message: text } = refusal as SigningError;
  assert.deepEqual({ code: found, status: answered, message: text }, { code, status, message });
  return refusal as SigningError;
}

const denied = (action: () => unknown, fault: string) =>
  refused(action, "AccessDenied", 403, `Invalid according to Policy: ${fault}`);
const invalid = (policy: string, fault: string) =>
  refused(() => verify(signed(policy)), "InvalidPolicyDocument", 400, `Invalid Policy: ${fault}`);

describe("An upload by a form", () => {
  const policy = policyOf(CONDITIONS);

  it("that meets its policy is let by", () => assert.equal(verify(signed(policy)), undefined));

  it("is known by its head", () => {
    const of = (method: string, ...rawHeaders: string[]) => isPostUpload({ method, rawHeaders });
    assert.equal(of("POST", "Content-Type", "multipart/form-data; boundary=x"), true);
    assert.equal(of("PUT", "Content-Type", "multipart/form-data; boundary=x"), false);
    assert.equal(of("POST", "Content-Type", "application/xml"), false);
    assert.equal(of("POST"), false);
    assert.equal(of("POST", "content-type", "multipart/form-data", "authorization", "AWS4-HMAC-SHA256 x"), false);
  });

  it("tells its signature's parts", () => {
    const fields = [...signed(policy), ["X-Amz-Security-Token", "token"]] as const;
    assert.deepEqual(readPostSignature(fields, { regionValid: isRegion }), {
      form: "post",
      accessKeyId: "AKIDEXAMPLE",
      date: "20260101",
      region: "eu-central-1",
      service: "s3",
      signature: signatureOf(policy),
      securityToken: "token",
      timestamp: "20260101T000000Z",
      signedAt: TIME,
      policy,
    });
  });

  it("is refused with another secret, or with a policy that was changed", () => {
    const signature = readPostSignature(signed(policy), { regionValid: isRegion });
    const text =
      "The request signature we calculated does not match the signature you provided. Check your key and signing method.";
    const { elements } = refused(() => verifyPostSignature(signature, "guess"), "SignatureDoesNotMatch", 403, text);
    assert.equal(elements["StringToSign"], policy);
    assert.equal(elements["AWSAccessKeyId"], "AKIDEXAMPLE");
    fc.assert(
      fc.property(fc.nat(policy.length - 1), fc.constantFrom("A", "Z", "a", "9", "+", "/", "="), (at, letter) => {
        fc.pre(policy[at] !== letter);
        const changed = policy.slice(0, at) + letter + policy.slice(at + 1);
        refused(() => verify(withField(signed(policy), "policy", changed)), "SignatureDoesNotMatch", 403, text);
      }),
    );
  });

  it("without signature is anonymous, and with the old one refused", () => {
    refused(
      () => verify(BASE.slice(0, 2)),
      "MissingAuthenticationToken",
      403,
      "Request is missing Authentication Token",
    );
    refused(
      () =>
        verify([
          ["key", "k"],
          ["AWSAccessKeyId", "AKIDEXAMPLE"],
          ["policy", policy],
          ["signature", "x"],
        ]),
      "InvalidRequest",
      400,
      "The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.",
    );
    refused(
      () => verify(withField(signed(policy), "x-amz-algorithm", "AWS4-ECDSA-P256-SHA256")),
      "NotImplemented",
      501,
      "Signatures of AWS4-ECDSA-P256-SHA256 (SigV4A, for multi-region access points) cannot be verified here. Please use AWS4-HMAC-SHA256.",
    );
  });

  it("needs every part of a signature, each of which has to be readable", () => {
    for (const [field, name] of [
      ["x-amz-algorithm", "X-Amz-Algorithm"],
      ["x-amz-credential", "X-Amz-Credential"],
      ["x-amz-date", "X-Amz-Date"],
      ["x-amz-signature", "X-Amz-Signature"],
      ["policy", "policy"],
    ] as const) {
      const { elements } = refused(
        () => verify(withField(signed(policy), field, undefined)),
        "InvalidArgument",
        400,
        `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
      );
      assert.deepEqual(elements, { ArgumentName: name, ArgumentValue: "" });
    }
    for (const [field, value, message] of [
      ["x-amz-algorithm", "MD5", "Unsupported algorithm"],
      ["x-amz-date", "2026-01-01", `X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`],
      [
        "x-amz-credential",
        "AKIDEXAMPLE",
        'the Credential is mal-formed; expecting "<YOUR-AKID>/YYYYMMDD/REGION/SERVICE/aws4_request".',
      ],
      [
        "x-amz-credential",
        "AKIDEXAMPLE/20260101/eu-central-1/dynamodb/aws4_request",
        'incorrect service "dynamodb". This endpoint belongs to "s3".',
      ],
    ] as const)
      refused(() => verify(withField(signed(policy), field, value)), "InvalidArgument", 400, message);
  });

  it("with a field twice is refused, since nobody could say which of them counts", () => {
    refused(
      () => verify([["Key", "user/mallory/x"], ...signed(policy)]),
      "InvalidArgument",
      400,
      "The form has a field twice.",
    );
  });

  it("is refused from the moment its policy expires", () => {
    verify(signed(policy), { now: Date.UTC(2026, 0, 1, 0, 9, 59, 999) });
    denied(() => verify(signed(policy), { now: Date.UTC(2026, 0, 1, 0, 10) }), "Policy expired.");
  });

  it("is refused in another bucket, and where a field is not as demanded", () => {
    denied(() => verify(signed(policy), { bucket: "others" }), 'Policy Condition failed: ["eq", "$bucket", "uploads"]');
    denied(
      () => verify(withField(signed(policy), "key", "user/erica")),
      'Policy Condition failed: ["starts-with", "$key", "user/eric/"]',
    );
    for (const type of ["image/gif", "image/pngx", undefined]) {
      denied(
        () => verify(withField(signed(policy), "Content-Type", type)),
        'Policy Condition failed: ["eq", "$content-type", "image/png"]',
      );
    }
  });

  it("is refused with a field that no condition is about, but for those to be ignored", () => {
    verify([...signed(policy), ["x-ignore-note", "any"]]);
    denied(() => verify([...signed(policy), ["acl", "public-read"]]), "Extra input fields: acl");
    denied(
      () => verify([...signed(policy), ["acl", "public-read"], ["x-amz-meta-a", "b"]]),
      "Extra input fields: acl, x-amz-meta-a",
    );
  });

  it("of a list of types needs all of them to begin as demanded", () => {
    const listed = policyOf(CONDITIONS.with(2, ["starts-with", "$Content-Type", "image/"]));
    verify(withField(signed(listed), "Content-Type", "image/png,image/gif"));
    denied(
      () => verify(withField(signed(listed), "Content-Type", "image/png,text/html")),
      'Policy Condition failed: ["starts-with", "$Content-Type", "image/"]',
    );
  });

  it("may be as long as its policy says", () => {
    const ranged = policyOf([...CONDITIONS, ["content-length-range", 10, "2000"], ["content-length-range", 0, 1000]]);
    const range = verify(signed(ranged));
    assert.deepEqual(range, { least: 10, most: 1000 });
    for (const size of [10, 1000]) checkPostLength(size, range);
    checkPostLength(0, undefined);
    const large = refused(
      () => checkPostLength(1001, range),
      "EntityTooLarge",
      400,
      "Your proposed upload exceeds the maximum allowed size",
    );
    assert.deepEqual(large.elements, { ProposedSize: "1001", MaxSizeAllowed: "1000" });
    const small = refused(
      () => checkPostLength(9, range),
      "EntityTooSmall",
      400,
      "Your proposed upload is smaller than the minimum allowed size",
    );
    assert.deepEqual(small.elements, { ProposedSize: "9", MinSizeAllowed: "10" });
  });

  it("is refused if its policy is none", () => {
    invalid(base64("{"), "Invalid JSON.");
    invalid(base64("[]"), "Invalid JSON.");
    invalid(base64(JSON.stringify({ conditions: [] })), "Policy missing expiration.");
    for (const time of ["tomorrow", "2026-01-01", "2026-13-01T00:00:00Z"])
      invalid(policyOf([], time), `Invalid 'expiration' value: '${time}'`);
    invalid(policyOf(undefined), "Policy missing conditions.");
    for (const condition of [
      ["ends-with", "$key", "x"],
      ["eq", "key", "x"],
      ["eq", "$key"],
      ["eq", "$key", 1],
      ["content-length-range", 5, 4],
      ["content-length-range", -1, 4],
      ["content-length-range", 5],
      {},
      { key: null },
      "key",
      null,
    ])
      invalid(policyOf([condition]), `Invalid condition: ${JSON.stringify(condition)}`);
  });
});
