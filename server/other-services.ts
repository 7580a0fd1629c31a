import type { Protocol } from "../gate/call.ts";
import { ServiceNotEmulated, type WireError } from "../handlers/errors.ts";
import { signedService } from "../signing/service-signature.ts";
import { header } from "../signing/signed-request.ts";
import type { ServiceCall } from "./gate/service-error.ts";

// `AWS_ENDPOINT_URL` sends the calls of every service here. Who calls another one than IAM and STS is told so in the protocol
// of that service, so that its client shows the sentence and not what it makes of an answer that it cannot read.

const OURS = ["iam", "sts"];
const XML_SERVICES: Readonly<Record<string, Protocol>> = {
  s3: "s3",
  s3express: "s3",
  "s3-outposts": "s3",
  "s3-object-lambda": "s3",
  route53: "rest-xml",
  cloudfront: "rest-xml",
};
/** Services whose clients ask for credentials without having any, so that no signature names them: by the prefix of a target. */
const UNSIGNED_TARGETS: Readonly<Record<string, string>> = {
  AWSCognitoIdentityService: "cognito-identity",
  AWSCognitoIdentityProviderService: "cognito-idp",
};
/** Likewise by the header in which the portal of IAM Identity Center is sent its token. One of its paths lies below `/federation`. */
export const SSO_PORTAL_TOKEN = "x-amz-sso_bearer_token";
/** Likewise the paths of SSO OIDC (IAM Identity Center). */
const SSO_OIDC_PATHS = ["/client/register", "/device_authorization", "/token"];
/** Likewise those of Access Analyzer that the emulator answers itself, with the names of its operations. */
const ACCESS_ANALYZER_PATHS = {
  "/policy/validation": "ValidatePolicy",
  "/policy/check-access-not-granted": "CheckAccessNotGranted",
  "/policy/check-no-new-access": "CheckNoNewAccess",
  "/policy/check-no-public-access": "CheckNoPublicAccess",
} as const;

export type AnalyzerOperation = (typeof ACCESS_ANALYZER_PATHS)[keyof typeof ACCESS_ANALYZER_PATHS];
/** Enough of a target for the trail. */
const LONGEST_NAME = 256;

/**
 * The call to another service that a request is, by its signature's scope or, without a signature, by what only that service is
 * sent; undefined for one of IAM, STS or nobody.
 */
export function otherCall(
  {
    method,
    target,
    rawHeaders,
  }: { readonly method: string; readonly target: string; readonly rawHeaders: readonly string[] },
  action: string | undefined,
): ServiceCall | undefined {
  const path = target.split("?", 1)[0]!;
  const service = signedService({ rawHeaders, target }) ?? unsignedService(method, path, rawHeaders);
  if (service === undefined || OURS.includes(service)) return undefined;
  const [, named] = /\.([\w-]+)$/.exec(header(rawHeaders, "x-amz-target") ?? "") ?? [];
  const [, rpc] = /^\/service\/[\w.-]+\/operation\/([\w.-]+)$/.exec(target) ?? [];
  const operation = (named ?? rpc ?? action ?? `${method} ${path}`).slice(0, LONGEST_NAME);
  return { service, operation, protocol: protocolOf(service, rawHeaders, action) };
}

/** The service of a request that needs no signature, by the name that its scope has in those that do. */
function unsignedService(method: string, path: string, rawHeaders: readonly string[]): string | undefined {
  const [prefix] = (header(rawHeaders, "x-amz-target") ?? "").split(".", 1);
  if (Object.hasOwn(UNSIGNED_TARGETS, prefix!)) return UNSIGNED_TARGETS[prefix!];
  if (header(rawHeaders, SSO_PORTAL_TOKEN) !== undefined) return "awsssoportal";
  if (analyzerOperation({ method, target: path }) !== undefined) return "access-analyzer";
  const json = header(rawHeaders, "content-type") === "application/json";
  return method === "POST" && json && SSO_OIDC_PATHS.includes(path) ? "sso-oauth" : undefined;
}

function protocolOf(service: string, rawHeaders: readonly string[], action: string | undefined): Protocol {
  const type = header(rawHeaders, "content-type") ?? "";
  if (header(rawHeaders, "smithy-protocol") === "rpc-v2-cbor" || /\bcbor\b|amz-cbor/.test(type)) return "cbor";
  if (header(rawHeaders, "x-amz-target") !== undefined) return "json";
  if (action !== undefined) return service === "ec2" ? "ec2" : "query";
  return XML_SERVICES[service] ?? "rest-json";
}

/** The operation of Access Analyzer that a request is, by method and path; undefined for those that the emulator does not have. */
export function analyzerOperation({
  method,
  target,
}: {
  readonly method: string;
  readonly target: string;
}): AnalyzerOperation | undefined {
  const path = target.split("?", 1)[0]!;
  if (method !== "POST" || !Object.hasOwn(ACCESS_ANALYZER_PATHS, path)) return undefined;
  return ACCESS_ANALYZER_PATHS[path as keyof typeof ACCESS_ANALYZER_PATHS];
}

/** What whoever calls another service is told. */
export const notEmulated = ({ service }: ServiceCall): WireError =>
  ServiceNotEmulated(
    `iam-local emulates IAM and STS; this was a call to ${service}. Set AWS_ENDPOINT_URL_IAM, AWS_ENDPOINT_URL_STS and ` +
      `AWS_ENDPOINT_URL_SIGNIN in place of AWS_ENDPOINT_URL, which sends every service here, or give ${service} an endpoint of its own.`,
  );
