import { hash } from "node:crypto";
import { isoBasic } from "../../signing/timestamp.ts";
import { header } from "../../signing/signed-request.ts";
import { urlMembers } from "./answer-urls.ts";
import type { GateHead, Passage } from "./engine.ts";
import { hopByHop } from "./hop-by-hop.ts";
import { authorization, type UpstreamKeys } from "./upstream-signature.ts";

/** What an allowed request becomes on its way to the service behind the gate. */
export interface UpstreamRequest {
  readonly target: string;
  /** A flat list of name, value, name, value. */
  readonly headers: string[];
}

/**
 * Headers that end at the gate: the caller's signature, which proves nothing to the upstream, and what the gate, or moto's account
 * header, would be told by.
 */
const ENDING = new Set([
  "authorization",
  "expect",
  "host",
  "x-amz-content-sha256",
  "x-amz-date",
  "x-amz-security-token",
  "x-iam-local-explain",
  "x-moto-account-id",
]);
/** Likewise of a body in chunks of aws-chunked, which are taken apart here. */
const OF_CHUNKS = new Set(["content-length", "x-amz-decoded-content-length", "x-amz-trailer"]);

/** A presigned URL's signature, by the parameters that it is made of. */
const PRESIGNED =
  /^X-Amz-(?:Algorithm|Credential|Date|Expires|SignedHeaders|Signature|Security-Token|Content-Sha256)(?:=|$)/i;

/** Of callers who have not said who they are. */
const NO_ACCOUNT = "000000000000";

/**
 * The request as the upstream called `host` gets it: path and query byte for byte, but for the bucket, which moves from the host into
 * the path, and the signature, which is replaced by one of `keys`, or by one that is only formed like one. `body` is the whole
 * body where it is there.
 */
export function upstreamRequest(
  head: GateHead,
  passage: Passage,
  host: string,
  {
    keys,
    now,
    body,
  }: { readonly keys: UpstreamKeys | undefined; readonly now: number; readonly body: Buffer | undefined },
): UpstreamRequest {
  const { call, region } = passage;
  const target = withoutSignature(("target" in call ? call.target : undefined) ?? head.target);
  const timestamp = isoBasic(now);
  const headers = [
    ...passingHeaders(head.rawHeaders, passage, body),
    "host",
    host,
    "x-amz-date",
    timestamp,
    ...(call.service === "s3" ? ["x-amz-content-sha256", UNSIGNED] : []),
  ];
  const account = ownerOf(passage) ?? NO_ACCOUNT;
  const scope = { timestamp, region, service: call.service };
  const signed = { method: head.method, target, rawHeaders: headers, bodyHash: bodyHash(passage, body) };
  headers.push("authorization", authorization(signed, scope, keys ?? { accessKeyId: account }));
  if (keys === undefined) headers.push("x-moto-account-id", account);
  return { target, headers };
}

const UNSIGNED = "UNSIGNED-PAYLOAD";
const EMPTY_HASH = hash("sha256", "", "hex");

/** What the new signature says of the body: of S3's nothing, since it is still to come. */
function bodyHash({ call, body: plan }: Passage, body: Buffer | undefined): string {
  if (call.service === "s3") return UNSIGNED;
  if (body !== undefined) return hash("sha256", body, "hex");
  return plan.kind === "hash" ? plan.sha256 : EMPTY_HASH;
}

function passingHeaders(rawHeaders: readonly string[], passage: Passage, body: Buffer | undefined): string[] {
  const { call, body: plan } = passage;
  // What the gate reads of an answer must not come compressed; that of S3 is objects, but for what it rewrites.
  const takesCodings = call.service === "s3" && urlMembers(passage) === undefined;
  const ended = hopByHop(header(rawHeaders, "connection"));
  const isChunked = plan.kind === "chunks";
  const passing: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!.toLowerCase();
    if (ENDING.has(name) || ended.has(name)) continue;
    if (isChunked && OF_CHUNKS.has(name)) continue;
    if (name === "accept-encoding" && !takesCodings) continue;
    const value = isChunked && name === "content-encoding" ? withoutAwsChunked(rawHeaders[i + 1]!) : rawHeaders[i + 1]!;
    if (value !== undefined) passing.push(rawHeaders[i]!, value);
  }
  if (isChunked) passing.push("content-length", String(plan.decodedLength));
  else if (body !== undefined && header(rawHeaders, "transfer-encoding") !== undefined) {
    passing.push("content-length", String(body.length));
  }
  return passing;
}

/** A content encoding without that of the chunks; undefined where nothing else is left. */
function withoutAwsChunked(value: string): string | undefined {
  const others = value
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding.toLowerCase() !== "aws-chunked");
  return others.length === 0 ? undefined : others.join(",");
}

/** The target without the parameters of a presigned URL. */
export function withoutSignature(target: string): string {
  const start = target.indexOf("?");
  if (start < 0 || !/[?&]X-Amz-/i.test(target)) return target;
  const kept = target
    .slice(start + 1)
    .split("&")
    .filter((parameter) => !PRESIGNED.test(parameter));
  return kept.length === 0 ? target.slice(0, start) : `${target.slice(0, start)}?${kept.join("&")}`;
}

/** The account whose resource is meant, as far as its ARN says; else the caller's. */
function ownerOf({ call, account }: Passage): string | undefined {
  const resource = "checks" in call ? call.checks[0]?.resource : undefined;
  const owner = resource?.split(":", 5)[4];
  return owner !== undefined && /^\d{12}$/.test(owner) ? owner : account;
}
