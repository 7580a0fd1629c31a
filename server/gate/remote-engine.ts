import { systemRandom, uuid } from "../../data/random.ts";
import { header } from "../../signing/signed-request.ts";
import { InvalidOption } from "../option-values.ts";
import { otherCall } from "../other-services.ts";
import { ControlPlane } from "./control-plane-client.ts";
import type { Engine, GateHead, Passage, Refusal } from "./engine.ts";
import {
  errorMessage,
  refusalFrom,
  verdictFrom,
  type BodyRefusedMessage,
  type CompletedMessage,
  type DecideMessage,
  type VerdictMessage,
} from "./messages.ts";
import { renderServiceError, type ServiceCall } from "./service-error.ts";

export interface RemoteOptions {
  readonly unmapped?: "pass" | "refuse";
  /** Names of hosts, besides this machine, that the emulator may be on. */
  readonly allowedHosts?: readonly string[];
}

/** An engine whose connections can be closed. */
export interface RemoteEngine extends Engine {
  /** Which check was off when the emulator last answered; undefined where all were on. */
  unchecked(): string | undefined;
  close(): Promise<void>;
}

/**
 * Has the emulator at `iam`, such as `http://127.0.0.1:4593`, decide, over its control plane. What comes back may hold keys that
 * sign, if only for a day, a region and a service; so the emulator must be on this machine, or on a host that was named. Throws
 * InvalidOption where it is not.
 */
export function remoteEngine(
  iam: string,
  { unmapped = "refuse", allowedHosts = [] }: RemoteOptions = {},
): RemoteEngine {
  const control = new ControlPlane(iam, checkedUrl(iam, allowedHosts));
  return {
    async decide(head, body) {
      const message: DecideMessage = { head: headOf(head), body: body?.toString("base64"), unmapped };
      try {
        return verdictFrom(await control.ask<VerdictMessage>("decide", message));
      } catch (cause) {
        control.failed("has not decided about a call", cause);
        return unreachable(callOf(head), iam, header(head.rawHeaders, "content-type"));
      }
    },
    async completed({ requestId }, status, answer) {
      const message: CompletedMessage = { requestId, status, body: answer?.body?.toString("base64") };
      try {
        await control.ask("completed", message);
      } catch (cause) {
        control.failed(`could not be told how the request ${requestId} has ended`, cause);
      }
    },
    async bodyRefused({ requestId, call }, error) {
      const { service, operation, protocol } = call;
      const message: BodyRefusedMessage = {
        requestId,
        call: { service, operation, protocol },
        error: errorMessage(error),
      };
      try {
        return refusalFrom(await control.ask("body-refused", message));
      } catch (cause) {
        control.failed("has not refused a body", cause);
        return unreachable(call, iam, undefined);
      }
    },
    unchecked: () => control.unchecked,
    close: () => control.close(),
  };
}

function checkedUrl(iam: string, allowedHosts: readonly string[]): URL {
  const url = URL.canParse(iam) ? new URL(iam) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new InvalidOption(
      `iam must be the URL of an emulator, such as http://127.0.0.1:4593, not ${JSON.stringify(iam)}`,
    );
  }
  const { hostname } = url;
  if (/^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname) || allowedHosts.includes(hostname)) return url;
  throw new InvalidOption(
    `iam: the emulator's answers hold keys that sign, and ${hostname} is neither this machine nor a host in allowedHosts`,
  );
}

/** No more than the emulator's control plane takes. */
const headOf = ({ method, target, rawHeaders, sourceIp, secure, userAgent }: GateHead): GateHead => ({
  method,
  target,
  rawHeaders,
  sourceIp,
  secure,
  userAgent,
});

const callOf = (head: GateHead): ServiceCall =>
  otherCall(head, undefined) ?? { service: "s3", operation: "", protocol: "s3" };

/** What nobody decides does not pass. Clients take it for a service that is down, and try again. */
function unreachable(call: Passage["call"], iam: string, sentType: string | undefined): Refusal {
  const requestId = uuid(systemRandom);
  const isJson = ["json", "cbor", "rest-json"].includes(call.protocol);
  const error = {
    code: isJson ? "ServiceUnavailableException" : "ServiceUnavailable",
    status: 503,
    message: `The emulator at ${iam}, which decides what the gate lets pass, does not answer.`,
  };
  const { headers, body } = renderServiceError(call, error, requestId, sentType);
  return { kind: "refuse", requestId, status: 503, headers: { "x-amzn-RequestId": requestId, ...headers }, body };
}
