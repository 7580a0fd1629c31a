import { withoutDetails } from "../../handlers/authorization-details.ts";
import { WireError } from "../../handlers/errors.ts";
import { SITES } from "../sites.ts";
import { failureOf, type Failure } from "../web/failure.ts";

/** What a page shows first if something was refused. */
export interface ErrorSummary {
  readonly status: number;
  /** AWS's code, if the API refused. */
  readonly code?: string;
  readonly message: string;
  /** The id of the refused request, which the trail can explain. */
  readonly requestId?: string | undefined;
}

/** A thrown value in the form that the page shows. */
export const errorSummary = (cause: unknown): ErrorSummary => summaryOf(failureOf(cause, SITES.console.name));

export function summaryOf({ status, message, cause }: Failure): ErrorSummary {
  if (!(cause instanceof WireError)) return { status, message };
  const { code, wireMessage = "AWS says no more about it.", requestId } = cause;
  return { status, code, message: withoutDetails(wireMessage), requestId };
}
