import { StoreFailed } from "../data/store.ts";
import { InternalFailure, ServiceFailure, WireError } from "../handlers/errors.ts";
import { SigningError } from "../signing/signing-error.ts";
import type { Emulation } from "./emulation.ts";
import type { Progress } from "./perform.ts";
import { requestParameters, userIdentity, type TrailEvent } from "./trail.ts";

/**
 * What went wrong, as the wire says it, once the state that the refusal speaks of is durable. What is no error of the
 * protocol is an InternalFailure, and is logged.
 */
export async function refusalOf(cause: unknown, progress: Progress, { store }: Emulation): Promise<WireError> {
  const error = wireErrorOf(cause);
  if (error.status === 500)
    console.error(`iam-local: request ${progress.id} (${progress.action}) failed inside:`, cause);
  try {
    await store.durable();
    return error;
  } catch {
    // The store has failed: what the refusal says of the state may be lost, so nothing of it is said.
    return storeFailure();
  }
}

const storeFailure = () => ServiceFailure("The state could not be stored. Restart the emulator once its disk works.");

function wireErrorOf(cause: unknown): WireError {
  if (cause instanceof WireError) return cause;
  if (cause instanceof SigningError) return new WireError(cause.code!, cause.status, cause.wireMessage);
  if (cause instanceof StoreFailed) return storeFailure();
  return InternalFailure("The request processing has failed because of an unknown error, exception or failure.");
}

/** Notes in the trail how a request ended. */
export function recordOutcome(progress: Progress, { trail }: Emulation, status: number, error?: WireError): void {
  const { id: requestId, authorizations } = progress;
  trail.record({ requestId, authorizations, event: () => eventOf(progress, status, error) });
}

function eventOf(progress: Progress, status: number, error: WireError | undefined): TrailEvent {
  const { id, now, service, action, facts, caller, input, authorizations } = progress;
  const denial = authorizations.find((made) => made.denial !== undefined)?.denial;
  return {
    eventID: id,
    eventTime: new Date(now).toISOString(),
    eventSource: `${service?.name ?? "unknown"}.amazonaws.com`,
    eventName: action,
    awsRegion: facts.region,
    sourceIPAddress: facts.sourceIp,
    userAgent: facts.userAgent,
    requestID: id,
    userIdentity: caller ? userIdentity(caller) : null,
    requestParameters: requestParameters(input as Record<string, unknown> | undefined),
    readOnly: /^(Get|List|Simulate|Generate|Decode)/.test(action),
    httpStatus: status,
    ...(error && { errorCode: error.code, errorMessage: error.wireMessage ?? "" }),
    ...(error?.detail !== undefined && { errorDetail: error.detail }),
    ...(caller && { recipientAccountId: caller.account }),
    ...(denial !== undefined && denial !== error?.wireMessage && { uncheckedDenial: denial }),
  };
}
