import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import assert from "node:assert/strict";
import { SignatureV4 } from "@smithy/signature-v4";
import aws4 from "aws4";
import * as fc from "fast-check";
import { SigningError } from "./signing-error.ts";
import { readSignature } from "./read-signature.ts";
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

const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);
const form = (parameters: Draft["parameters"]): string =>
  parameters.map(([name, value]) => `${encode(name)}=${encode(value)}`).join("&");
const flat = (headers: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(headers).flatMap(([name, value]) => [name, Buffer.from(String(value), "utf8").toString("latin1")]);
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

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

/** What @smithy/signature-v4 wants to be given for SHA-256, with and without a key. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash("sha256") : createHmac("sha256", bytesOf(secret));
  }

  update(data: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(bytesOf(data));
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(new Uint8Array(this.#hash.digest()));
  }

  reset(): void {
    throw new Error("each hash is used once");
  }
}

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

function verify(request: SignedRequest): void {
  const signature = readSignature(request, { service: undefined, times: [TIME], regionValid: () => true });
  verifySignature(request, signature, SECRET);
}

/** Every request that differs from `request` in one thing that was signed, with a name for it. */
function* changes(request: SignedRequest): Generator<readonly [string, SignedRequest]> {
  const { method, target, rawHeaders, body } = request;
  const presigned = target.includes("X-Amz-Signature");
  yield ["method", { ...request, method: method === "POST" ? "PUT" : "POST" }];
  yield ["path", { ...request, target: target.replace("/", "/x") }];
  const separator = target.includes("?") ? "&" : "?";
  for (const extra of ["=evil", "=", "__proto__=x", "Action=x", "X-Amz-Signature=0", "%00", "constructor"]) {
    yield [`appended ${extra}`, { ...request, target: `${target}${separator}${extra}` }];
  }
  if (presigned) {
    const pieces = target.slice(2).split("&");
    for (const [i, piece] of pieces.entries()) {
      const others = (changed: readonly string[]): string => `/?${pieces.toSpliced(i, 1, ...changed).join("&")}`;
      yield [`${piece} left out`, { ...request, target: others([]) }];
      yield [`${piece} twice`, { ...request, target: others([piece, piece]) }];
      yield [`${piece}, longer value`, { ...request, target: others([`${piece}0`]) }];
      yield [`${piece}, longer name`, { ...request, target: others([`0${piece}`]) }];
    }
  }
  const signedHeaders = readSignature(request, {
    service: undefined,
    times: [TIME],
    regionValid: () => true,
  }).signedHeaders;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (!signedHeaders.includes(name.toLowerCase())) continue;
    const value = rawHeaders[i + 1]!;
    yield [`${name} longer`, { ...request, rawHeaders: rawHeaders.with(i + 1, `${value}0`) }];
    yield [`${name} in capitals or not`, { ...request, rawHeaders: rawHeaders.with(i + 1, swapCase(value)) }];
    yield [`${name} left out`, { ...request, rawHeaders: rawHeaders.toSpliced(i, 2) }];
    yield [`${name} twice`, { ...request, rawHeaders: [...rawHeaders, name, value] }];
  }
  for (const at of [0, body.length >> 1, body.length - 1]) {
    if (at >= 0 && at < body.length)
      yield [`body byte ${at}`, { ...request, body: body.map((byte, i) => byte ^ Number(i === at)) }];
  }
  yield ["longer body", { ...request, body: Buffer.concat([body, Buffer.from("&Action=x")]) }];
  for (const [what, from, to] of [
    ["date", TIMESTAMP, "20150830T123601Z"],
    ["scope's date", "20150830/", "20150831/"],
    ["region", "/eu-central-1/", "/eu-west-1/"],
    ["service", "/sts/", "/iam/"],
    ["signed headers", /(?<=SignedHeaders=)|(?<=X-Amz-SignedHeaders=)/, "accept;"],
  ] as const) {
    const replaced = (text: string): string => text.replace(from, to).replace(encode(String(from)), encode(to));
    yield [what, { ...request, target: replaced(target), rawHeaders: rawHeaders.map(replaced) }];
  }
}

// Never the same text: a value without letters gets one.
function swapCase(text: string): string {
  const swapped = text.replace(/[a-z]/gi, (letter) => (letter < "a" ? letter.toLowerCase() : letter.toUpperCase()));
  return swapped === text ? `${text}a` : swapped;
}

describe("Signature Version 4, whatever is signed", () => {
  for (const [name, sign] of SIGNERS) {
    it(`accepts it and refuses every single change to it (${name})`, async () => {
      await fc.assert(
        fc.asyncProperty(draft, async (drafted) => {
          const request = await sign(drafted);
          verify(request);
          for (const [change, changed] of changes(request)) {
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
