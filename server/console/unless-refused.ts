import { WireError } from "../../handlers/errors.ts";
import { whyLink } from "./components.ts";
import { html, type Html, type Value } from "./html.ts";
import { errorSummary } from "./refusals.ts";

/**
 * A part of a page that needs its own permission: if an operation refuses, its refusal is shown in the part's place.
 */
export async function unlessRefused(part: () => Promise<Value>): Promise<Value> {
  try {
    return await part();
  } catch (cause) {
    if (!(cause instanceof WireError) || cause.status >= 500) throw cause;
    return refusal(cause);
  }
}

function refusal(cause: WireError): Html {
  const { code, message, requestId } = errorSummary(cause);
  return html`<p class="none"><strong>${code}</strong> ${message} ${requestId !== undefined && whyLink(requestId)}</p>`;
}

/** The answer of an operation; undefined if the entity does not exist. */
export async function ifExists<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (cause) {
    if (cause instanceof WireError && cause.code === "NoSuchEntity") return undefined;
    throw cause;
  }
}

/** What is only suggested: nothing where it may not be listed. */
export async function suggested(list: Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await list;
  } catch (cause) {
    if (cause instanceof WireError && cause.status < 500) return [];
    throw cause;
  }
}
