import { partitionOf } from "../arns.ts";
import { ambiguous, CannotMap } from "../cannot-map.ts";
import { type Ask, type Call, type Input, type Rule, text } from "../rule.ts";
import { bucketName, objectArns } from "./address.ts";
import { BUCKET_ACTIONS, OBJECT_ACTIONS, VERSION_ACTIONS } from "./operations.ts";

/** What an operation of S3 asks for. Throws CannotMap. */
export const asksOf: Rule = (input, call) => {
  const { operation } = call;
  if (operation === "DeleteObjects") return deletions(input, call);
  if (Object.hasOwn(BUCKET_ACTIONS, operation)) return onBucket(input, call);
  if (!Object.hasOwn(OBJECT_ACTIONS, operation)) throw new CannotMap(`The gate does not know what ${operation} takes.`);
  const bucket = text(input, "Bucket")!;
  const key = text(input, "Key")!;
  const version = text(input, "VersionId") !== undefined;
  const asks = OBJECT_ACTIONS[operation]!.flatMap((action) => onObject(call, bucket, key, versioned(action, version)));
  const more = [...(WRITES.has(operation) ? besidesWriting(input) : []), ...bypass(input, operation)];
  for (const action of more) asks.push(...onObject(call, bucket, key, action));
  return COPIES.has(operation) ? [...source(input, call), ...asks] : asks;
};

const WRITES: ReadonlySet<string> = new Set("PutObject PostObject CopyObject CreateMultipartUpload".split(" "));
const COPIES: ReadonlySet<string> = new Set(["CopyObject", "UploadPartCopy"]);

const versioned = (action: string, version: boolean) =>
  version && Object.hasOwn(VERSION_ACTIONS, action) ? VERSION_ACTIONS[action]! : action;

function onObject({ region }: Call, bucket: string, key: string, action: string, input?: Input): Ask[] {
  return objectArns(partitionOf(region), bucket, key).map((resource) => ({
    action,
    resource,
    ...(input && { input }),
  }));
}

const GRANTS =
  "x-amz-acl x-amz-grant-full-control x-amz-grant-read x-amz-grant-read-acp x-amz-grant-write x-amz-grant-write-acp".split(
    " ",
  );
const grants = (input: Input) => GRANTS.some((name) => input[name] !== undefined);

/** What else must be allowed for what an object brings along (evidence: gate-s3-put-more). */
function besidesWriting(input: Input): readonly string[] {
  return [
    ...(input["Tags"] === undefined && input["x-amz-tagging"] === undefined ? [] : ["PutObjectTagging"]),
    ...(grants(input) ? ["PutObjectAcl"] : []),
    ...((input["x-amz-object-lock-mode"] ?? input["x-amz-object-lock-retain-until-date"])
      ? ["PutObjectRetention"]
      : []),
    ...(input["x-amz-object-lock-legal-hold"] === undefined ? [] : ["PutObjectLegalHold"]),
  ];
}

const isOn = (input: Input, name: string) => (text(input, name) ?? "false").toLowerCase() !== "false";

function bypass(input: Input, operation: string): readonly string[] {
  const asked = isOn(input, "x-amz-bypass-governance-retention");
  return asked && /^(?:DeleteObjects?|PutObjectRetention)$/.test(operation) ? ["BypassGovernanceRetention"] : [];
}

/** Once for each object, and for each version by its own action. */
const deletions = (input: Input, call: Call): readonly Ask[] =>
  ((input["Objects"] as readonly Input[] | undefined) ?? []).flatMap((object) => {
    const version = text(object, "VersionId");
    const { Objects: _, ...rest } = input;
    const about = { ...rest, ...object };
    const actions = [versioned("DeleteObject", version !== undefined), ...bypass(input, "DeleteObjects")];
    const key = text(object, "Key")!;
    return [...new Set([key, withoutBlanks(key)])].flatMap((one) =>
      actions.flatMap((action) => onObject(call, text(input, "Bucket")!, one, action, about)),
    );
  });

/** What readers of XML such as moto's and s3rver's make of a text. Throws CannotMap where that is nothing. */
function withoutBlanks(key: string): string {
  const found = key.replace(/^[\s\0-\x20\x7f-\xa0]+|[\s\0-\x20\x7f-\xa0]+$/g, "");
  if (found === "") throw ambiguous("an object to be deleted has a key of blanks");
  return found;
}

function onBucket(input: Input, { operation, region }: Call): readonly Ask[] {
  const bucket = text(input, "Bucket");
  const resource = bucket === undefined ? "*" : `arn:${partitionOf(region)}:s3:::${bucket}`;
  const asks: Ask[] = [{ action: BUCKET_ACTIONS[operation]!, resource }];
  if (operation === "CreateBucket") for (const action of besidesCreating(input)) asks.push({ action, resource });
  const role = operation === "PutBucketReplication" ? text(input, "Role") : undefined;
  if (role !== undefined) {
    asks.push({ action: "iam:PassRole", resource: role, keys: { "iam:PassedToService": "s3.amazonaws.com" } });
  }
  return asks;
}

/** What else must be allowed for what a bucket brings along (evidence: gate-s3-create-bucket-more). */
function besidesCreating(input: Input): readonly string[] {
  const locked = isOn(input, "x-amz-bucket-object-lock-enabled");
  return [
    ...(grants(input) ? ["PutBucketAcl"] : []),
    ...(locked ? ["PutBucketObjectLockConfiguration", "PutBucketVersioning"] : []),
    ...(input["x-amz-object-ownership"] === undefined ? [] : ["PutBucketOwnershipControls"]),
    ...(input["Tags"] === undefined ? [] : ["TagResource"]),
  ];
}

/**
 * The object that a copy is made of, in `x-amz-copy-source`: bucket, key and perhaps a version, escaped (evidence: gate-s3-copy-source).
 * Throws CannotMap.
 */
function source(input: Input, call: Call): readonly Ask[] {
  const given = text(input, "x-amz-copy-source") ?? "";
  const [, path, version] = /^([^?]*)(?:\?versionId=([^?&]+))?$/.exec(given) ?? [];
  if (path === undefined || /[^\w\-.~!$&'()*,:@/%=]/.test(path)) {
    throw ambiguous("its x-amz-copy-source has parameters, or characters that should be escaped");
  }
  const decoded = unescaped(path).replace(/^\//, "");
  const slash = decoded.indexOf("/");
  if (slash < 0 || slash === decoded.length - 1) throw new CannotMap("x-amz-copy-source should be a bucket and a key.");
  const bucket = bucketName(decoded.slice(0, slash));
  const key = decoded.slice(slash + 1);
  if (/\?versionId=/i.test(key)) throw ambiguous("the key in its x-amz-copy-source looks like a version");
  const about = {
    Bucket: bucket,
    Key: key,
    authType: input["authType"],
    "x-amz-content-sha256": input["x-amz-content-sha256"],
  };
  const of = version === undefined ? about : { ...about, VersionId: version };
  return onObject(call, bucket, key, versioned("GetObject", version !== undefined), of);
}

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new CannotMap("x-amz-copy-source has escapes that are no UTF-8 text.");
  }
}
