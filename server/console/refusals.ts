import { StoreFailed } from "../../data/store.ts";
import { WireError } from "../../handlers/errors.ts";
import { ControlError } from "../control/errors.ts";
import { Refused } from "./page.ts";

/** What a page says first when something was refused. */
export interface ErrorSummary {
  readonly status: number;
  /** AWS's code, of a refusal of the API. */
  readonly code?: string;
  readonly message: string;
  /** The request that was refused, which the trail can explain. */
  readonly requestId?: string | undefined;
}

/** Anything thrown, as it is told to whoever reads the page. What is no refusal is logged. */
export function errorSummary(cause: unknown): ErrorSummary {
  if (cause instanceof Refused || cause instanceof ControlError)
    return { status: cause.status, message: cause.message };
  if (cause instanceof WireError) {
    const { status, code, wireMessage = "AWS says no more about it.", requestId } = cause;
    return { status, code, message: wireMessage, requestId };
  }
  if (cause instanceof StoreFailed) {
    return { status: 500, message: "The state could not be stored. Restart the emulator once its disk works." };
  }
  // What Express and its body reader throw has a status of its own.
  const { status } = cause as { readonly status?: unknown };
  if (typeof status === "number" && status < 500) return { status, message: `${(cause as Error).message}.` };
  console.error("iam-local: a request to the console failed inside:", cause);
  return { status: 500, message: "The request failed inside the emulator; its log says why." };
}
