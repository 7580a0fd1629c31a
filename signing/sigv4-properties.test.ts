import { createHash } from "node:crypto";
import assert from "node:assert/strict";
import { SignatureV4 } from "@smithy/signature-v4";
import aws4 from "aws4";
import * as fc from "fast-check";
import { SigningError } from "./signing-error.ts";
import { bodyChanges, changes, encode, flat, Sha256 } from "../integration/signed-changes.ts";
import { readSignature, type Signature } from "./read-signature.ts";
import type { SignedRequest } from "./signed-request.ts";
import { verifySignature } from "./sigv4.ts";

// Two independent signers, two forms: what they sign is accepted, and any single change to it is refused.

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const HOST = "sts.eu-central-1.amazonaws.com";
const TIMESTAMP = "20150830T123600Z";
const TIME = Date.UTC(2015, 7, 30, 12, 36);

interface Draft {
  readonly parameters: readonly (readonly [string, string])[];
  readonly headers: Readonly<Record<string, string>>;
  readonly sessionToken: string | undefined;
}

type Signer = (draft: Draft) => Promise<SignedRequest> | SignedRequest;

const form = (parameters: Draft["parameters"]): string =>
  parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const aws4Headers: Signer = ({ parameters, headers, sessionToken }) => {
  const body = form(parameters);
  const signed = aws4.sign(
    {
      host: HOST,
      service: "sts",
      region: "eu-central-1",
      method: "POST",
      path: "/",
      body,
      headers: { ...headers, "X-Amz-Date": TIMESTAMP, "X-Amz-Content-Sha256": sha256(body) },
    },
    { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET, sessionToken },
  );
  return { method: "POST", target: "/", rawHeaders: flat(signed.headers!), body: Buffer.from(body) };
};

const aws4Query: Signer = ({ parameters, headers, sessionToken }) => {
  const signed = aws4.sign(
    {
      host: HOST,
      service: "sts",
      region: "eu-central-1",
      method: "GET",
      path: `/?${form([["X-Amz-Date", TIMESTAMP], ["X-Amz-Expires", "60"], ...parameters])}`,
      headers,
      signQuery: true,
    },
    { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET, sessionToken },
  );
  return { method: "GET", target: signed.path!, rawHeaders: flat(signed.headers!), body: Buffer.alloc(0) };
};

const smithy = (sessionToken: string | undefined): SignatureV4 =>
  new SignatureV4({
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET, sessionToken },
    region: "eu-central-1",
    service: "sts",
    sha256: Sha256,
  });

const smithyHeaders: Signer = async ({ parameters, headers, sessionToken }) => {
  const body = form(parameters);
  const signed = await smithy(sessionToken).sign(
    { method: "POST", protocol: "https:", hostname: HOST, path: "/", headers: { host: HOST, ...headers }, body },
    { signingDate: new Date(TIME) },
  );
  return { method: "POST", target: "/", rawHeaders: flat(signed.headers), body: Buffer.from(body) };
};

const smithyQuery: Signer = async ({ parameters, headers, sessionToken }) => {
  const signed = await smithy(sessionToken).presign(
    {
      method: "GET",
      protocol: "https:",
      hostname: HOST,
      path: "/",
      query: Object.fromEntries(parameters),
      headers: { host: HOST, ...headers },
    },
    { signingDate: new Date(TIME), expiresIn: 60, unhoistableHeaders: new Set(Object.keys(headers)) },
  );
  const query = form(Object.entries(signed.query!).map(([name, value]) => [name, String(value)]));
  return { method: "GET", target: `/?${query}`, rawHeaders: flat(signed.headers), body: Buffer.alloc(0) };
};

const SIGNERS: readonly (readonly [string, Signer])[] = [
  ["aws4, headers", aws4Headers],
  ["aws4, query", aws4Query],
  ["@smithy/signature-v4, headers", smithyHeaders],
  ["@smithy/signature-v4, query", smithyQuery],
];

// Both signers keep parameters in plain objects, which cannot hold an empty name, `__proto__` or a name twice.
const parameterName = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 12 })
  .filter((name) => name !== "__proto__" && !name.toLowerCase().startsWith("x-amz-"));
const headerValue = fc.stringMatching(/^[!-~]([ -~é]{0,30}[!-~])?$/);
const draft: fc.Arbitrary<Draft> = fc.record({
  parameters: fc.uniqueArray(fc.tuple(parameterName, fc.string({ unit: "grapheme", maxLength: 20 })), {
    selector: ([name]) => name,
    minLength: 1,
    maxLength: 8,
  }),
  headers: fc.dictionary(fc.stringMatching(/^x-note-[a-z]{1,8}$/), headerValue, { maxKeys: 3 }),
  sessionToken: fc.option(fc.base64String({ minLength: 4, maxLength: 300 }), { nil: undefined }),
});

const signatureOf = (request: SignedRequest): Signature =>
  readSignature(request, { service: undefined, times: [TIME], regionValid: () => true });
const verify = (request: SignedRequest): void => verifySignature(request, signatureOf(request), SECRET);

describe("Signature Version 4, whatever is signed", () => {
  for (const [name, sign] of SIGNERS) {
    it(`accepts it and refuses every single change to it (${name})`, async () => {
      await fc.assert(
        fc.asyncProperty(draft, async (drafted) => {
          const request = await sign(drafted);
          verify(request);
          for (const [change, changed] of [...changes(request, signatureOf(request)), ...bodyChanges(request)]) {
            assert.notDeepEqual(changed, request, change);
            assert.throws(() => verify(changed), SigningError, `accepted: ${change}`);
          }
        }),
        { numRuns: 60 },
      );
    });

    it(`refuses a 1,001st parameter (${name})`, async () => {
      const parameters = Array.from({ length: 1000 }, (_, i) => [`p${i}`, "1"] as const);
      const request = await sign({ parameters, headers: {}, sessionToken: undefined });
      verify(request);
      const separator = request.target.includes("?") ? "&" : "?";
      assert.throws(() => verify({ ...request, target: `${request.target}${separator}evil=1` }), SigningError);
      assert.throws(
        () => verify({ ...request, body: Buffer.concat([request.body, Buffer.from("&evil=1")]) }),
        SigningError,
      );
    });
  }
});
