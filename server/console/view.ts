import type { Request } from "express";
import type { Caller } from "../../handlers/caller.ts";
import type { Emulation } from "../emulation.ts";
import { sourceOf } from "../source.ts";
import { call } from "../call.ts";
import type { CsrfTokens } from "./csrf.ts";
import { memoryOf } from "./memory.ts";
import type { SignedInView, View } from "./page.ts";
import { callerOf } from "../web/signed-in.ts";

/** What all requests to one console share. */
export interface Shared {
  readonly emulation: Emulation;
  readonly reset: () => Promise<void>;
  readonly csrf: CsrfTokens;
}

let forms = 0;
/** No secret: what may be done, the token says. */
const nextForm = (): string => (++forms).toString(36);

/** A request as pages see it. */
export function viewOf(request: Request, visitorId: string, { emulation, reset, csrf }: Shared): View {
  const now = emulation.clock.now();
  const from = sourceOf(request, emulation.options);
  const memory = memoryOf(emulation);
  const signedIn = memory.signedIn.get(visitorId, now);
  // A failed state cannot be read, not even for who has signed in.
  const caller = signedIn && !emulation.store.failure ? callerOf(signedIn, emulation) : undefined;
  if (!caller) memory.signedIn.delete(visitorId);
  return {
    emulation,
    now,
    params: request.params as Record<string, string>,
    query: new URLSearchParams(request.originalUrl.split("?")[1]),
    form: new URLSearchParams(typeof request.body === "string" ? request.body : ""),
    csrf: csrf.tokenFor(visitorId),
    once: nextForm,
    caller,
    from: { ...from, fromConsole: true },
    path: request.originalUrl,
    origin: `${from.secure ? "https" : "http"}://${request.headers.host}`,
    visitorId,
    memory,
    reset,
  };
}

/** The view of a signed-in visitor; undefined for any other. */
export function signedInView(view: View): SignedInView | undefined {
  const { caller } = view;
  return caller && { ...view, caller, call: callAs(caller, view) };
}

/** Runs operations as `caller`. */
export const callAs =
  (caller: Caller, { emulation, from }: View): SignedInView["call"] =>
  (name, input) =>
    call(name, input, caller, emulation, from);
