import type { Soon } from "../../data/soon.ts";
import { decisionReport } from "../../handlers/decision-report.ts";
import type { ServiceAnswer } from "../../handlers/gate/resource-changes.ts";
import { claimedService } from "../../signing/service-signature.ts";
import { header } from "../../signing/signed-request.ts";
import { SigningError } from "../../signing/signing-error.ts";
import type { Emulation } from "../emulation.ts";
import { recordOutcome } from "../outcome.ts";
import { begin } from "../perform.ts";
import type { Progress } from "../progress.ts";
import { answer } from "../service.ts";
import { readAnswer } from "./answer-members.ts";
import { ask, type Asked } from "./asked.ts";
import { rememberCiphertext } from "./ciphertexts.ts";
import type { Engine, GateHead, Passage, Refusal } from "./engine.ts";
import { judge, type Judgement } from "./judge.ts";
import { addPassage, takePassage, type PendingPassage } from "./passages.ts";
import { bodyCut, credentialsRefused, refusalFor } from "./refusals.ts";
import { isOwnVersion, isUnsigned, queryCall } from "./unsigned.ts";

export interface EngineOptions {
  /** Whether calls are let through whose permissions nobody can tell; they are refused by default. */
  readonly unmapped?: "pass" | "refuse";
}

/** Decides by the emulator's own state, clock and trail. */
export function localEngine(emulation: Emulation, { unmapped = "refuse" }: EngineOptions = {}): Engine {
  return {
    async decide(head, body) {
      if (isOwn(head, body ?? new Uint8Array())) return answered(head, body ?? Buffer.alloc(0), emulation);
      const fresh = await emulation.store.fresh()?.then(undefined, (cause: unknown) => ({ cause }));
      const asked = ask(head, body, emulation);
      const sentType = header(head.rawHeaders, "content-type");
      try {
        if (fresh) throw fresh.cause;
        const judgement = await emulation.store.transact((tx) => judge(asked, unmapped === "pass", emulation, tx));
        await emulation.store.durable();
        const { progress } = asked;
        addPassage({ progress, call: judgement.call, sentType, keep: judgement.keep }, emulation);
        return passage(asked, judgement);
      } catch (cause) {
        const refusal = refusalFor(cause, asked.call, { progress: asked.progress, emulation, sentType });
        return explained(refusal, asked);
      }
    },

    async completed({ requestId }, status, given) {
      const pending = takePassage(requestId, emulation);
      if (!pending) return;
      try {
        const isDone = status !== undefined && status >= 200 && status < 300;
        if (isDone) await keepOf(pending, readAnswer(given?.body), emulation);
        recordOutcome(pending.progress, emulation, status ?? NO_ANSWER);
        await emulation.store.durable();
      } catch (cause) {
        console.error(`iam-local: what the request ${requestId} has changed could not be kept:`, cause);
      }
    },

    async bodyRefused({ requestId, call }, error) {
      const pending = takePassage(requestId, emulation);
      const { progress, sentType } = pending ?? { progress: begin(emulation, UNKNOWN_SOURCE), sentType: undefined };
      const cause = error instanceof SigningError ? credentialsRefused(error, call, undefined) : bodyCut(error);
      return refusalFor(cause, call, { progress, emulation, sentType });
    },
  };
}

/** Keeps what a call has changed, and what its answer tells of ciphertexts. */
function keepOf({ keep, call }: PendingPassage, told: ServiceAnswer, { store, clock }: Emulation): Soon<void> {
  const isOfKms = call.service === "kms";
  if (!keep && !isOfKms) return;
  return store.transact((tx) => {
    keep?.(tx, told);
    if (isOfKms) rememberCiphertext(told, clock.now(), tx);
  });
}

/** What the trail says of a call whose service has not answered. */
const NO_ANSWER = 503;
/** Of a call that a reset has made forgotten in the middle of its body. */
const UNKNOWN_SOURCE = { sourceIp: "", secure: false, userAgent: "" };

/** Calls to IAM and STS have come to the right place: the emulator answers them itself, in all respects. */
const isOwn = (head: GateHead, body: Uint8Array): boolean => {
  const service = claimedService(head);
  if (service !== undefined) return service === "iam" || service === "sts";
  return isUnsigned(head) && isOwnVersion(queryCall(head, body).version);
};

async function answered(head: GateHead, body: Buffer, emulation: Emulation): Promise<Refusal> {
  const response = await answer({ ...head, body }, emulation);
  return { kind: "refuse", requestId: response.headers["x-amzn-RequestId"]!, ...response };
}

function passage(asked: Asked, { call, plan }: Judgement): Passage {
  const { caller, facts, id } = asked.progress;
  const { service, operation, protocol } = call;
  return {
    kind: "pass",
    requestId: id,
    call: "unmapped" in call ? { service, operation, protocol } : call,
    account: asked.anonymous ? undefined : caller!.account,
    region: facts.region,
    body: plan,
    decision: asksWhy(asked.head) ? decisionLine(asked.progress) : "",
  };
}

const asksWhy = ({ rawHeaders }: GateHead): boolean => header(rawHeaders, "x-iam-local-explain") !== undefined;

function explained(refusal: Refusal, { head, progress }: Asked): Refusal {
  if (!asksWhy(head)) return refusal;
  const decision = decisionLine(progress).replace(/[^\x20-\x7e]+/g, " ");
  return { ...refusal, headers: { ...refusal.headers, "x-iam-local-decision": decision } };
}

/** What decided, in a line. */
function decisionLine({ authorizations, unmapped }: Progress): string {
  if (unmapped !== undefined) return `not decided: ${unmapped}`;
  const lines = authorizations.map(decisionReport).map(({ action, resource, reasons: [first = ""] }) => {
    return `${action} on ${resource}: ${first}`;
  });
  return lines.join(" ") || "no permission was looked at";
}
