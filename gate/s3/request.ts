import type { ServiceRequest } from "../call.ts";
import { ambiguous } from "../cannot-map.ts";
import { type Headers, OVERRIDES } from "../headers.ts";
import type { Target } from "../target.ts";
import { type Address, readAddress } from "./address.ts";

/** A request to S3, its headers and parameters at hand by name. */
export interface S3Request extends Address {
  readonly method: string;
  readonly query: ReadonlyMap<string, string>;
  /** A header; or the parameter of that name, which presigned requests have in its place. */
  readonly field: (name: string) => string | undefined;
  readonly headers: Headers;
  /** The parameters that stand for headers, by the names of those. */
  readonly parameters: Headers;
  readonly presigned: boolean;
  readonly request: ServiceRequest;
}

/** Parameters of signatures, in all versions of S3's. */
export const OF_SIGNATURES = /^x-amz-(?:algorithm|credential|date|expires|signature|signedheaders|security-token)$/;

/** Throws CannotMap for what servers read in different ways. */
export function readS3(request: ServiceRequest, headers: Headers, { path, query }: Target): S3Request {
  const other = ["x-amz-target", "smithy-protocol"].find((name) => headers.has(name));
  if (other !== undefined) throw ambiguous(`it is signed for S3, and its header ${other} is of another protocol`);
  const inQuery = new Map<string, string>();
  for (const [name, value] of query) {
    const lower = name.toLowerCase();
    if (!lower.startsWith("x-amz-")) continue;
    if (OVERRIDES.test(lower)) throw ambiguous(`its parameter ${name} asks for something else`);
    const header = headers.get(lower);
    if (inQuery.has(lower) || (header !== undefined && header !== value))
      throw ambiguous(`it has two values of ${lower}`);
    inQuery.set(lower, value);
  }
  const { bucket, key, path: pathStyle } = readAddress(headers.get("host") ?? "", path);
  // One by one: with a spread, this object would cost more than all the rest of the mapping.
  return {
    bucket,
    key,
    path: pathStyle,
    method: request.method,
    query,
    headers,
    parameters: inQuery,
    field: (name) => headers.get(name) ?? inQuery.get(name),
    presigned: inQuery.has("x-amz-signature"),
    request,
  };
}
