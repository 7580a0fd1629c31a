import type { Caller } from "../handlers/caller.ts";
import type { Context, Input, Operation, OperationName, Output, RequestFacts } from "../handlers/operation.ts";
import type { Emulation } from "./emulation.ts";
import { recordOutcome, refusalOf } from "./outcome.ts";
import { apiOperation, begin, implementation, noteUse, perform, useIn, type Work } from "./perform.ts";
import type { Progress } from "./progress.ts";
import type { Soon } from "./soon.ts";
import { validate } from "./validate.ts";
import { WebError } from "./web/errors.ts";

// For callers who have been authenticated otherwise than by a signature: what answer() (server/service.ts) does from
// validation on. It is checked, decided, made durable and noted in the trail as a request on the wire is.

/** Where a request came from. */
export type Origin = Omit<RequestFacts, "id" | "region">;

/** Who asks, and where. */
export interface Asking {
  readonly caller: Caller;
  readonly emulation: Emulation;
  readonly from: Origin;
}

/** Runs an operation. Rejects with the WireError that the wire would answer. */
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
 * Does `work`, which no operation does, as `operation`: by its permissions, and noted under its name, or only where it is
 * refused. Its input is what is known of it for the permissions and the trail. Rejects with the WireError that the
 * operation would answer, and with the WebError that `work` throws, which is none of the operation's.
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

/** A request to run an operation, of a caller who has been authenticated otherwise than by a signature. */
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
  emulation.store.transact((tx) => noteUse(progress.caller!, useIn(progress), progress, tx));
  return perform(operation, progress.input!, progress, emulation, work);
}

/** Waits until what came out is durable, and notes how it ended. */
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
