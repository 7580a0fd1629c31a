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

/** A request as pages see it. */
export async function viewOf(request: Request, visitorId: string, { emulation, reset, csrf }: Shared): Promise<View> {
  const now = emulation.clock.now();
  const from = sourceOf(request, emulation.options);
  const memory = memoryOf(emulation);
  // A failed state cannot be read, not even for who has signed in.
  const signedIn = emulation.store.failure ? undefined : memory.signedIn.get(visitorId, now);
  const caller = signedIn && callerOf(signedIn, emulation);
  if (signedIn && !caller) await memory.signedIn.delete(visitorId);
  return {
    emulation,
    now,
    params: request.params as Record<string, string>,
    query: new URLSearchParams(request.originalUrl.split("?")[1]),
    form: new URLSearchParams(typeof request.body === "string" ? request.body : ""),
    csrf: csrf.tokenFor(visitorId),
    once: () => emulation.random.bytes(9).toString("base64url"),
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
