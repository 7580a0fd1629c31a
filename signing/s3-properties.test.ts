import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { SignatureV4 } from "@smithy/signature-v4";
import aws4 from "aws4";
import * as fc from "fast-check";
import { signedChunks } from "../integration/aws-chunked.ts";
import { bodyChanges, changes, encode, flat, Sha256 } from "../integration/signed-changes.ts";
import { provenPayload } from "./payload.ts";
import { readServiceSignature, verifyServiceSignature, type ServiceSignature } from "./service-signature.ts";
import type { SignedRequest } from "./signed-request.ts";
import { SigningError } from "./signing-error.ts";

// What SDKs sign for S3 is accepted, whatever the object's name is, and any single change to it is refused.

const SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const HOST = "bucket.s3.eu-central-1.amazonaws.com";
const TIMESTAMP = "20150830T123600Z";
const TIME = Date.UTC(2015, 7, 30, 12, 36);

interface Draft {
  /** With dots, blanks and nothing between slashes as well. */
  readonly key: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly sessionToken: string | undefined;
  readonly content: Uint8Array;
}

type Signer = (draft: Draft) => Promise<SignedRequest> | SignedRequest;

const pathOf = ({ key }: Draft): string => `/${key.map(encode).join("/")}`;
const queryOf = (parameters: Readonly<Record<string, unknown>>): string =>
  Object.entries(parameters)
    .map(([name, value]) => `${encode(name)}=${encode(String(value))}`)
    .join("&");
const targetOf = (path: string, parameters: Readonly<Record<string, unknown>>): string =>
  Object.keys(parameters).length === 0 ? path : `${path}?${queryOf(parameters)}`;

const smithy = ({ sessionToken }: Draft): SignatureV4 =>
  new SignatureV4({
    credentials: { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET, sessionToken },
    region: "eu-central-1",
    service: "s3",
    sha256: Sha256,
    uriEscapePath: false,
    applyChecksum: true,
  });

const smithySigned = async (draft: Draft, headers: Record<string, string>): Promise<SignedRequest> => {
  const path = pathOf(draft);
  const body = Buffer.from(draft.content);
  const { headers: signed } = await smithy(draft).sign(
    {
      method: "PUT",
      protocol: "https:",
      hostname: HOST,
      path,
      query: draft.parameters,
      headers: { host: HOST, ...draft.metadata, ...headers },
      body,
    },
    { signingDate: new Date(TIME) },
  );
  return { method: "PUT", target: targetOf(path, draft.parameters), rawHeaders: flat(signed), body };
};

const smithyHeaders: Signer = (draft) => smithySigned(draft, {});

const smithyChunks: Signer = async (draft) => {
  const request = await smithySigned(draft, {
    "content-encoding": "aws-chunked",
    "x-amz-content-sha256": "STREAMING-AWS4-HMAC-SHA256-PAYLOAD",
    "x-amz-decoded-content-length": String(draft.content.length),
  });
  const { signature: seed } = signatureOf(request);
  const signing = { timestamp: TIMESTAMP, region: "eu-central-1", service: "s3", secret: SECRET, seed };
  return { ...request, body: signedChunks(Buffer.from(draft.content), 8192, signing) };
};

const smithyQuery: Signer = async (draft) => {
  const path = pathOf(draft);
  const { headers, query } = await smithy(draft).presign(
    {
      method: "PUT",
      protocol: "https:",
      hostname: HOST,
      path,
      query: draft.parameters,
      headers: { host: HOST, "x-amz-content-sha256": "UNSIGNED-PAYLOAD", ...draft.metadata },
    },
    { signingDate: new Date(TIME), expiresIn: 60, unhoistableHeaders: new Set(Object.keys(draft.metadata)) },
  );
  return { method: "PUT", target: targetOf(path, query!), rawHeaders: flat(headers), body: Buffer.from(draft.content) };
};

const aws4Headers: Signer = (draft) => {
  const body = Buffer.from(draft.content);
  const { path, headers } = aws4.sign(
    {
      host: HOST,
      service: "s3",
      region: "eu-central-1",
      method: "PUT",
      path: targetOf(pathOf(draft), draft.parameters),
      body: body as unknown as string,
      headers: { ...draft.metadata, "X-Amz-Date": TIMESTAMP },
    },
    { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET, sessionToken: draft.sessionToken },
  );
  return { method: "PUT", target: path!, rawHeaders: flat(headers!), body };
};

const aws4Query: Signer = (draft) => {
  const dated = { "X-Amz-Date": TIMESTAMP, "X-Amz-Expires": "60", ...draft.parameters };
  const { path, headers } = aws4.sign(
    {
      host: HOST,
      service: "s3",
      region: "eu-central-1",
      method: "GET",
      path: targetOf(pathOf(draft), dated),
      headers: draft.metadata,
      signQuery: true,
    },
    { accessKeyId: "AKIDEXAMPLE", secretAccessKey: SECRET, sessionToken: draft.sessionToken },
  );
  return { method: "GET", target: path!, rawHeaders: flat(headers!), body: Buffer.alloc(0) };
};

/** And whether the body is signed. */
const SIGNERS: readonly (readonly [string, Signer, boolean])[] = [
  ["aws4, headers", aws4Headers, true],
  ["aws4, query", aws4Query, false],
  ["@smithy/signature-v4, headers", smithyHeaders, true],
  ["@smithy/signature-v4, query", smithyQuery, false],
  ["@smithy/signature-v4, chunks", smithyChunks, true],
];

const segment = fc.oneof(
  fc.constantFrom("", ".", "..", "a+b", "a b", "%2F", "~"),
  fc.string({ unit: "grapheme", maxLength: 8 }).filter((text) => !text.includes("/")),
);
const parameterName = fc
  .string({ unit: "grapheme", minLength: 1, maxLength: 8 })
  .filter((name) => name !== "__proto__" && !name.toLowerCase().startsWith("x-amz-") && !/^\d+$/.test(name));
const draft: fc.Arbitrary<Draft> = fc.record({
  key: fc.array(segment, { minLength: 1, maxLength: 4 }),
  parameters: fc.dictionary(parameterName, fc.string({ unit: "grapheme", maxLength: 10 }), { maxKeys: 3 }),
  metadata: fc.dictionary(
    fc.stringMatching(/^x-amz-meta-[a-z]{1,8}$/),
    fc.stringMatching(/^[!-~]([ -~é]{0,20}[!-~])?$/),
    {
      maxKeys: 2,
    },
  ),
  sessionToken: fc.option(fc.base64String({ minLength: 4, maxLength: 300 }), { nil: undefined }),
  content: fc.uint8Array({ maxLength: 20_000, size: "max" }),
});

const signatureOf = (request: SignedRequest): ServiceSignature =>
  readServiceSignature(request, { times: [TIME], regionValid: () => true });

/** Whether the request is taken, its body being passed in pieces as it would come. */
async function accepted(request: SignedRequest): Promise<boolean> {
  try {
    const { stream } = provenPayload(verifyServiceSignature(request, signatureOf(request), SECRET));
    for await (const _ of Readable.from([request.body]).pipe(stream));
    return true;
  } catch (error) {
    if (error instanceof SigningError) return false;
    throw error;
  }
}

/** What only S3 could take for the same path, and headers that were never signed. */
function* s3Changes(request: SignedRequest): Generator<readonly [string, SignedRequest]> {
  const { target, rawHeaders } = request;
  for (const [what, from, to] of [
    ["doubled slash", /\//, "//"],
    ["dot", /\//, "/./"],
    ["dots", /\//, "/x/../"],
    ["escaped slash", /\//, "/%2F"],
    ["slash at the end", /(?=\?)|$/, "/"],
    ["other letter case", /[a-z](?=[^?]*$|[^?]*\?)/i, ""],
  ] as const) {
    const changed = target.replace(from, to);
    if (changed !== target) yield [what, { ...request, target: changed }];
  }
  yield ["header added", { ...request, rawHeaders: [...rawHeaders, "X-Amz-Acl", "public-read"] }];
}

describe("A request that is signed for S3", () => {
  for (const [name, sign, bodySigned] of SIGNERS) {
    it(`is accepted, and every single change to it refused (${name})`, async () => {
      await fc.assert(
        fc.asyncProperty(draft, async (drafted) => {
          const request = await sign(drafted);
          assert.equal(await accepted(request), true);
          const all = [
            ...changes(request, signatureOf(request)),
            ...s3Changes(request),
            ...(bodySigned ? bodyChanges(request) : []),
          ];
          for (const [change, changed] of all) {
            assert.notDeepEqual(changed, request, change);
            assert.equal(await accepted(changed), false, `accepted: ${change}`);
          }
        }),
        { numRuns: 50 },
      );
    });
  }
});
