import { ambiguous } from "./cannot-map.ts";

/** Header fields by their names in lower case. */
export type Headers = ReadonlyMap<string, string>;

/**
 * Fields by which frameworks take another method or path than the request has, and those by which MinIO, moto and LocalStack
 * do something else: unpack an archive, delete a whole prefix, act in another account.
 */
export const OVERRIDES =
  /^x-(?:http-method(?:-override)?|method-override|original-(?:url|uri|method|path)|rewrite-url|forwarded-(?:prefix|uri|path)|(?:minio|moto|localstack)-.*|amz-meta-(?:minio-)?snowball-.*)$/;
/** Fields that say what is done; of others it does not matter here which of two counts. */
const DECISIVE = /^(?:x-amz(?:n)?-.*|content-type|content-encoding|host|authorization|smithy-protocol)$/;

/**
 * Reads node's flat list of names and values. Throws CannotMap for what servers read in different ways: decisive fields
 * that occur twice, or whose name has `_` in place of `-` (the same to CGI and WSGI), and fields that override the method or path.
 */
export function readHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]!.toLowerCase();
    if (name.includes("_") && DECISIVE.test(name.replaceAll("_", "-"))) {
      throw ambiguous(`some servers take its header ${name} for ${name.replaceAll("_", "-")}`);
    }
    if (/^x[-_]/.test(name) && OVERRIDES.test(name.replaceAll("_", "-")))
      throw ambiguous(`its header ${name} asks for something else`);
    if (headers.has(name) && DECISIVE.test(name)) throw ambiguous(`its header ${name} occurs twice`);
    headers.set(name, rawHeaders[at + 1]!);
  }
  return headers;
}
