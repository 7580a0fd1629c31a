import { createHash, createHmac, type Hash, type Hmac } from "node:crypto";
import type { Signature } from "../signing/read-signature.ts";
import type { SignedRequest } from "../signing/signed-request.ts";

// For tests of signatures: what signers want to be given, and every way in which a signed request may be changed.

export const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (letter) => `%${letter.charCodeAt(0).toString(16).toUpperCase()}`);

/** Headers as node gives them of the wire. */
export const flat = (headers: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(headers).flatMap(([name, value]) => [name, Buffer.from(String(value), "utf8").toString("latin1")]);

function bytesOf(data: string | ArrayBuffer | ArrayBufferView): Buffer {
  if (typeof data === "string") return Buffer.from(data);
  return ArrayBuffer.isView(data) ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : Buffer.from(data);
}

/** What @smithy/signature-v4 wants to be given for SHA-256, with and without a key. */
export class Sha256 {
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

/** Every request that differs from `request` in one thing that was signed, with a name for it. */
export function* changes(
  request: SignedRequest,
  signature: Pick<Signature, "signedHeaders" | "timestamp" | "date" | "region" | "service">,
): Generator<readonly [string, SignedRequest]> {
  const { method, target } = request;
  yield ["method", { ...request, method: method === "POST" ? "PUT" : "POST" }];
  yield ["path", { ...request, target: target.replace("/", "/x") }];
  const separator = target.includes("?") ? "&" : "?";
  for (const extra of ["=evil", "=", "__proto__=x", "Action=x", "X-Amz-Signature=0", "%00", "constructor"]) {
    yield [`appended ${extra}`, { ...request, target: `${target}${separator}${extra}` }];
  }
  yield* queryChanges(request);
  yield* headerChanges(request, signature.signedHeaders);
  yield* scopeChanges(request, signature);
}

function* queryChanges(request: SignedRequest): Generator<readonly [string, SignedRequest]> {
  const [path, query = ""] = request.target.split("?") as [string, string?];
  const pieces = query === "" ? [] : query.split("&");
  for (const [i, piece] of pieces.entries()) {
    const others = (changed: readonly string[]): string => `${path}?${pieces.toSpliced(i, 1, ...changed).join("&")}`;
    yield [`${piece} left out`, { ...request, target: others([]) }];
    yield [`${piece} twice`, { ...request, target: others([piece, piece]) }];
    yield [`${piece}, longer value`, { ...request, target: others([`${piece}0`]) }];
    yield [`${piece}, longer name`, { ...request, target: others([`0${piece}`]) }];
  }
}

function* headerChanges(
  request: SignedRequest,
  signedHeaders: readonly string[],
): Generator<readonly [string, SignedRequest]> {
  const { rawHeaders } = request;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (!signedHeaders.includes(name.toLowerCase())) continue;
    const value = rawHeaders[i + 1]!;
    yield [`${name} longer`, { ...request, rawHeaders: rawHeaders.with(i + 1, `${value}0`) }];
    yield [`${name} in capitals or not`, { ...request, rawHeaders: rawHeaders.with(i + 1, swapCase(value)) }];
    yield [`${name} left out`, { ...request, rawHeaders: rawHeaders.toSpliced(i, 2) }];
    yield [`${name} twice`, { ...request, rawHeaders: [...rawHeaders, name, value] }];
  }
}

function* scopeChanges(
  request: SignedRequest,
  { timestamp, date, region, service }: Pick<Signature, "timestamp" | "date" | "region" | "service">,
): Generator<readonly [string, SignedRequest]> {
  for (const [what, from, to] of [
    ["date", timestamp, timestamp.replace(/.Z$/, "9Z")],
    ["scope's date", `${date}/`, `${Number(date) + 1}/`],
    ["region", `/${region}/`, "/us-west-1/"],
    ["service", `/${service}/`, service === "iam" ? "/sts/" : "/iam/"],
    ["signed headers", /(?<=SignedHeaders=)|(?<=X-Amz-SignedHeaders=)/, "accept;"],
  ] as const) {
    const replaced = (text: string): string => text.replace(from, to).replace(encode(String(from)), encode(to));
    const target = replaced(request.target);
    yield [what, { ...request, target, rawHeaders: request.rawHeaders.map(replaced) }];
  }
}

/** Bodies that differ in a byte, or are longer: for requests whose bodies are signed. */
export function* bodyChanges(request: SignedRequest): Generator<readonly [string, SignedRequest]> {
  const { body } = request;
  for (const at of new Set([0, body.length >> 1, body.length - 1])) {
    if (at >= 0 && at < body.length)
      yield [`body byte ${at}`, { ...request, body: body.map((byte, i) => byte ^ Number(i === at)) }];
  }
  yield ["longer body", { ...request, body: Buffer.concat([body, Buffer.from("&Action=x")]) }];
}

// Never the same text: a value without letters gets one.
function swapCase(text: string): string {
  const swapped = text.replace(/[a-z]/gi, (letter) => (letter < "a" ? letter.toLowerCase() : letter.toUpperCase()));
  return swapped === text ? `${text}a` : swapped;
}
