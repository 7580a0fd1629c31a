import { header, type RequestHead } from "./signed-request.ts";
import type { ReadOptions, Signature } from "./read-signature.ts";
import { ASYMMETRIC, asymmetric, invalidArgument, oldVersion, s3Mismatch } from "./s3-errors.ts";
import { readS3Scope } from "./s3-scope.ts";
import { ALGORITHM } from "./signature-scope.ts";
import { missingToken } from "./signing-error.ts";
import { signingKey } from "./signing-key.ts";
import { sameText } from "./sigv4.ts";
import { parseIsoBasic } from "./timestamp.ts";

// Uploads to S3 by HTML forms: what is signed is the policy in the form, and nothing of the request itself
// (evidence: gate-s3-post).

/** The fields before the file, in their order, as text. */
export type PostFields = readonly (readonly [name: string, value: string])[];

/** What a form says about its signature; not yet verified. */
export interface PostSignature extends Omit<Signature, "form" | "signedHeaders"> {
  readonly form: "post";
  /** In base64, as it was sent: what is signed. */
  readonly policy: string;
}

/** Whether a request is such an upload: its signature, if it has one, is in its body. */
export const isPostUpload = ({ method, rawHeaders }: Pick<RequestHead, "method" | "rawHeaders">): boolean =>
  method === "POST" &&
  /^multipart\/form-data\b/i.test(header(rawHeaders, "content-type") ?? "") &&
  header(rawHeaders, "authorization") === undefined;

/**
 * Reads the signature of a form. Throws a SigningError in S3's words; MissingAuthenticationToken where there is neither policy nor
 * signature, which S3 takes for an anonymous upload.
 */
export function readPostSignature(
  fields: PostFields,
  { regionValid }: Pick<ReadOptions, "regionValid">,
): PostSignature {
  const form = byName(fields);
  const policy = form.get("policy");
  if (form.has("signature") || form.has("awsaccesskeyid")) throw oldVersion();
  if (policy === undefined && !form.has("x-amz-signature")) throw missingToken("The form of the upload is not signed.");
  const [algorithm, credentialText, date, signature] = [
    "X-Amz-Algorithm",
    "X-Amz-Credential",
    "X-Amz-Date",
    "X-Amz-Signature",
  ].map((name) => form.get(name.toLowerCase()) ?? missing(name)) as [string, string, string, string];
  if (algorithm === ASYMMETRIC) throw asymmetric();
  if (algorithm !== ALGORITHM) throw invalidArgument("Unsupported algorithm", "X-Amz-Algorithm", algorithm);
  const timestamp = parseIsoBasic(date);
  if (timestamp === undefined) {
    throw invalidArgument(`X-Amz-Date must be in the ISO8601 Long Format "yyyyMMdd'T'HHmmss'Z'"`, "X-Amz-Date", date);
  }
  const { terminator: _, ...scope } = readS3Scope("form", credentialText, timestamp, regionValid);
  return {
    form: "post",
    ...scope,
    signature,
    securityToken: form.get("x-amz-security-token"),
    timestamp: timestamp.text,
    signedAt: timestamp.time,
    policy: policy ?? missing("policy"),
  };
}

/** Checks the signature of the policy; what it demands, `checkPostPolicy` looks at. Throws SignatureDoesNotMatch in S3's words. */
export function verifyPostSignature(post: PostSignature, secret: string): void {
  const expected = signingKey(secret, post.date, post.region, post.service).hex(post.policy);
  if (sameText(expected, post.signature)) return;
  throw s3Mismatch({
    accessKeyId: post.accessKeyId,
    signature: post.signature,
    stringToSign: post.policy,
    detail: "The form's policy was signed with another secret, or is not the one that was signed.",
  });
}

/**
 * Fields by their names in lower case, as S3 reads them. Throws InvalidArgument where a name comes twice: nobody could say which of the
 * two the upload is done with.
 */
export function byName(fields: PostFields): ReadonlyMap<string, string> {
  const named = new Map<string, string>();
  for (const [name, value] of fields) {
    if (named.has(name.toLowerCase())) throw invalidArgument("The form has a field twice.", name, value);
    named.set(name.toLowerCase(), value);
  }
  return named;
}

function missing(name: string): never {
  throw invalidArgument(
    `Bucket POST must contain a field named '${name}'.  If it is specified, please check the order of the fields.`,
    name,
    "",
  );
}
