import type { Caller } from "../handlers/caller.ts";
import type { Context, Input, Operation, OperationName, Output, RequestFacts } from "../handlers/operation.ts";
import type { Emulation } from "./emulation.ts";
import { recordOutcome, refusalOf } from "./outcome.ts";
import { apiOperation, begin, implementation, noteUse, perform, useIn, type Work } from "./perform.ts";
import type { Progress } from "./progress.ts";
import type { Soon } from "../data/soon.ts";
import { validate } from "./validate.ts";
import { WebError } from "./web/errors.ts";

// For callers who are authenticated by something other than a signature: what answer() (server/service.ts) does from
// validation on. The call is checked, decided, made durable and noted in the trail like a request on the wire.

/** Where a request came from. */
export type Origin = Omit<RequestFacts, "id" | "region">;

/** Who calls, and from where. */
export interface Asking {
  readonly caller: Caller;
  readonly emulation: Emulation;
  readonly from: Origin;
}

/** Runs an operation. Rejects with the WireError that the wire would get. */
export async function call<N extends OperationName>(
  name: N,
  input: Input<N>,
  caller: Caller,
  emulation: Emulation,
  from: Origin,
): Promise<Output<N>> {
  const progress = beginAs(caller, name, input as object, emulation, from);
  const output = await ended(progress, emulation, () => {
    validate(apiOperation(name), input as object);
    return run(implementation(name), progress, emulation);
  });
  return (output ?? {}) as Output<N>;
}

/**
 * Does `work`, which is no operation, in the name of `operation`: with its permissions, and noted in the trail under
 * its name, always or only if it is refused. `input` is what is known of the operation's input, for the permissions and
 * the trail. Rejects with the WireError that the operation would answer, and with any WebError of the emulator's own
 * that `work` throws.
 */
export async function workAs<R extends object | void>(
  operation: Operation,
  input: object,
  work: (context: Context) => R,
  { caller, emulation, from }: Asking,
  noted: "always" | "if refused" = "always",
): Promise<R> {
  const progress = beginAs(caller, operation.name, input, emulation, from);
  return (await ended(progress, emulation, () => run(operation, progress, emulation, work), noted)) as R;
}

/** A request for an operation, by a caller who was authenticated by something other than a signature. */
function beginAs(caller: Caller, name: OperationName, input: object, emulation: Emulation, from: Origin): Progress {
  const progress = begin(emulation, from);
  progress.service = apiOperation(name).service;
  progress.action = name;
  progress.caller = caller;
  progress.input = input;
  if (progress.service.name === "iam") progress.facts.region = "us-east-1";
  return progress;
}

function run(operation: Operation, progress: Progress, emulation: Emulation, work?: Work): Soon<object | undefined> {
  emulation.store.read((tx) => noteUse(progress.caller!, useIn(progress), progress, tx));
  return perform(operation, progress.input!, progress, emulation, work);
}

/** Waits until the result is durable, and notes the outcome. */
async function ended(
  progress: Progress,
  emulation: Emulation,
  work: () => Soon<object | undefined>,
  noted: "always" | "if refused" = "always",
): Promise<object | undefined> {
  try {
    const output = await work();
    await emulation.store.durable();
    if (noted === "always") recordOutcome(progress, emulation, 200);
    return output;
  } catch (cause) {
    if (cause instanceof WebError) throw cause;
    const error = await refusalOf(cause, progress, emulation);
    recordOutcome(progress, emulation, error.status, error);
    throw error;
  }
}
