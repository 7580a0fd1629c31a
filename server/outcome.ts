import type { Authorization } from "../handlers/authorize.ts";
import { InternalFailure, ServiceFailure, WireError } from "../handlers/errors.ts";
import { SigningError } from "../signing/signing-error.ts";
import type { Emulation } from "./emulation.ts";
import type { Progress } from "./perform.ts";
import {
  eventHead,
  requestParameters,
  userIdentity,
  withoutSecrets,
  type TrailEntry,
  type TrailEvent,
} from "./trail.ts";

/**
 * What went wrong, as the wire says it, once the state that the refusal speaks of is durable. What is no error of the
 * protocol is an InternalFailure, and is logged.
 */
export async function refusalOf(cause: unknown, progress: Progress, { store }: Emulation): Promise<WireError> {
  const error = wireErrorOf(cause);
  error.requestId = progress.id;
  if (error.status === 500)
    console.error(`iam-local: request ${progress.id} (${progress.action}) failed inside:`, cause);
  try {
    await store.durable();
    return error;
  } catch {
    // The store has failed: what the refusal says of the state may be lost, so nothing of it is said.
    return ServiceFailure("The state could not be stored. Restart the emulator once its disk works.");
  }
}

function wireErrorOf(cause: unknown): WireError {
  if (cause instanceof WireError) return cause;
  if (cause instanceof SigningError) return new WireError(cause.code!, cause.status, cause.wireMessage);
  return InternalFailure("The request processing has failed because of an unknown error, exception or failure.");
}

/** Notes in the trail how a request ended. */
export function recordOutcome(progress: Progress, { trail }: Emulation, status: number, error?: WireError): void {
  const outcome = new Outcome(progress, status, error);
  trail.record(error && isOversized(progress, error) ? shortened(outcome) : outcome);
}

/** As CloudTrail has them: parameters of more are left out, other texts are cut (CloudTrail User Guide, "Record contents"). */
const MOST_PARAMETERS = 100 * 1024;
const MOST_TEXT = 1024;

/** What is refused may be of any size, and be sent by anybody: the trail must not hold a thousand such requests. */
const isOversized = ({ action, input }: Progress, { wireMessage = "" }: WireError): boolean =>
  action.length + wireMessage.length + sizeOf(input) > MOST_PARAMETERS;

const sizeOf = (parameters: unknown): number => JSON.stringify(parameters ?? null).length;

/** The same, written at once and without what makes it large. */
function shortened(outcome: Outcome): TrailEntry {
  const { requestId, authorizations } = outcome;
  const { eventName, errorMessage, requestParameters: parameters, ...rest } = outcome.event();
  const size = sizeOf(parameters);
  const event = {
    ...rest,
    eventName: cut(eventName),
    ...(errorMessage !== undefined && { errorMessage: cut(errorMessage) }),
    requestParameters:
      size > MOST_PARAMETERS
        ? { omitted: true, originalSize: size, reason: "requestParameters too large" }
        : parameters,
  };
  return { requestId, authorizations, event: () => event };
}

/** A copy, since a part of a text would keep the whole of it in memory. */
const cut = (text: string): string =>
  text.length <= MOST_TEXT ? text : Buffer.from(text.slice(0, MOST_TEXT)).toString();

/** One object for each of the last thousand requests: all that the trail keeps is copied by the garbage collector twice. */
class Outcome implements TrailEntry {
  readonly #progress: Progress;
  readonly #status: number;
  readonly #error: WireError | undefined;

  constructor(progress: Progress, status: number, error: WireError | undefined) {
    this.#progress = progress;
    this.#status = status;
    this.#error = error;
  }

  get requestId(): string {
    return this.#progress.id;
  }

  get authorizations(): readonly Authorization[] {
    return this.#progress.authorizations;
  }

  event(): TrailEvent {
    return eventOf(this.#progress, this.#status, this.#error);
  }
}

function eventOf(progress: Progress, status: number, error: WireError | undefined): TrailEvent {
  const { now, service, action, facts, caller, authorizations } = progress;
  const input = progress.input as Record<string, unknown> | undefined;
  const denial = authorizations.find((made) => made.denial !== undefined)?.denial;
  return {
    ...eventHead(service?.name ?? "unknown", action, now, facts),
    userIdentity: caller ? userIdentity(caller) : null,
    requestParameters: requestParameters(input),
    readOnly: /^(Get|List|Simulate|Generate|Decode)/.test(action),
    httpStatus: status,
    ...(error && { errorCode: error.code, errorMessage: withoutSecrets(error.wireMessage ?? "", input) }),
    ...(error?.detail !== undefined && { errorDetail: error.detail }),
    ...(caller && { recipientAccountId: caller.account }),
    ...(denial !== undefined && denial !== error?.wireMessage && { uncheckedDenial: denial }),
  };
}
