import { header } from "../../signing/signed-request.ts";
import type { Emulation } from "../emulation.ts";
import { otherCall } from "../other-services.ts";
import { begin } from "../perform.ts";
import type { Progress } from "../progress.ts";
import type { GateHead } from "./engine.ts";
import type { ServiceCall } from "./service-error.ts";
import { isUnsigned, queryCall, unsignedCall } from "./unsigned.ts";

/** A request at the gate, and what is known of it before anything is believed. */
export interface Asked {
  readonly head: GateHead;
  /** The whole body; undefined where it is still to come. */
  readonly body: Uint8Array | undefined;
  /** By what the request claims, for refusals of whatever comes before the mapping. */
  readonly call: ServiceCall;
  /** Whether nothing claims to be a signature, and the service takes such calls. */
  readonly anonymous: boolean;
  readonly progress: Progress;
}

/** What a request is, as far as can be told before anything is believed. */
export function ask(head: GateHead, given: Buffer | undefined, emulation: Emulation): Asked {
  const { sourceIp, secure, userAgent, rawHeaders, target } = head;
  const body = given ?? (hasBody(rawHeaders) ? undefined : Buffer.alloc(0));
  const query = queryCall(head, body ?? Buffer.alloc(0));
  const unsigned = unsignedCall(head, query);
  const other = otherCall(head, query.action);
  const call = other ?? unsigned;
  const progress = begin(emulation, { sourceIp, secure, userAgent });
  progress.otherService = call.service;
  progress.action = call.operation;
  progress.textSize = target.length + 2 * (body?.length ?? 0);
  for (const text of rawHeaders) progress.textSize += text.length;
  return { head, body, call, anonymous: other === undefined && unsigned.isOpen && isUnsigned(head), progress };
}

const hasBody = (rawHeaders: readonly string[]): boolean =>
  header(rawHeaders, "transfer-encoding") !== undefined || Number(header(rawHeaders, "content-length") ?? 0) > 0;
