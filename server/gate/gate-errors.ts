import { systemRandom, uuid } from "../../data/random.ts";
import { header } from "../../signing/signed-request.ts";
import { otherCall } from "../other-services.ts";
import type { GateHead, Passage, Refusal } from "./engine.ts";
import { renderServiceError, type ServiceCall, type ServiceError } from "./service-error.ts";

// What the gate says for itself, in the form of the service that was called: codes that its clients take for what they are, a
// service that is down for one, which they try again.

/** A body that would have to be read whole and is too large for that. */
export function tooLarge(head: GateHead, limit: number): Refusal {
  const call = otherCall(head, undefined) ?? { service: "", operation: "", protocol: "rest-json" };
  const message = `The request is larger than the ${limit} bytes that the gate reads whole.`;
  return refusal(head, call, { code: "RequestEntityTooLarge", status: 413, message }, uuid(systemRandom));
}

/** A service that cannot be reached at `origin`, or that has no upstream. */
export function unavailable(head: GateHead, { call, requestId }: Passage, origin: string | undefined): Refusal {
  const isJson = call.protocol === "json" || call.protocol === "cbor" || call.protocol === "rest-json";
  const message =
    origin === undefined
      ? `The gate has no upstream for ${call.service}.`
      : `The upstream of ${call.service} at ${origin} does not answer.`;
  const code = isJson ? "ServiceUnavailableException" : "ServiceUnavailable";
  return refusal(head, call, { code, status: 503, message }, requestId);
}

function refusal(head: GateHead, call: ServiceCall, error: ServiceError, requestId: string): Refusal {
  const { headers, body } = renderServiceError(call, error, requestId, header(head.rawHeaders, "content-type"));
  return {
    kind: "refuse",
    requestId,
    status: error.status,
    headers: { "x-amzn-requestid": requestId, ...headers },
    body,
  };
}
