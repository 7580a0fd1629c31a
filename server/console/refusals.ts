import { withoutDetails } from "../../handlers/authorization-details.ts";
import { WireError } from "../../handlers/errors.ts";
import { SITES } from "../sites.ts";
import { failureOf, type Failure } from "../web/failure.ts";

/** What a page says first when something was refused. */
export interface ErrorSummary {
  readonly status: number;
  /** AWS's code, of a refusal of the API. */
  readonly code?: string;
  readonly message: string;
  /** The request that was refused, which the trail can explain. */
  readonly requestId?: string | undefined;
}

/** Anything thrown, as it is told to whoever reads the page. */
export const errorSummary = (cause: unknown): ErrorSummary => summaryOf(failureOf(cause, SITES.console.name));

export function summaryOf({ status, message, cause }: Failure): ErrorSummary {
  if (!(cause instanceof WireError)) return { status, message };
  const { code, wireMessage = "AWS says no more about it.", requestId } = cause;
  return { status, code, message: withoutDetails(wireMessage), requestId };
}
