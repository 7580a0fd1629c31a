import type { ServiceOperations } from "../../catalog/service-operations.ts";
import type { Known, MappedCall, ServiceRequest } from "../call.ts";
import { ambiguous, CannotMap } from "../cannot-map.ts";
import { checksBy } from "../checks.ts";
import type { Headers } from "../headers.ts";
import type { Input, ServiceRules } from "../rule.ts";
import type { Target } from "../target.ts";
import { asksOf } from "./asks.ts";
import { readUploadForm } from "./form.ts";
import { inputOf, readTagging } from "./input.ts";
import { S3_KEYS } from "./keys.ts";
import { APPROXIMATE, REFUSED } from "./operations.ts";
import { readS3, type S3Request } from "./request.ts";
import { routeS3 } from "./route.ts";

/** Maps a request to S3. `name` is told of the operation, for calls that cannot be mapped in the end. Throws CannotMap. */
export function mapS3(
  request: ServiceRequest,
  headers: Headers,
  target: Target,
  catalogue: ServiceOperations,
  name: (operation: string) => void,
  known: Known,
): MappedCall {
  const s3 = readS3(request, headers, target);
  const operation = routeS3(s3, catalogue);
  name(operation);
  if (Object.hasOwn(REFUSED, operation)) throw new CannotMap(REFUSED[operation]!);
  const input = operation === "PostObject" ? formInput(s3) : inputOf(s3, operation);
  const { region, account } = request;
  const checks = checksBy(s3Rules, { operation, input, region, account, known, catalogue }, asksOf);
  const [, query] = request.target.split(/\?(.*)/s, 2);
  return {
    service: request.service,
    operation,
    protocol: "s3",
    input,
    checks,
    ...(s3.path !== undefined && { target: query === undefined ? s3.path : `${s3.path}?${query}` }),
  };
}

export const s3Rules: ServiceRules = { types: {}, operations: {}, keys: S3_KEYS, approximate: APPROXIMATE };

/** An upload by a form says in its fields what others say in headers. */
function formInput({ bucket, request, headers }: S3Request): Input {
  const { fields, filename, size } = readUploadForm(request.body, headers.get("content-type") ?? "");
  if (size === undefined) throw ambiguous("its form does not end with its file, and some look at fields behind it");
  const key = fields.get("key")?.replaceAll("${filename}", () => filename);
  if (key === undefined || key === "") throw new CannotMap("The request's form does not say which key it is for.");
  const input: Record<string, unknown> = { Bucket: bucket, Key: key, authType: "POST" };
  for (const [name, value] of fields) {
    if (name.startsWith("x-amz-") && !/^x-amz-(?:meta-|algorithm|credential|date|signature|security-token)/.test(name))
      input[name] = value;
  }
  const acl = fields.get("acl");
  if (acl !== undefined) input["x-amz-acl"] = acl;
  const tagging = fields.get("tagging");
  if (tagging !== undefined) Object.assign(input, readTagging(Buffer.from(tagging)));
  return input;
}
