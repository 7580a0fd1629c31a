import type { Transaction } from "../../data/store.ts";
import { needsBody } from "../../gate/body.ts";
import type { MappedCall, Unmapped } from "../../gate/call.ts";
import { mapCall } from "../../gate/map.ts";
import { authorize } from "../../handlers/authorize.ts";
import { WireError } from "../../handlers/errors.ts";
import { changeBy } from "../../handlers/gate/call-changes.ts";
import { knownIn } from "../../handlers/gate/known.ts";
import { permissionFor } from "../../handlers/gate/permissions.ts";
import type { Keep } from "../../handlers/gate/resource-changes.ts";
import type { BodyPlan } from "../../signing/body-plan.ts";
import type { Emulation } from "../emulation.ts";
import { contextOf, noteUse } from "../perform.ts";
import type { Progress } from "../progress.ts";
import type { Asked } from "./asked.ts";
import { authenticateCall, UNREAD } from "./authenticate-call.ts";
import { keyOfCiphertext } from "./ciphertexts.ts";
import { inputShown } from "./input-shown.ts";
import { documentRefused, permissionRefused } from "./refusals.ts";

/** A call that may pass. */
export interface Judgement {
  readonly call: MappedCall | Unmapped;
  readonly plan: BodyPlan;
  readonly keep: Keep | undefined;
}

/** More than any operation asks about at once: DeleteObjects names a thousand, each in two readings at most. */
const MOST_CHECKS = 2500;

/**
 * Whether a call may pass, in one turn of the event loop: whose signature it is, whether it is right, what it takes, whether that
 * is there. Throws Refused; `passUnmapped` lets through what nobody can tell the permissions of.
 */
export function judge(asked: Asked, passUnmapped: boolean, emulation: Emulation, tx: Transaction): Judgement {
  const { head, progress } = asked;
  const { options } = emulation;
  beginAgain(progress);
  const plan = authenticateCall(asked, emulation, tx);
  const { caller, facts } = progress;
  const { service } = asked.call;
  const body = asked.body ?? new Uint8Array();
  const known = { ...knownIn(tx), keyOfCiphertext: (text: string) => keyOfCiphertext(text, tx) };
  const call = mapCall({ ...head, body, service, region: facts.region, account: caller!.account }, known);
  progress.action = call.operation;
  const isRead = asked.body !== undefined && plan.kind !== "chunks";
  const unmapped = !isRead && needsBody({ ...head, service }) ? UNREAD : whyUnmapped(call);
  const isNobody = caller!.principal.type === "anonymous";
  // What nobody has signed passes where a policy says so, and not for want of one.
  if (isNobody && ("unmapped" in call || unmapped !== undefined || call.checks.length === 0)) {
    throw permissionRefused(call, "Access Denied", unmapped);
  }
  if ("unmapped" in call || unmapped !== undefined) {
    if (!passUnmapped && options.enforcement === "on") throw permissionRefused(call, refusedUnmapped(unmapped!));
    progress.unmapped = unmapped!;
    return { call, plan, keep: undefined };
  }
  progress.checks = call.checks;
  progress.input = inputShown(call.input);
  const [prefix = service, action] = call.checks[0]?.action.split(":") ?? [service, call.operation];
  noteUse(caller!, { service: prefix, action }, progress, tx);
  permit(asked, call, emulation, tx);
  return { call, plan, keep: changes(asked, call, emulation, tx) };
}

/** The work of a transaction may be run again: nothing that a former run has noted counts. */
function beginAgain(progress: Progress): void {
  progress.authorizations.length = 0;
  progress.caller = progress.input = undefined;
  delete progress.checks;
  delete progress.unmapped;
}

function whyUnmapped(call: MappedCall | Unmapped): string | undefined {
  if ("unmapped" in call) return call.unmapped;
  return call.checks.length > MOST_CHECKS ? `It is about more than ${MOST_CHECKS} things at once.` : undefined;
}

const refusedUnmapped = (why: string): string =>
  `${why} The gate cannot tell which permissions the call needs, so that it is refused; --unmapped pass lets such calls through.`;

/** Decides all that the call takes. Throws Refused in the words of the service. */
function permit({ progress }: Asked, call: MappedCall, emulation: Emulation, tx: Transaction): void {
  const { caller, now, facts } = progress;
  const context = contextOf(caller!, now, facts, tx, emulation);
  const makes = call.service === "s3" && call.operation === "CreateBucket";
  const where = { ...context, home: emulation.options.account, makes };
  const permissions = call.checks.map((check) => permissionFor(check, where));
  try {
    authorize(permissions, context, (made) => progress.authorizations.push(made));
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw permissionRefused(call, cause.wireMessage!);
  }
}

/** What the call will change. Throws Refused where that cannot be. */
function changes(
  { progress, body = new Uint8Array() }: Asked,
  call: MappedCall,
  emulation: Emulation,
  tx: Transaction,
): Keep | undefined {
  try {
    return changeBy(call, Buffer.from(body).toString("utf8"), {
      account: progress.caller!.account,
      home: emulation.options.account,
      tx,
    });
  } catch (cause) {
    throw documentRefused(cause);
  }
}
