import { StoreFailed } from "../../data/store.ts";
import { authorize } from "../../handlers/authorize.ts";
import { WireError } from "../../handlers/errors.ts";
import { isRegion } from "../../signing/regions.ts";
import {
  readServiceSignature,
  type ServiceSignature,
  verifyServiceSignature,
} from "../../signing/service-signature.ts";
import { header } from "../../signing/signed-request.ts";
import { accountThere, claimOf } from "../authenticate.ts";
import type { Emulation } from "../emulation.ts";
import { credentialsRefused, permissionRefused, Refused, refusalFor } from "../gate/refusals.ts";
import type { ServiceCall } from "../gate/service-error.ts";
import type { AnalyzerOperation } from "../other-services.ts";
import { recordOutcome } from "../outcome.ts";
import { contextOf, noteUse } from "../perform.ts";
import type { Progress } from "../progress.ts";
import type { WireRequest, WireResponse } from "../service.ts";
import { openSession } from "../sessions.ts";
import { checkAccessNotGranted, checkNoNewAccess, checkNoPublicAccess } from "./access-checks.ts";
import { readInput } from "./input.ts";
import { INPUTS } from "./model.ts";
import { validatePolicy } from "./validate-policy.ts";

// IAM Access Analyzer, as far as it is about documents alone: it has no state, so that an operation is a function of its input.

const SERVICE = "access-analyzer";

/** The input has been read and validated. */
const OPERATIONS: { readonly [N in AnalyzerOperation]: (input: any) => object } = {
  ValidatePolicy: validatePolicy,
  CheckAccessNotGranted: checkAccessNotGranted,
  CheckNoNewAccess: checkNoNewAccess,
  CheckNoPublicAccess: checkNoPublicAccess,
};

/**
 * Answers a call of Access Analyzer: who calls, whether they may, and what comes of it. Never rejects; whatever goes wrong is an error of
 * the protocol (evidence: access-analyzer-protocol).
 */
export async function answerAnalyzer(
  operation: AnalyzerOperation,
  request: WireRequest,
  progress: Progress,
  emulation: Emulation,
): Promise<WireResponse> {
  const call: ServiceCall = { service: SERVICE, operation, protocol: "rest-json" };
  progress.otherService = SERVICE;
  progress.action = operation;
  try {
    authenticate(call, request, progress, emulation);
    await accountThere(progress.caller!.account, progress.now, emulation.store);
    const input = readInput(INPUTS[operation], request.target, request.body);
    progress.input = inTrail(operation, input);
    permit(call, progress, emulation);
    const output = OPERATIONS[operation](input);
    await emulation.store.durable();
    recordOutcome(progress, emulation, 200);
    const date = new Date(progress.now).toUTCString();
    const headers = { "x-amzn-RequestId": progress.id, Date: date, "Content-Type": "application/json" };
    return { status: 200, headers, body: JSON.stringify(output) };
  } catch (cause) {
    const sentType = header(request.rawHeaders, "content-type");
    const told = await afterDurable(cause, progress, emulation);
    const refused = refusalFor(told, call, { progress, emulation, sentType });
    return { status: refused.status, headers: { ...refused.headers }, body: refused.body };
  }
}

/** What a refusal comes from, once the state that it speaks of is durable; the store's failure where it cannot be. */
async function afterDurable(cause: unknown, { id, action }: Progress, { store }: Emulation): Promise<unknown> {
  try {
    await store.durable();
  } catch (failure) {
    return failure;
  }
  if (cause instanceof Refused || cause instanceof StoreFailed) return cause;
  console.error(`iam-local: request ${id} (${action}) failed inside:`, cause);
  const message = "The request processing has failed because of an unknown error, exception or failure.";
  return new Refused({ code: "InternalServerException", status: 500, message });
}

/** Finds the caller and proves it. Throws Refused. */
function authenticate(call: ServiceCall, request: WireRequest, progress: Progress, emulation: Emulation): void {
  const { store, clock, options } = emulation;
  const { now, facts } = progress;
  let signature: ServiceSignature | undefined;
  try {
    const times = clock.moved ? [now, clock.machineNow()] : [now];
    const read = (signature = readServiceSignature(request, { service: SERVICE, times, regionValid: isRegion }));
    store.read((tx) => {
      const open = (token: string) => openSession(token, emulation, tx);
      const { caller, secret } = claimOf(read, tx, now, options, open);
      verifyServiceSignature(request, read, secret, request.body, options.rootSecretAccessKey);
      progress.caller = caller;
      facts.region = read.region;
      noteUse(caller, { service: SERVICE, action: call.operation }, progress, tx);
    });
  } catch (cause) {
    throw credentialsRefused(cause, call, signature);
  }
}

/** Decides the permission, which is asked on no resource. Throws Refused. */
function permit(call: ServiceCall, progress: Progress, emulation: Emulation): void {
  const { caller, now, facts } = progress;
  const permission = { action: `${SERVICE}:${call.operation}`, resource: { arn: "*" } };
  try {
    emulation.store.read((tx) => {
      const context = contextOf(caller!, now, facts, tx, emulation);
      authorize([permission], context, (made) => progress.authorizations.push(made));
    });
  } catch (cause) {
    if (!(cause instanceof WireError)) throw cause;
    throw permissionRefused(call, cause.wireMessage!);
  }
}

/** CloudTrail hides the documents of the checks, which the model marks as sensitive (evidence: access-analyzer-protocol). */
function inTrail(operation: AnalyzerOperation, input: object): object {
  if (operation === "ValidatePolicy") return input;
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      /Document$/i.test(name) ? "HIDDEN_DUE_TO_SECURITY_REASONS" : value,
    ]),
  );
}
