import { header } from "../../signing/signed-request.ts";
import type { ServiceCall } from "./service-error.ts";
import type { GateHead } from "./engine.ts";

/** Services that take calls without a signature, where the policy of the resource does, by the version of their Query API. */
const QUERY_VERSIONS: Readonly<Record<string, string>> = { "2010-03-31": "sns", "2012-11-05": "sqs" };
/** IAM and STS, by theirs. */
const OWN_VERSIONS = ["2010-05-08", "2011-06-15"];

/** The parameters of a Query call as far as they tell what it is; `body` is a form's. */
export function queryCall({ target, rawHeaders }: GateHead, body: Uint8Array) {
  const question = target.indexOf("?");
  const query = new URLSearchParams(question < 0 ? "" : target.slice(question + 1));
  const isForm = /^application\/x-www-form-urlencoded\b/i.test(header(rawHeaders, "content-type") ?? "");
  const form = new URLSearchParams(isForm ? Buffer.from(body).toString("latin1") : "");
  const parameter = (name: string) => query.get(name) ?? form.get(name) ?? undefined;
  return { action: parameter("Action"), version: parameter("Version") };
}

/** Whether an unsigned call is one to IAM or STS, some of whose operations carry another proof. */
export const isOwnVersion = (version: string | undefined): boolean =>
  version !== undefined && OWN_VERSIONS.includes(version);

/** Whether nothing in a request claims to be a signature. */
export const isUnsigned = ({ target, rawHeaders }: GateHead): boolean =>
  header(rawHeaders, "authorization") === undefined &&
  !/[?&](?:X-Amz-(?!Target)|AWSAccessKeyId=|Signature=)/i.test(target);

/**
 * The call that an unsigned request is, by what only its service is sent; what tells nothing is one of S3, whose requests look like
 * any others. `isOpen` is whether the service takes calls without a signature at all.
 */
export function unsignedCall(
  { method, target, rawHeaders }: GateHead,
  { action, version = "" }: ReturnType<typeof queryCall>,
): ServiceCall & { readonly isOpen: boolean } {
  const [prefix = "", named = ""] = (header(rawHeaders, "x-amz-target") ?? "").split(".");
  if (named !== "") {
    const isSqs = prefix === "AmazonSQS";
    return { service: isSqs ? "sqs" : prefix.toLowerCase(), operation: named, protocol: "json", isOpen: isSqs };
  }
  if (action !== undefined) {
    const service = Object.hasOwn(QUERY_VERSIONS, version) ? QUERY_VERSIONS[version] : undefined;
    return { service: service ?? "query", operation: action, protocol: "query", isOpen: service !== undefined };
  }
  return { service: "s3", operation: `${method} ${target.split("?", 1)[0]}`, protocol: "s3", isOpen: true };
}
