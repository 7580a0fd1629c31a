import { header } from "../signing/signed-request.ts";
import type { ServiceRequest } from "./call.ts";
import { CannotMap } from "./cannot-map.ts";
import { type Address, readAddress } from "./s3/address.ts";

/**
 * Whether the whole body must be read before the request can be mapped. Not so where nothing in it decides and it may be large: objects of
 * S3 (PutObject, UploadPart) and what functions of Lambda are invoked with. An upload by a form (POST to a bucket) is needed
 * whole, since fields behind the file may count for some: whoever reads it sets a limit.
 */
export function needsBody({
  method,
  target,
  rawHeaders,
  service,
}: Pick<ServiceRequest, "method" | "target" | "rawHeaders" | "service">): boolean {
  const [path, query = ""] = target.split("?", 2) as [string, string?];
  if (service === "lambda") return !(method === "POST" && INVOCATION.test(path));
  if (service !== "s3") return true;
  if (method === "POST") return true;
  if (method !== "PUT") return false;
  return addressOf(header(rawHeaders, "host"), path)?.key === undefined || query.split("&").some(isSubresource);
}

const INVOCATION = /\/(?:invocations|invoke-async|response-streaming-invocations)\/?$/;

/** Whether a PUT with this parameter has a document for a body; those of UploadPart, of signatures and of clients do not make it one. */
const isSubresource = (parameter: string) => !/^(?:partNumber|uploadId|x-.*|)$/i.test(parameter.split("=", 1)[0]!);

function addressOf(host: string | undefined, path: string): Address | undefined {
  try {
    return readAddress(host ?? "", path);
  } catch (error) {
    if (error instanceof CannotMap) return undefined;
    throw error;
  }
}
