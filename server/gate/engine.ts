import type { MappedCall } from "../../gate/call.ts";
import type { BodyPlan } from "../../signing/body-plan.ts";

// What the gate's proxy asks for each request. The emulator itself answers where the gate runs in its process, its control
// plane where the gate runs beside it, so that secrets stay where they are and there is one state, clock and trail.

/** A request's head as it came off the wire. */
export interface GateHead {
  readonly method: string;
  readonly target: string;
  readonly rawHeaders: readonly string[];
  readonly sourceIp: string;
  readonly secure: boolean;
  readonly userAgent: string;
}

/** How a request ends here: an answer in the protocol of its service. */
export interface Refusal {
  readonly kind: "refuse";
  readonly requestId: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
}

export interface Passage {
  readonly kind: "pass";
  readonly requestId: string;
  readonly call:
    | MappedCall
    | { readonly service: string; readonly operation: string; readonly protocol: MappedCall["protocol"] };
  /** Of the caller; undefined for an anonymous one. */
  readonly account: string | undefined;
  /** The region of the signature's scope, for the upstream's new signature. */
  readonly region: string;
  /** How the body, which may be still to come, is to be checked while it passes. */
  readonly body: BodyPlan;
  /** One line for people: what decided. Sent as `x-iam-local-decision` where the request asked for it. */
  readonly decision: string;
}

export type Verdict = Passage | Refusal;

/** Who verifies and decides. Neither member throws: what goes wrong inside is a refusal with 500 or 503 in the service's form. */
export interface Engine {
  /** `body` is absent where it is streamed (`needsBody` of gate/body.ts says no). */
  decide(head: GateHead, body?: Buffer): Promise<Verdict>;
  /** The upstream has answered a passage with `status`, or with none where it failed: what the call changed is kept (resource policies, owners), and the trail told. */
  completed(
    passage: Passage,
    status: number | undefined,
    answer?: { readonly headers: Readonly<Record<string, string>>; readonly body?: Buffer },
  ): Promise<void>;
  /** A body that did not prove to be the signed one while it passed, as a refusal in the service's form. */
  bodyRefused(passage: Passage, error: Error): Promise<Refusal>;
}
