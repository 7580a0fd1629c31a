import { CannotMap } from "../cannot-map.ts";
import type { Input } from "../rule.ts";
import { tagsIn } from "../tags.ts";
import { readParameters } from "../target.ts";
import { bodyText } from "../json-body.ts";
import { OF_SIGNATURES, type S3Request } from "./request.ts";
import { children, childText, readXml, type Xml } from "./xml.ts";

/** Headers that say nothing of what is done, or that belong to the transport. */
const QUIET =
  /^x-amz-(?:meta-|sdk-|user-agent|checksum-|decoded-content-length|trailer|te$|id-2|request-id|expected-bucket-owner)/;
const CONDITIONS = ["if-match", "if-none-match"];
const counts = (name: string) =>
  name.startsWith("x-amz-") ? !QUIET.test(name) && !OF_SIGNATURES.test(name) : CONDITIONS.includes(name);
/** What listings say, as their parameters are called. */
const LISTING = "prefix delimiter max-keys".split(" ");

/**
 * The input of a request: `Bucket`, `Key` and `VersionId`, what its headers and parameters say under their own names, and what
 * matters of its document. Throws CannotMap.
 */
export function inputOf(s3: S3Request, operation: string): Input {
  const { bucket, key, query, headers, parameters, field, presigned } = s3;
  const input: Record<string, unknown> = {};
  if (bucket !== undefined) input["Bucket"] = bucket;
  if (key !== undefined) input["Key"] = key;
  const version = query.get("versionId");
  if (version !== undefined) input["VersionId"] = version;
  for (const name of LISTING) if (query.has(name)) input[name] = query.get(name)!;
  for (const [name, value] of parameters) if (counts(name)) input[name] = value;
  for (const [name, value] of headers) if (counts(name)) input[name] = value;
  input["authType"] = presigned ? "REST-QUERY-STRING" : "REST-HEADER";
  const signed = field("x-amz-date");
  if (signed !== undefined) input["signed"] = signed;
  const tagging = field("x-amz-tagging");
  if (tagging !== undefined) input["Tags"] = Object.fromEntries(readParameters(tagging));
  const read = Object.hasOwn(DOCUMENTS, operation) ? DOCUMENTS[operation] : undefined;
  return read ? { ...input, ...read(s3.request.body) } : input;
}

const document =
  (root: string, read: (xml: Xml | undefined) => Input) =>
  (body: Uint8Array): Input =>
    read(readXml(body, root));

const given = (name: string, value: string | undefined): Input => (value === undefined ? {} : { [name]: value });

/** A document's tags. */
function tags(xml: Xml | undefined): Input {
  const [set, second] = [...children(xml, "TagSet"), ...children(xml, "Tags")];
  if (second !== undefined) throw new CannotMap("The request's body has two sets of tags.");
  const list = children(set, "Tag").map((tag) => ({
    Key: childText(tag, "Key"),
    Value: childText(tag, "Value") ?? "",
  }));
  const found = tagsIn({ Tags: list });
  return found ? { Tags: found } : {};
}

/** The children of a name, of an element that may have others of those alone. Throws CannotMap. */
function onlyWith(xml: Xml | undefined, names: string, name: string): readonly Xml[] {
  const other = typeof xml === "object" ? Object.keys(xml).find((one) => !names.split(" ").includes(one)) : undefined;
  if (other !== undefined)
    throw new CannotMap(`The request's body has an element ${other.slice(0, 64)} that S3 does not know.`);
  return children(xml, name);
}

/** The document `Tagging`, which forms have in a field. */
export const readTagging = document("Tagging", tags);

/** The documents in which something decides: their reading, by operation. */
const DOCUMENTS: Readonly<Record<string, (body: Uint8Array) => Input>> = {
  CreateBucket: document("CreateBucketConfiguration", (xml) => ({
    ...given("LocationConstraint", childText(xml, "LocationConstraint")),
    ...tags(xml),
  })),
  PutObjectTagging: readTagging,
  PutObjectRetention: document("Retention", (xml) => ({
    ...given("x-amz-object-lock-mode", childText(xml, "Mode")),
    ...given("x-amz-object-lock-retain-until-date", childText(xml, "RetainUntilDate")),
  })),
  PutObjectLegalHold: document("LegalHold", (xml) => given("x-amz-object-lock-legal-hold", childText(xml, "Status"))),
  PutBucketReplication: document("ReplicationConfiguration", (xml) => given("Role", childText(xml, "Role"))),
  PutBucketPolicy: (body) => ({ Policy: bodyText(body) }),
  DeleteObjects: document("Delete", (xml) => ({
    Objects: onlyWith(xml, "Object Quiet", "Object").map((one) => {
      onlyWith(one, "Key VersionId ETag LastModifiedTime Size", "Key");
      const key = childText(one, "Key");
      if (key === undefined || key === "") throw new CannotMap("An object to be deleted has no key.");
      return { Key: key, ...given("VersionId", childText(one, "VersionId")) };
    }),
  })),
};
