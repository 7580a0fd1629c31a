import { absent, type Input, type KeyReader, member, text, UNKNOWABLE } from "../rule.ts";

// The condition keys of S3. The input has headers and parameters by their names on the wire.

const HEADERS =
  "x-amz-acl x-amz-grant-full-control x-amz-grant-read x-amz-grant-read-acp x-amz-grant-write x-amz-grant-write-acp x-amz-metadata-directive x-amz-server-side-encryption x-amz-server-side-encryption-aws-kms-key-id x-amz-server-side-encryption-customer-algorithm x-amz-storage-class x-amz-website-redirect-location x-amz-content-sha256 x-amz-object-ownership x-amz-bucket-namespace if-match if-none-match";

/** Tags as an object gets them, in a header: `a=1&b=2`; or in the document of PutObjectTagging, which the input has as `Tags`. */
function objectTags(input: Input): Readonly<Record<string, string>> | undefined {
  const tags = input["Tags"] as Readonly<Record<string, string>> | undefined;
  return tags && Object.keys(tags).length > 0 ? tags : undefined;
}

const DAY = 24 * 60 * 60 * 1000;

/** In whole days from when the request was signed, which is when it was sent within a few minutes. */
const remainingDays: KeyReader = (input) => {
  const until = Date.parse(text(input, "x-amz-object-lock-retain-until-date") ?? "");
  const signed = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(text(input, "signed") ?? "");
  if (Number.isNaN(until)) return undefined;
  if (!signed) return UNKNOWABLE;
  const [, year, month, day, hour, minute, second] = signed.map(Number);
  return String(Math.ceil((until - Date.UTC(year!, month! - 1, day, hour, minute, second)) / DAY));
};

export const S3_KEYS: Readonly<Record<string, KeyReader>> = {
  ...Object.fromEntries(HEADERS.split(" ").map((name) => [`s3:${name}`, member(name)])),
  "s3:x-amz-copy-source": (input) => text(input, "x-amz-copy-source")?.replace(/^\//, ""),
  // Parts of uploads do not make objects (evidence: gate-s3-object-creation).
  "s3:ObjectCreationOperation": (_, { operation }) =>
    String(!/^(?:CreateMultipartUpload|UploadPart|UploadPartCopy)$/.test(operation)),
  "s3:prefix": (input) => (typeof input["prefix"] === "string" ? input["prefix"] : undefined),
  "s3:delimiter": member("delimiter"),
  "s3:max-keys": member("max-keys"),
  "s3:versionid": member("VersionId"),
  "s3:locationconstraint": member("LocationConstraint"),
  "s3:authType": member("authType"),
  "s3:signatureversion": () => "AWS4-HMAC-SHA256",
  "s3:signatureAge": (input) => (input["authType"] === "REST-QUERY-STRING" ? UNKNOWABLE : undefined),
  "s3:object-lock-mode": member("x-amz-object-lock-mode"),
  "s3:object-lock-retain-until-date": member("x-amz-object-lock-retain-until-date"),
  "s3:object-lock-legal-hold": member("x-amz-object-lock-legal-hold"),
  "s3:object-lock-remaining-retention-days": remainingDays,
  "s3:RequestObjectTag/<key>": objectTags,
  "s3:RequestObjectTagKeys": (input) => {
    const tags = objectTags(input);
    return tags && Object.keys(tags);
  },
  "s3:x-amz-object-if-match": absent,
  // Requests through access points and access grants are refused, and what there is of annotations.
  "s3:AccessPointNetworkOrigin": absent,
  "s3:AccessPointTag/${TagKey}": absent,
  "s3:DataAccessPointAccount": absent,
  "s3:DataAccessPointArn": absent,
  "s3:AccessGrantsInstanceArn": absent,
  "s3:x-amz-object-annotation-directive": absent,
  "s3:object-lock-event-hold": absent,
  "s3:object-lock-event-hold-duration-days": absent,
};
