import { StoreFailed } from "../data/store.ts";
import type { Check } from "../gate/call.ts";
import type { Authorization } from "../handlers/authorize.ts";
import { InternalFailure, ServiceFailure, WireError } from "../handlers/errors.ts";
import { accountIn } from "../policy/arn.ts";
import { detailSize, detailText, type Detail } from "../signing/detail.ts";
import { SigningError } from "../signing/signing-error.ts";
import type { Emulation } from "./emulation.ts";
import { footprint } from "./footprint.ts";
import type { Progress } from "./progress.ts";
import type { TrailEvent } from "./trail-event.ts";
import { eventHead, requestParameters, userIdentity, withoutSecrets, writtenEntry, type TrailEntry } from "./trail.ts";

/**
 * What went wrong, as the wire says it, once the state that the refusal speaks of is durable. What is no error of the
 * protocol is an InternalFailure, and is logged.
 */
export async function refusalOf(cause: unknown, progress: Progress, { store }: Emulation): Promise<WireError> {
  const error = wireErrorOf(cause);
  error.requestId = progress.id;
  if (error.status === 500 && !(cause instanceof StoreFailed))
    console.error(`iam-local: request ${progress.id} (${progress.action}) failed inside:`, cause);
  try {
    await store.durable();
    return error;
  } catch (failure) {
    // What the refusal says of the state may be lost, so nothing of it is said.
    return ServiceFailure((failure as StoreFailed).told);
  }
}

function wireErrorOf(cause: unknown): WireError {
  if (cause instanceof WireError) return cause;
  if (cause instanceof StoreFailed) return ServiceFailure(cause.told);
  if (cause instanceof SigningError) return new WireError(cause.code!, cause.status, cause.wireMessage, cause.detail);
  return InternalFailure("The request processing has failed because of an unknown error, exception or failure.");
}

/** An entry that takes more bytes than this is written at once, as text: most requests take a tenth of it. */
const LARGE = 32 * 1024;
/** What an entry takes besides what is measured. */
const ENTRY = 2048;

/** Notes in the trail how a request ended. */
export function recordOutcome(progress: Progress, { era }: Emulation, status: number, error?: WireError): void {
  const outcome = new Outcome(progress, status, error);
  era.trail.record(outcome.ownSize > LARGE ? writtenEntry(outcome.event(), outcome.authorizations) : outcome);
}

/** The operations of AWS's services that change nothing, by how their names begin. */
const READS =
  /^(?:Get|List|Simulate|Generate|Decode|BatchGet|Check|Decrypt|Describe|Encrypt|Filter|Head|Lookup|Query|Scan|Search|Select|TransactGet|Validate|Verify)/;

/** What a call through the gate was about, and which condition keys AWS would have had besides. */
function calledFor(checks: readonly Check[]): Pick<TrailEvent, "resources" | "additionalEventData"> {
  const arns = new Set(checks.map(({ resource }) => resource).filter((arn) => arn !== "*"));
  const unknowable = new Set(checks.flatMap((check) => check.unknowable));
  return {
    ...(arns.size > 0 && {
      resources: Array.from(arns, (ARN) => {
        const accountId = accountIn(ARN);
        return { ARN, ...(accountId !== undefined && { accountId }) };
      }),
    }),
    ...(unknowable.size > 0 && { additionalEventData: { unknownConditionKeys: [...unknowable].join(", ") } }),
  };
}

/** One object for each of the last thousand requests: all that the trail keeps is copied by the garbage collector twice. */
class Outcome implements TrailEntry {
  readonly #progress: Progress;
  readonly #status: number;
  // Not the error: its stack holds whatever the functions in it knew.
  readonly #code: string | undefined;
  readonly #message: string | undefined;
  #detail: Detail | undefined;
  /** Bytes, without the decisions. Of what is large, only that it is. */
  readonly ownSize: number;
  readonly size: number;

  constructor(progress: Progress, status: number, error: WireError | undefined) {
    this.#progress = progress;
    this.#status = status;
    this.#code = error?.code;
    this.#message = error && (error.wireMessage ?? "");
    this.#detail = error?.detail;
    const { textSize, caller, input, checks } = progress;
    const told = 2 * (this.#message?.length ?? 0) + detailSize(this.#detail);
    this.ownSize = ENTRY + textSize + told + footprint(caller) + footprint(input, LARGE) + footprint(checks, LARGE);
    this.size = this.ownSize + footprint(progress.authorizations);
  }

  get requestId(): string {
    return this.#progress.id;
  }

  get authorizations(): readonly Authorization[] {
    return this.#progress.authorizations;
  }

  event(): TrailEvent {
    const {
      now,
      service,
      otherService = "unknown",
      action,
      facts,
      caller,
      authorizations,
      checks,
      unmapped,
    } = this.#progress;
    const input = this.#progress.input as Record<string, unknown> | undefined;
    const denial = authorizations.find((made) => made.denial !== undefined)?.denial ?? unmapped;
    // Found out once.
    const detail = (this.#detail = this.#detail && detailText(this.#detail));
    return {
      ...eventHead(service?.name ?? otherService, action, now, facts),
      userIdentity: caller ? userIdentity(caller) : null,
      requestParameters: requestParameters(input),
      readOnly: READS.test(action),
      httpStatus: this.#status,
      ...(facts.fromConsole && { sessionCredentialFromConsole: "true" as const }),
      ...(this.#code !== undefined && { errorCode: this.#code, errorMessage: withoutSecrets(this.#message!, input) }),
      ...(detail !== undefined && { errorDetail: detail }),
      ...(caller && { recipientAccountId: caller.account }),
      ...(checks && calledFor(checks)),
      ...(denial !== undefined && denial !== this.#message && { uncheckedDenial: denial }),
    };
  }
}
