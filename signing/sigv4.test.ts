import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import aws4, { type Request } from "aws4";
import { isRegion } from "./regions.ts";
import { SigningError } from "./signing-error.ts";
import { readSignature, type ReadOptions } from "./read-signature.ts";
import type { SignedRequest } from "./signed-request.ts";
import { verifySignature } from "./sigv4.ts";
import { parseIsoBasic } from "./timestamp.ts";

interface Refusal {
  readonly it: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly service?: "iam" | "sts" | null;
  readonly times?: readonly string[];
  readonly code: string | null;
  readonly status: number;
  readonly message: string | null;
}

const refusals: Refusal[] = JSON.parse(readFileSync("signing/cases/unreadable-signatures.json", "utf8"));

const TIMESTAMP = "20150830T123600Z";
const TOKEN = "IQoJb3JpZ2luX2VjEXAMPLE+/==";
const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY" };
const MISMATCH =
  "The request signature we calculated does not match the signature you provided. " +
  "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

const timeOf = (timestamp: string): number => parseIsoBasic(timestamp)!.time;
const options = (changed: Partial<ReadOptions> = {}): ReadOptions => ({
  service: "sts",
  times: [timeOf(TIMESTAMP)],
  regionValid: isRegion,
  ...changed,
});

/** A request that aws4 has signed: a POST with headers, or a presigned GET. */
function signed(changed: Request & { sessionToken?: string } = {}): SignedRequest {
  const { sessionToken, ...request } = changed;
  const presigned = request.signQuery === true;
  const body = presigned ? "" : "Action=GetCallerIdentity&Version=2011-06-15";
  const result = aws4.sign(
    {
      host: "sts.amazonaws.com",
      service: "sts",
      region: "us-east-1",
      method: presigned ? "GET" : "POST",
      path: presigned ? `/?Action=GetCallerIdentity&Version=2011-06-15&X-Amz-Date=${TIMESTAMP}` : "/",
      body,
      ...request,
      headers: { ...(presigned ? {} : { "X-Amz-Date": TIMESTAMP }), ...request.headers },
    },
    { ...credentials, sessionToken },
  );
  const rawHeaders = Object.entries(result.headers!).flatMap(([name, value]) => [name, String(value)]);
  return { method: result.method!, target: result.path!, rawHeaders, body: Buffer.from(body) };
}

function verify(request: SignedRequest, changed: Partial<ReadOptions> = {}): void {
  verifySignature(request, readSignature(request, options(changed)), credentials.secretAccessKey);
}

function assertRefused(
  action: () => void,
  code: string | undefined,
  status: number,
  message: string | undefined,
): void {
  assert.throws(action, (error: unknown) => {
    assert.ok(error instanceof SigningError, String(error));
    assert.deepEqual({ code: error.code, status: error.status, message: error.wireMessage }, { code, status, message });
    return true;
  });
}

const assertMismatch = (request: SignedRequest): void =>
  assertRefused(() => verify(request), "SignatureDoesNotMatch", 403, MISMATCH);

const withHeader = (request: SignedRequest, name: string, value: string): SignedRequest => ({
  ...request,
  rawHeaders: [...request.rawHeaders, name, value],
});

const withAuthorization = (request: SignedRequest, change: (authorization: string) => string): SignedRequest => ({
  ...request,
  rawHeaders: request.rawHeaders.map((value, i, all) => (all[i - 1] === "Authorization" ? change(value) : value)),
});

describe("readSignature", () => {
  describe("refuses", () => {
    for (const refusal of refusals) {
      it(refusal.it, () => {
        const { target, rawHeaders } = refusal;
        const service = refusal.service === undefined ? "sts" : (refusal.service ?? undefined);
        const times = (refusal.times ?? [TIMESTAMP]).map(timeOf);
        assertRefused(
          () => readSignature({ method: "POST", target, rawHeaders }, options({ service, times })),
          refusal.code ?? undefined,
          refusal.status,
          refusal.message ?? undefined,
        );
      });
    }
  });

  it("tells the parts of a signature in the Authorization header", () => {
    const { signature, ...rest } = readSignature(signed({ sessionToken: TOKEN }), options());
    assert.match(signature, /^[0-9a-f]{64}$/);
    assert.deepEqual(rest, {
      form: "header",
      accessKeyId: "AKIDEXAMPLE",
      date: "20150830",
      region: "us-east-1",
      service: "sts",
      signedHeaders: ["content-length", "content-type", "host", "x-amz-date", "x-amz-security-token"],
      securityToken: TOKEN,
      timestamp: TIMESTAMP,
      signedAt: Date.UTC(2015, 7, 30, 12, 36),
    });
  });

  it("tells the parts of a presigned request", () => {
    const { signature, ...rest } = readSignature(signed({ signQuery: true, sessionToken: TOKEN }), options());
    assert.match(signature, /^[0-9a-f]{64}$/);
    assert.deepEqual(rest, {
      form: "query",
      accessKeyId: "AKIDEXAMPLE",
      date: "20150830",
      region: "us-east-1",
      service: "sts",
      signedHeaders: ["host"],
      securityToken: TOKEN,
      timestamp: TIMESTAMP,
      signedAt: Date.UTC(2015, 7, 30, 12, 36),
    });
  });

  it("takes the last of a repeated part of the header", () => {
    const twice = withAuthorization(signed(), (text) => text.replace("Credential=", "Credential=other, Credential="));
    assert.equal(readSignature(twice, options()).accessKeyId, "AKIDEXAMPLE");
  });

  it("takes the first of a repeated part of the query", () => {
    const request = signed({ signQuery: true });
    const twice = { ...request, target: `${request.target}&X-Amz-Credential=other` };
    assert.equal(readSignature(twice, options()).accessKeyId, "AKIDEXAMPLE");
  });

  it("accepts parts that only commas separate, in any order, and unknown parts", () => {
    const request = withAuthorization(signed(), (text) => {
      const [credential, ...others] = text.slice("AWS4-HMAC-SHA256 ".length).split(", ");
      return `AWS4-HMAC-SHA256 ${[...others, "Colour=blue", credential].join(",")}`;
    });
    verify(request);
  });

  it("accepts a time up to 15 minutes off, either way", () => {
    verify(signed(), { times: [timeOf("20150830T125100Z") + 999] });
    verify(signed(), { times: [timeOf("20150830T122100Z")] });
  });

  it("accepts a time within 15 minutes of the machine's clock while the emulator's is elsewhere", () => {
    verify(signed(), { times: [timeOf("20300101T000000Z"), timeOf(TIMESTAMP)] });
  });

  it("accepts either service where nothing tells which was called", () => {
    for (const service of ["iam", "sts"]) verify(signed({ service }), { service: undefined });
  });

  it("reads an HTTP date from the Date header, as ISO's format for the string to sign", () => {
    const date = "Sun, 30 Aug 2015 12:36:00 GMT";
    const request = signed({ headers: { Date: date } });
    const withoutAmzDate = request.rawHeaders.filter((_, i, all) => all[i - (i % 2)] !== "X-Amz-Date");
    const { timestamp, signedAt } = readSignature({ ...request, rawHeaders: withoutAmzDate }, options());
    assert.deepEqual({ timestamp, signedAt }, { timestamp: TIMESTAMP, signedAt: timeOf(TIMESTAMP) });
  });

  it("asks the caller whether a region is valid", () => {
    verify(signed({ region: "mars-north-1" }), { regionValid: (region) => region === "mars-north-1" });
  });
});

describe("verifySignature", () => {
  it("accepts what aws4 signs, in both forms, with and without a session token", () => {
    for (const signQuery of [false, true]) {
      for (const sessionToken of [undefined, TOKEN]) verify(signed({ signQuery, sessionToken }));
    }
  });

  it("accepts a presigned request with another signed header, as EKS's tokens have", () => {
    verify(signed({ signQuery: true, headers: { "x-k8s-aws-id": "cluster" } }));
  });

  it("accepts headers that are not signed, a session token among them (evidence: sigv4-unsigned-token-header)", () => {
    const request = withHeader(withHeader(signed(), "X-Forwarded-For", "10.0.0.1"), "X-Amz-Security-Token", TOKEN);
    verify(request);
    assert.equal(readSignature(request, options()).securityToken, TOKEN);
  });

  it("accepts a plus on the wire for a blank that was signed", () => {
    const request = signed({ signQuery: true, path: `/?Action=A&Name=a%20b&X-Amz-Date=${TIMESTAMP}` });
    verify({ ...request, target: request.target.replace("a%20b", "a+b") });
  });

  it("reads header values as the bytes that were sent", () => {
    const request = signed({ headers: { "x-note": "héé" } });
    const onTheWire = request.rawHeaders.map((value) => Buffer.from(value, "utf8").toString("latin1"));
    verify({ ...request, rawHeaders: onTheWire });
  });

  it("refuses another secret", () => {
    const signature = readSignature(signed(), options());
    assertRefused(() => verifySignature(signed(), signature, "other"), "SignatureDoesNotMatch", 403, MISMATCH);
  });

  it("refuses a new secret's request under the old one and the other way round", () => {
    const request = signed();
    const signature = readSignature(request, options());
    for (const secret of ["old", "new"]) {
      assertRefused(() => verifySignature(request, signature, secret), "SignatureDoesNotMatch", 403, MISMATCH);
      verifySignature(request, signature, credentials.secretAccessKey);
    }
  });

  it("refuses a signature that is cut, longer, in capitals or empty", () => {
    const changes = [
      (hex: string) => hex.slice(0, -1),
      (hex: string) => `${hex}0`,
      (hex: string) => hex.toUpperCase(),
      () => "",
    ];
    for (const change of changes) {
      assertMismatch(withAuthorization(signed(), (text) => text.replace(/[0-9a-f]{64}$/, change)));
    }
  });

  it("refuses a signature whose letters only look like hex when cut to bytes", () => {
    const request = signed({ signQuery: true });
    const target = request.target.replace(/(?<=X-Amz-Signature=.*)[a-f]/, (digit) =>
      encodeURIComponent(String.fromCharCode(digit.charCodeAt(0) + 0x100)),
    );
    assert.notEqual(target, request.target);
    assertMismatch({ ...request, target });
  });

  it("refuses another body, declared or not", () => {
    const hash = createHash("sha256").update("Action=GetCallerIdentity&Version=2011-06-15").digest("hex");
    for (const headers of [{}, { "X-Amz-Content-Sha256": hash }]) {
      const request = signed({ headers });
      verify(request);
      assertMismatch({ ...request, body: Buffer.from("Action=GetCallerIdentity&Version=2011-06-16") });
    }
  });

  it("refuses a declared hash that the body does not have, signed or not", () => {
    for (const declared of ["UNSIGNED-PAYLOAD", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD", "0".repeat(64)]) {
      assertMismatch(signed({ headers: { "X-Amz-Content-Sha256": declared } }));
      assertMismatch(withHeader(signed(), "X-Amz-Content-Sha256", declared));
    }
  });

  it("refuses a presigned request that brings a body", () => {
    assertMismatch({ ...signed({ signQuery: true }), body: Buffer.from("Action=ListUsers") });
  });

  it("refuses a second X-Amz-Signature, before or after the first", () => {
    const request = signed({ signQuery: true });
    assertMismatch({ ...request, target: `${request.target}&X-Amz-Signature=0` });
    assertMismatch({ ...request, target: request.target.replace("/?", "/?X-Amz-Signature=0&") });
  });

  it("refuses a signed header that was removed or sent twice", () => {
    const request = signed();
    assertMismatch({ ...request, rawHeaders: request.rawHeaders.filter((_, i, all) => all[i - (i % 2)] !== "Host") });
    assertMismatch(withHeader(request, "host", "elsewhere"));
  });
});
