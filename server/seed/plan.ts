import { uuid } from "../../data/random.ts";
import type { Transaction } from "../../data/store.ts";
import type { Caller } from "../../handlers/caller.ts";
import { rootCaller } from "../../handlers/callers.ts";
import { WireError } from "../../handlers/errors.ts";
import type { Context, Input, OperationName, Output } from "../../handlers/operation.ts";
import { WebError } from "../web/errors.ts";
import type { Emulation } from "../emulation.ts";
import { apiOperation, contextOf, decide, implementation, prepareFor } from "../perform.ts";
import { validate } from "../validate.ts";
import type { Place } from "./place.ts";

/** One thing to do in an account, as its root. */
export interface Step {
  /** The place in the seed that asks for it. */
  readonly place: Place;
  readonly account: string;
  /** The part that may wait, such as hashing a password. Changes nothing. */
  prepare(emulation: Emulation): unknown;
  run(context: Context, prepared: never): void;
}

/** What to do in an account, in order. */
export class Plan {
  readonly account: string;
  readonly steps: Step[] = [];

  constructor(account: string) {
    this.account = account;
  }

  /** Calls an operation, which is validated, authorized and handled like a request of root. */
  call<N extends OperationName>(place: Place, name: N, input: Input<N>): void {
    this.do(
      place,
      (context, prepared) => void handle(name, input, context, prepared),
      (emulation) => prepareCall(name, input, rootCaller(this.account, this.account), emulation),
    );
  }

  /** Does something that no operation does. */
  do<P>(
    place: Place,
    run: (context: Context, prepared: P) => void,
    prepare?: (emulation: Emulation) => P | Promise<P>,
  ) {
    this.steps.push({ place, account: this.account, run, prepare: prepare ?? (() => undefined) });
  }
}

/** A step was refused, and with it everything that was to be done together. */
export class StepRefused extends Error {
  override readonly name = "StepRefused";
  readonly step: Step;
  readonly refusal: WireError | WebError;

  constructor(step: Step, refusal: WireError | WebError) {
    // Refusals of the emulator's own tools have plain messages.
    const { code, message } = refusal;
    super(refusal instanceof WebError ? message : message === code ? code : `${code}: ${message}`);
    this.step = step;
    this.refusal = refusal;
  }
}

/**
 * Prepares steps and resolves to a function that does them within a transaction. Rejects with StepRefused; the function
 * throws it too. Nothing is noted in the trail, since nobody has sent these requests.
 */
export async function prepareSteps(steps: readonly Step[], emulation: Emulation): Promise<(tx: Transaction) => void> {
  const prepared = await Promise.all(steps.map((step) => prepareStep(step, emulation)));
  return (tx) => {
    for (const [index, step] of steps.entries()) {
      try {
        step.run(rootContext(step.account, tx, emulation), prepared[index] as never);
      } catch (cause) {
        refuse(step, cause);
      }
    }
  };
}

async function prepareStep(step: Step, emulation: Emulation): Promise<unknown> {
  try {
    return await step.prepare(emulation);
  } catch (cause) {
    refuse(step, cause);
  }
}

function refuse(step: Step, cause: unknown): never {
  throw cause instanceof WireError || cause instanceof WebError ? new StepRefused(step, cause) : cause;
}

function prepareCall<N extends OperationName>(name: N, input: Input<N>, caller: Caller, emulation: Emulation): unknown {
  validate(apiOperation(name), input as object);
  return prepareFor(implementation(name), input as object, caller, emulation);
}

/** Runs an operation inside a transaction, with validated input. */
export function handle<N extends OperationName>(
  name: N,
  input: Input<N>,
  context: Context,
  prepared?: unknown,
): Output<N> {
  const operation = implementation(name);
  operation.spec.admit?.(input, context);
  return decide(operation, input as object, context, prepared, () => {}) as Output<N>;
}

/** The context of a request by an account's root from within the emulator. */
export function rootContext(account: string, tx: Transaction, emulation: Emulation): Context {
  const { clock, random } = emulation;
  const from = { sourceIp: "127.0.0.1", userAgent: "iam-local", secure: false };
  const request = { id: uuid(random), region: "us-east-1", ...from };
  return contextOf(rootCaller(account, account), clock.now(), request, tx, emulation);
}
