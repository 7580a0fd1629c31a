import type { IncomingMessage, ServerResponse } from "node:http";
import { needsBody } from "../../gate/body.ts";
import { claimedService } from "../../signing/service-signature.ts";
import { signsAsS3 } from "../../signing/signing-rules.ts";
import { header } from "../../signing/signed-request.ts";
import type { GateHead } from "./engine.ts";

/** The largest body that is read whole before anything is decided: more than any call of a service may have but one that carries an object. */
export const BODY_LIMIT = 16 * 1024 * 1024;

/** Whether nothing can be decided before the whole body is there: it says what the call does, or nothing in the head stands for it. */
export function mustBeWhole({ method, target, rawHeaders }: GateHead): boolean {
  const service = claimedService({ rawHeaders, target }) ?? "";
  if (needsBody({ method, target, rawHeaders, service })) return true;
  // As a rule clients declare the hash of a body to S3 alone.
  return !signsAsS3(service) && header(rawHeaders, "x-amz-content-sha256") === undefined;
}

/**
 * The whole body of a request, which the client is told to send if it waits for that; undefined where it is larger than the limit.
 * Never resolves where the client goes away before its end: there is nobody to answer.
 */
export function wholeBody(message: IncomingMessage, response: ServerResponse): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    if (Number(message.headers["content-length"] ?? 0) > BODY_LIMIT) {
      resolve(undefined);
      return;
    }
    if (message.headers.expect !== undefined) response.writeContinue();
    const chunks: Buffer[] = [];
    let size = 0;
    message.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_LIMIT) chunks.push(chunk);
      else resolve(undefined);
    });
    message.on("end", () => resolve(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)));
  });
}
