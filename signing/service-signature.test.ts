import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import aws4 from "aws4";
import type { BodyPlan } from "./body-plan.ts";
import { isRegion } from "./regions.ts";
import {
  claimedService,
  provesHeadAlone,
  readServiceSignature,
  signedService,
  verifyServiceSignature,
  type ServiceReadOptions,
} from "./service-signature.ts";
import type { SignedRequest } from "./signed-request.ts";
import { SigningError } from "./signing-error.ts";
import { parseIsoBasic } from "./timestamp.ts";

interface Refusal {
  readonly it: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly times?: readonly string[];
  readonly code: string | null;
  readonly status: number;
  readonly message: string | null;
  readonly elements?: Readonly<Record<string, string>>;
}

const refusals: readonly Refusal[] = JSON.parse(readFileSync("signing/cases/unreadable-s3-signatures.json", "utf8"));

const SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const TIMESTAMP = "20130524T000000Z";
const TIME = Date.UTC(2013, 4, 24);
const MINUTE = 60_000;
const MISMATCH =
  "The request signature we calculated does not match the signature you provided. " +
  "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";
const S3_MISMATCH =
  "The request signature we calculated does not match the signature you provided. Check your key and signing method.";

const options = (times: readonly number[] = [TIME]): ServiceReadOptions => ({ times, regionValid: isRegion });
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** A request that aws4 has signed. */
function signed(request: aws4.Request, secret = SECRET): SignedRequest {
  const { method = "POST", body = "", headers, ...rest } = request;
  const dated = request.signQuery ? { ...headers } : { "X-Amz-Date": TIMESTAMP, ...headers };
  const made = aws4.sign(
    { host: "service.eu-west-1.amazonaws.com", path: "/", region: "eu-west-1", method, body, headers: dated, ...rest },
    { accessKeyId: "AKIDEXAMPLE", secretAccessKey: secret },
  );
  const rawHeaders = Object.entries(made.headers!).flatMap(([name, value]) => [name, String(value)]);
  return { method, target: made.path!, rawHeaders, body: Buffer.from(body) };
}

const presigned = (service: string, parameters = "X-Amz-Expires=3600", path = "/") =>
  signed({ service, method: "GET", path: `${path}?X-Amz-Date=${TIMESTAMP}&${parameters}`, signQuery: true });
const toDynamoDb = (headers = {}): SignedRequest =>
  signed({ service: "dynamodb", body: "{}", headers: { "X-Amz-Target": "DynamoDB_20120810.ListTables", ...headers } });
const toS3 = (request: Partial<aws4.Request> = {}): SignedRequest =>
  signed({ service: "s3", method: "PUT", path: "/bucket/key", body: "content", ...request });

function verify(
  request: SignedRequest,
  times?: readonly number[],
  body: Uint8Array | undefined = request.body,
): BodyPlan {
  return verifyServiceSignature(request, readServiceSignature(request, options(times)), SECRET, body);
}
/** The same where the body is still to come. */
const verifyHead = (request: SignedRequest): BodyPlan =>
  verifyServiceSignature(request, readServiceSignature(request, options()), SECRET);

function refused(
  action: () => unknown,
  code: string | undefined,
  status: number,
  message: string | undefined,
): SigningError {
  let refusal: unknown;
  assert.throws(action, (error) => ((refusal = error), error instanceof SigningError));
  const { code: found, status: answered, wireMessage } = refusal as SigningError;
  assert.deepEqual({ code: found, status: answered, message: wireMessage }, { code, status, message });
  return refusal as SigningError;
}

const VERIFIED: BodyPlan = { kind: "verified" };

describe("A signature for S3", () => {
  describe("is refused with", () => {
    for (const refusal of refusals) {
      it(refusal.it, () => {
        const times = (refusal.times ?? [TIMESTAMP]).map((text) => parseIsoBasic(text)!.time);
        const { code, status, message, target, rawHeaders } = refusal;
        const { elements } = refused(
          () => readServiceSignature({ method: "PUT", target, rawHeaders }, { ...options(times), service: "s3" }),
          code ?? undefined,
          status,
          message ?? undefined,
        );
        assert.deepEqual(elements, refusal.elements ?? {});
      });
    }
  });

  it("in the header is good for 15 minutes either way, by either clock", () => {
    for (const times of [[TIME + 15 * MINUTE], [TIME - 15 * MINUTE], [0, TIME]])
      assert.deepEqual(verify(toS3(), times), VERIFIED);
  });

  it("may be dated by Date alone", () => {
    const request = signed({
      service: "s3",
      method: "GET",
      headers: { Date: "Fri, 24 May 2013 00:00:00 GMT", "X-Amz-Date": undefined as never },
    });
    const rawHeaders = request.rawHeaders.filter((_, i, all) => !/^x-amz-date$/i.test(all[i - (i % 2)]!));
    assert.equal(
      readServiceSignature(
        { ...request, rawHeaders: [...rawHeaders, "Date", "Fri, 24 May 2013 00:00:00 GMT"] },
        options(),
      ).timestamp,
      TIMESTAMP,
    );
  });

  it("in the query is good as long as it says, up to a week", () => {
    assert.deepEqual(verify(presigned("s3"), [TIME + 60 * MINUTE]), { kind: "unsigned" });
    assert.deepEqual(verify(presigned("s3", "X-Amz-Expires=604800"), [TIME + 604_800_000]), { kind: "unsigned" });
    assert.deepEqual(verify(presigned("s3", "X-Amz-Expires=0")), { kind: "unsigned" });
    assert.deepEqual(verify(presigned("s3"), [TIME - 15 * MINUTE]), { kind: "unsigned" });
  });

  it("covers the path as it was sent, with dots, doubled slashes and escapes", () => {
    for (const path of [
      "/bucket//key",
      "/bucket/./key",
      "/bucket/../key",
      "/bucket/a%20b%C3%A9",
      "/bucket/a%2Bb/",
      "//",
    ])
      assert.deepEqual(verify(toS3({ path })), VERIFIED, path);
    const request = toS3({ path: "/bucket/a//b" });
    for (const target of ["/bucket/a/b", "/bucket/a/./b", "/bucket/a/%2Fb", "/bucket/a//b/", "/bucket/x/../a//b"])
      refused(() => verify({ ...request, target }), "SignatureDoesNotMatch", 403, S3_MISMATCH);
  });

  it("tells what was declared of the body", () => {
    const payloadOf = (headers: Record<string, string>) => readServiceSignature(toS3({ headers }), options()).payload;
    assert.deepEqual(payloadOf({}), { declared: sha256("content") });
    assert.deepEqual(payloadOf({ "X-Amz-Content-Sha256": "UNSIGNED-PAYLOAD" }), { declared: "UNSIGNED-PAYLOAD" });
    const length = { "X-Amz-Decoded-Content-Length": "70000" };
    for (const declared of ["STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"]) {
      const headers = {
        ...length,
        "X-Amz-Content-Sha256": declared,
        "X-Amz-Trailer": "X-Amz-Checksum-Crc32, x-amz-note",
      };
      const trailers = ["x-amz-checksum-crc32", "x-amz-note"];
      assert.deepEqual(payloadOf(headers), { declared, chunked: { decodedLength: 70_000, trailers } });
    }
    assert.deepEqual(readServiceSignature(presigned("s3"), options()).payload, { declared: "UNSIGNED-PAYLOAD" });
    const hashed = presigned("s3", `X-Amz-Expires=60&X-Amz-Content-Sha256=${sha256("")}`);
    assert.deepEqual(readServiceSignature(hashed, options()).payload, { declared: sha256("") });
  });

  it("leaves a body that is still to come to be checked by its hash", () => {
    assert.deepEqual(verifyHead(toS3()), { kind: "hash", sha256: sha256("content") });
    assert.deepEqual(verify(toS3()), VERIFIED);
  });

  it("does not cover another body than the one whose hash it declares", () => {
    const { elements } = refused(
      () => verify({ ...toS3(), body: Buffer.from("Content") }),
      "XAmzContentSHA256Mismatch",
      400,
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
    );
    assert.deepEqual(elements, {
      ClientComputedContentSHA256: sha256("content"),
      S3ComputedContentSHA256: sha256("Content"),
    });
  });

  it("leaves chunks to be checked one by one, even if the body is there, and with the key of that day alone", () => {
    const request = toS3({
      headers: {
        "X-Amz-Content-Sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
        "X-Amz-Decoded-Content-Length": "7",
      },
    });
    const plan = verify(request);
    assert.deepEqual(plan, verifyHead(request));
    assert.ok(plan.kind === "chunks" && plan.signed);
    assert.match(plan.signed.key, /^[0-9a-f]{64}$/);
    const { signature: seed } = readServiceSignature(request, options());
    const scope = { timestamp: TIMESTAMP, date: "20130524", region: "eu-west-1", service: "s3" };
    assert.deepEqual(plan, {
      kind: "chunks",
      trailer: false,
      decodedLength: 7,
      trailers: [],
      signed: { key: plan.signed.key, seed, ...scope },
    });
    assert.ok(!JSON.stringify(plan).includes(SECRET));
  });

  it("that does not match is refused with everything that shows where the two have parted", () => {
    const { elements, detail } = refused(
      () => verify(signed({ service: "s3", path: "/k" }, "guess")),
      "SignatureDoesNotMatch",
      403,
      S3_MISMATCH,
    );
    const canonical = elements["CanonicalRequest"]!;
    assert.match(canonical, /^POST\n\/k\n\nhost:service\.eu-west-1\.amazonaws\.com\n/);
    assert.equal(
      elements["StringToSign"],
      `AWS4-HMAC-SHA256\n${TIMESTAMP}\n20130524/eu-west-1/s3/aws4_request\n${sha256(canonical)}`,
    );
    assert.equal(elements["AWSAccessKeyId"], "AKIDEXAMPLE");
    assert.match(elements["SignatureProvided"]!, /^[0-9a-f]{64}$/);
    const bytes = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex").toString();
    assert.equal(bytes(elements["CanonicalRequestBytes"]!), canonical);
    assert.match(elements["StringToSignBytes"]!, /^41 57 53 34 2d /);
    assert.equal(bytes(elements["StringToSignBytes"]!), elements["StringToSign"]);
    assert.match(typeof detail === "function" ? detail() : detail!, /^It was signed with another secret/);
  });

  it("holds for the services that sign as S3 does", () => {
    for (const service of ["s3express", "s3-outposts", "s3-object-lambda"]) {
      const headers = { "X-Amz-Content-Sha256": sha256("") };
      const request = signed({ service, method: "GET", path: "/a", headers });
      assert.equal(readServiceSignature(request, options()).service, service);
      assert.deepEqual(verify(request), VERIFIED);
    }
  });
});

describe("A signature for any other service", () => {
  it("is good for 5 minutes either way, and is then refused in words that SDKs read the server's time from", () => {
    for (const times of [[TIME + 5 * MINUTE], [TIME - 5 * MINUTE], [0, TIME]])
      assert.deepEqual(verify(toDynamoDb(), times), VERIFIED);
    refused(
      () => verify(toDynamoDb(), [TIME + 5 * MINUTE + 1000]),
      "SignatureDoesNotMatch",
      403,
      "Signature expired: 20130524T000000Z is now earlier than 20130524T000001Z (20130524T000501Z - 5 min.)",
    );
    refused(
      () => verify(toDynamoDb(), [TIME - 5 * MINUTE - 1000]),
      "SignatureDoesNotMatch",
      403,
      "Signature not yet current: 20130524T000000Z is still later than 20130523T235959Z (20130523T235459Z + 5 min.)",
    );
  });

  it("keeps IAM's fifteen minutes where it is one for IAM or STS", () => {
    for (const service of ["iam", "sts"]) assert.deepEqual(verify(signed({ service }), [TIME + 15 * MINUTE]), VERIFIED);
    assert.deepEqual(verify(presigned("sts", "X-Amz-Expires=60"), [TIME + 15 * MINUTE]), VERIFIED);
  });

  it("in the query is good as long as it says, or as long as one in the header", () => {
    assert.deepEqual(verify(presigned("polly"), [TIME + 60 * MINUTE]), VERIFIED);
    assert.deepEqual(verify(presigned("polly", "a=b"), [TIME + 5 * MINUTE]), VERIFIED);
    refused(
      () => verify(presigned("polly"), [TIME + 60 * MINUTE + 1000]),
      "SignatureDoesNotMatch",
      403,
      "Signature expired: 20130524T000000Z is now earlier than 20130524T000001Z (20130524T010001Z - 60 min.)",
    );
    refused(
      () => verify(presigned("polly", "X-Amz-Expires=90"), [TIME + 91_000]),
      "SignatureDoesNotMatch",
      403,
      "Signature expired: 20130524T000000Z is now earlier than 20130524T000001Z (20130524T000131Z - 90 sec.)",
    );
    for (const bad of ["0", "-1", "604801", "1e3", "long", ""])
      refused(
        () => verify(presigned("polly", `X-Amz-Expires=${bad}`)),
        "IncompleteSignature",
        400,
        `X-Amz-Expires must be a number of seconds from 1 to 604800, not '${bad}'.`,
      );
  });

  it("covers the normalised path", () => {
    const request = signed({ service: "lambda", path: "/2015-03-31/functions/arn%3Aaws/invocations" });
    assert.deepEqual(verify({ ...request, target: `/./${request.target}` }), VERIFIED);
    refused(() => verify({ ...request, target: `/x${request.target}` }), "SignatureDoesNotMatch", 403, MISMATCH);
  });

  it("covers the body itself, whatever is declared of it", () => {
    const declared = { "X-Amz-Content-Sha256": sha256("{}") };
    assert.deepEqual(verify(toDynamoDb(declared)), VERIFIED);
    for (const request of [toDynamoDb(), toDynamoDb(declared)])
      refused(() => verify({ ...request, body: Buffer.from("[]") }), "SignatureDoesNotMatch", 403, MISMATCH);
    for (const word of ["UNSIGNED-PAYLOAD", "STREAMING-UNSIGNED-PAYLOAD-TRAILER", "STREAMING-AWS4-HMAC-SHA256-EVENTS"])
      refused(() => verify(toDynamoDb({ "X-Amz-Content-Sha256": word })), "SignatureDoesNotMatch", 403, MISMATCH);
  });

  it("can be verified before the body has come only if its hash is declared", () => {
    const declared = toDynamoDb({ "X-Amz-Content-Sha256": sha256("{}") });
    assert.equal(provesHeadAlone(declared, readServiceSignature(declared, options())), true);
    assert.deepEqual(verifyHead(declared), { kind: "hash", sha256: sha256("{}") });
    const undeclared = toDynamoDb();
    assert.equal(provesHeadAlone(undeclared, readServiceSignature(undeclared, options())), false);
    refused(
      () => verifyHead(undeclared),
      "IncompleteSignature",
      400,
      "The hash of a body that is streamed has to be declared in x-amz-content-sha256.",
    );
    assert.equal(provesHeadAlone(toS3(), readServiceSignature(toS3(), options())), true);
  });

  it("has to be scoped to the service that is called, if that is known, and to a region", () => {
    const request = toDynamoDb();
    assert.equal(readServiceSignature(request, { ...options(), service: "dynamodb" }).service, "dynamodb");
    refused(
      () => readServiceSignature(request, { ...options(), service: "sqs" }),
      "SignatureDoesNotMatch",
      403,
      "Credential should be scoped to correct service: 'sqs'. ",
    );
    refused(
      () => verify(signed({ service: "sqs", region: "mars-1" })),
      "SignatureDoesNotMatch",
      403,
      "Credential should be scoped to a valid region, not 'mars-1'. ",
    );
  });

  it("must be there, and of the one algorithm", () => {
    const head = { method: "POST", target: "/", rawHeaders: ["Host", "dynamodb.eu-west-1.amazonaws.com"] };
    const missing = "Request is missing Authentication Token";
    refused(() => readServiceSignature(head, options()), "MissingAuthenticationToken", 403, missing);
    const of = (algorithm: string) =>
      readServiceSignature(
        {
          ...head,
          rawHeaders: [
            ...head.rawHeaders,
            "Authorization",
            `${algorithm} Credential=AKIDEXAMPLE/20130524/dynamodb/aws4_request, SignedHeaders=host, Signature=abc`,
          ],
        },
        options(),
      );
    refused(
      () => of("AWS4-ECDSA-P256-SHA256"),
      "IncompleteSignature",
      400,
      "Unsupported AWS 'algorithm': 'AWS4-ECDSA-P256-SHA256'.",
    );
  });

  it("is refused if its scope says another service in one place than in another", () => {
    const request = toDynamoDb();
    const rawHeaders = request.rawHeaders.map((value) =>
      value.replace("Credential=", "Credential=A, Credential=A/20130524/eu-west-1/s3/aws4_request, Credential="),
    );
    refused(
      () => verify({ ...request, rawHeaders }),
      "AuthorizationHeaderMalformed",
      400,
      'The authorization header is malformed; incorrect service "dynamodb". This endpoint belongs to "s3".',
    );
  });
});

describe("The service that a request is for", () => {
  const ask = (target: string, ...rawHeaders: string[]) => claimedService({ target, rawHeaders });

  it("stands in the scope of its signature, in header or query", () => {
    assert.equal(claimedService(toDynamoDb()), "dynamodb");
    assert.equal(signedService(toDynamoDb()), "dynamodb");
    assert.equal(claimedService(presigned("s3")), "s3");
    assert.equal(ask("/"), undefined);
    assert.equal(ask("/", "Authorization", "Bearer x"), undefined);
    assert.equal(ask("/", "Authorization", "AWS4-HMAC-SHA256 Credential=A/1/r/s3/other"), undefined);
  });

  it("is S3 for its own forms of Signature Version 2", () => {
    assert.equal(ask("/", "Authorization", "AWS AKIDEXAMPLE:x"), "s3");
    assert.equal(ask("/k?AWSAccessKeyId=A&Expires=1&Signature=x"), "s3");
    assert.equal(ask("/?Action=A&AWSAccessKeyId=A&SignatureVersion=2&Signature=x"), undefined);
  });
});
