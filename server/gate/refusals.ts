import { refusalOf } from "../../gate/signing-errors.ts";
import { StoreFailed } from "../../data/store.ts";
import { WireError } from "../../handlers/errors.ts";
import type { Detail } from "../../signing/detail.ts";
import type { Signature } from "../../signing/read-signature.ts";
import { SigningError } from "../../signing/signing-error.ts";
import type { Emulation } from "../emulation.ts";
import { recordOutcome } from "../outcome.ts";
import type { Progress } from "../progress.ts";
import type { Refusal } from "./engine.ts";
import { accessDenied, renderServiceError, type ServiceCall, type ServiceError } from "./service-error.ts";

/** A call that is not let through, in the words of its service. */
export class Refused extends Error {
  readonly error: ServiceError;
  /** For the trail alone. */
  readonly detail: Detail | undefined;

  constructor(error: ServiceError, detail?: Detail) {
    super(error.message ?? error.code);
    this.error = error;
    this.detail = detail;
  }
}

/** A refusal of a signature or of credentials, as the service of the call words it. Anything else is thrown on. */
export function credentialsRefused(
  cause: unknown,
  call: ServiceCall,
  signature: Partial<Signature> | undefined,
): Refused {
  if (cause instanceof Refused) return cause;
  if (!(cause instanceof SigningError || cause instanceof WireError)) throw cause;
  return new Refused(refusalOf(cause, call.protocol, { service: call.service, signature }), cause.detail);
}

/** A refusal of a body that was cut, or of another length than was said. */
export const bodyCut = ({ message }: Error): Refused => new Refused({ code: "IncompleteBody", status: 400, message });

/** A refusal of a permission, by the sentence that says so. */
export const permissionRefused = (call: ServiceCall, message: string, detail?: Detail): Refused =>
  new Refused(accessDenied(call, message), detail);

/** A refusal that the service words itself, as that of a policy that is none. Anything else is thrown on. */
export function documentRefused(cause: unknown): Refused {
  if (!(cause instanceof WireError)) throw cause;
  return new Refused({ code: cause.code, status: cause.status, message: cause.wireMessage }, cause.detail);
}

/** What was thrown, as the call's service would say it; what nobody has meant to throw is logged, and is the service's failure. */
function errorOf(cause: unknown, { protocol }: ServiceCall, { id, action }: Progress): ServiceError {
  if (cause instanceof Refused) return cause.error;
  const code = protocol === "s3" ? "InternalError" : protocol === "query" ? "InternalFailure" : "InternalServerError";
  if (cause instanceof StoreFailed) return { code, status: 500, message: cause.told };
  console.error(`iam-local: request ${id} (${action}) failed inside the gate:`, cause);
  return { code, status: 500, message: "The gate has failed because of an unknown error." };
}

/** Ends a call that is not let through: the trail gets its event, and whoever has called an answer of the service. */
export function refusalFor(
  cause: unknown,
  call: ServiceCall,
  { progress, emulation, sentType }: { progress: Progress; emulation: Emulation; sentType: string | undefined },
): Refusal {
  const error = errorOf(cause, call, progress);
  const { code, status, message } = error;
  const detail = cause instanceof Refused ? cause.detail : undefined;
  recordOutcome(progress, emulation, status, new WireError(code, status, message, detail));
  const { headers, body } = renderServiceError(call, error, progress.id, sentType);
  return {
    kind: "refuse",
    requestId: progress.id,
    status,
    // Clients read the clock off the date, so it is the emulator's own.
    headers: { "x-amzn-RequestId": progress.id, Date: new Date(progress.now).toUTCString(), ...headers },
    body,
  };
}
