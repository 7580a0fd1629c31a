import type { ServiceOperations } from "../../catalog/service-operations.ts";
import { ambiguous, CannotMap } from "../cannot-map.ts";
import type { S3Request } from "./request.ts";

// Which operation a request to S3 is: by method, by whether there is a bucket and a key, and by the parameter that names a
// part of either, its subresource.

type Level = "service" | "bucket" | "object";

/** Parameters that change nothing in what is done, by what they are sent to. */
const PLAIN: Readonly<Record<Level, ReadonlySet<string>>> = {
  service: new Set(["max-buckets", "continuation-token", "prefix", "bucket-region", "max-directory-buckets"]),
  bucket: new Set(
    "prefix delimiter marker max-keys key-marker version-id-marker upload-id-marker max-uploads encoding-type continuation-token fetch-owner start-after list-type id".split(
      " ",
    ),
  ),
  object: new Set(
    "versionId partNumber uploadId max-parts part-number-marker encoding-type select-type response-cache-control response-content-disposition response-content-encoding response-content-language response-content-type response-expires".split(
      " ",
    ),
  ),
};
/** Of operations that have two names, the older. */
const OLDER: ReadonlySet<string> = new Set(
  "GetBucketLifecycle PutBucketLifecycle GetBucketNotification PutBucketNotification".split(" "),
);

interface Routes {
  /** By method, level and subresource: `GET object acl`. */
  readonly operations: ReadonlyMap<string, readonly string[]>;
  readonly subresources: ReadonlySet<string>;
  /** All parameters that mean something, in lower case: other spellings of them are refused. */
  readonly spellings: ReadonlySet<string>;
}

const compiled = new WeakMap<ServiceOperations, Routes>();

function routesOf(catalogue: ServiceOperations): Routes {
  let routes = compiled.get(catalogue);
  if (!routes) {
    const operations = new Map<string, string[]>();
    const subresources = new Set<string>();
    for (const [name, { http }] of catalogue.apis.flatMap((api) => Object.entries(api.operations))) {
      if (OLDER.has(name)) continue;
      const [, method, path, query = ""] = /^(\w+) ([^?]*)(?:\?(.*))?$/.exec(http ?? "")!;
      const level: Level = path!.includes("{Key") ? "object" : path!.includes("{Bucket}") ? "bucket" : "service";
      const [first = ""] = query.split("&").filter((one) => !one.includes("="));
      if (first !== "") subresources.add(first);
      const at = `${method} ${level} ${first}`;
      operations.set(at, [...(operations.get(at) ?? []), name]);
    }
    const spellings = new Set([...subresources, ...Object.values(PLAIN).flatMap((names) => [...names])].map(lower));
    compiled.set(catalogue, (routes = { operations, subresources, spellings }));
  }
  return routes;
}

const lower = (text: string) => text.toLowerCase();

/** The operation of a request; `PostObject` for the upload by a form, which has no name in the API. Throws CannotMap. */
export function routeS3(s3: S3Request, catalogue: ServiceOperations): string {
  const { method, bucket, key, query } = s3;
  const level: Level = key !== undefined ? "object" : bucket !== undefined ? "bucket" : "service";
  const subresource = query.size === 0 ? "" : subresourceOf(s3, level, routesOf(catalogue));
  const names = routesOf(catalogue).operations.get(`${method} ${level} ${subresource}`) ?? [];
  const operation =
    method === "POST" && level === "bucket" && subresource === "" ? "PostObject" : chosen(names, s3, subresource);
  if (operation === undefined) {
    throw new CannotMap(
      `S3 has no operation at ${method} of ${article(level)}${subresource && `?${subresource}`} that the gate knows.`,
    );
  }
  const claimed = query.get("x-id");
  if (claimed !== undefined && claimed !== operation)
    throw ambiguous(`it is ${operation}, and x-id says ${claimed.slice(0, 128)}`);
  return operation;
}

const article = (level: Level) => (level === "object" ? "an object" : level === "bucket" ? "a bucket" : "the service");

/** The one parameter that names a subresource. Throws CannotMap for two, and for parameters that S3 does not have there. */
function subresourceOf({ query }: S3Request, level: Level, { subresources, spellings }: Routes): string {
  let found = "";
  for (const name of query.keys()) {
    // S3 ignores what begins so, but for what readS3 has taken for headers.
    if (/^x-/i.test(name) || PLAIN[level].has(name)) continue;
    if (!subresources.has(name)) {
      throw spellings.has(lower(name))
        ? ambiguous(`its parameter ${name} is another one in S3's spelling`)
        : new CannotMap(`S3 has no parameter ${name.slice(0, 128)} here that the gate knows.`);
    }
    if (found !== "") throw ambiguous(`it names both ${found} and ${name}`);
    found = name;
  }
  // Some look at the one first, some at the other.
  if (found !== "" && query.has("list-type")) throw ambiguous(`it names ${found}, and a type of list`);
  return found;
}

/** Of the operations of a route, the one that the other parameters and headers make it. */
function chosen(
  names: readonly string[],
  { method, query, field, key }: S3Request,
  subresource: string,
): string | undefined {
  const uploads = query.has("uploadId");
  const part = query.has("partNumber");
  if (query.get("versionId") === "") throw ambiguous("its versionId is empty");
  if (uploads && (subresource !== "" || query.has("versionId")))
    throw ambiguous("it names an upload and something else");
  if (query.has("versionId") && subresource === "" && (method === "PUT" || method === "POST")) {
    throw ambiguous("it writes, and names a version");
  }
  if (names.length <= 1 && key === undefined) return names[0];
  const has = (name: string) => (names.includes(name) ? name : undefined);
  if (key === undefined) return ofBucket(names, query);
  if (subresource !== "") return names[0];
  if (method === "PUT") {
    if (uploads !== part) throw ambiguous("it names an upload without a part, or a part without an upload");
    const copied = field("x-amz-copy-source") !== undefined;
    return uploads ? has(copied ? "UploadPartCopy" : "UploadPart") : has(copied ? "CopyObject" : "PutObject");
  }
  if (method === "GET") return has(uploads ? "ListParts" : "GetObject");
  if (method === "DELETE") return has(uploads ? "AbortMultipartUpload" : "DeleteObject");
  if (method === "POST") return uploads ? has("CompleteMultipartUpload") : undefined;
  return uploads ? undefined : has("HeadObject");
}

function ofBucket(names: readonly string[], query: ReadonlyMap<string, string>): string | undefined {
  if (names.includes("ListObjects")) {
    const type = query.get("list-type");
    if (type !== undefined && type !== "2") throw ambiguous("its list-type is not 2");
    return type === "2" ? "ListObjectsV2" : "ListObjects";
  }
  if (names.includes("ListBuckets")) return "ListBuckets";
  // One configuration by its id, or the list of all.
  return names.find((name) => name.startsWith(query.has("id") ? "GetBucket" : "ListBucket"));
}
