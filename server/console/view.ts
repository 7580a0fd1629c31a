import type { Request } from "express";
import type { Caller } from "../../handlers/caller.ts";
import { WireError } from "../../handlers/errors.ts";
import type { Emulation } from "../emulation.ts";
import { plainAddress } from "../http.ts";
import { call } from "../perform.ts";
import type { CsrfTokens } from "./csrf.ts";
import type { Memory } from "./memory.ts";
import type { SignedInView, View } from "./page.ts";
import { noteDenial } from "./refusals.ts";
import { callerOf, withNewPassword } from "./sessions.ts";

/** What the requests to one console have in common. */
export interface Shared {
  readonly emulation: Emulation;
  readonly reset: () => Promise<void>;
  readonly memory: () => Memory;
  readonly csrf: CsrfTokens;
}

/** A request as pages see it. */
export function viewOf(request: Request, visitorId: string, { emulation, reset, memory, csrf }: Shared): View {
  const now = emulation.clock.now();
  const remembered = memory();
  const signedIn = remembered.signedIn.get(visitorId, now);
  const caller = signedIn && callerOf(signedIn, emulation);
  if (!caller) remembered.signedIn.delete(visitorId);
  return {
    emulation,
    now,
    params: request.params as Record<string, string>,
    query: new URLSearchParams(request.originalUrl.split("?")[1]),
    form: new URLSearchParams(typeof request.body === "string" ? request.body : ""),
    csrf: csrf.tokenFor(visitorId),
    caller,
    from: {
      sourceIp: plainAddress(request.socket.remoteAddress),
      userAgent: request.headers["user-agent"] ?? "",
      secure: false,
    },
    path: request.originalUrl,
    origin: `http://${request.headers.host}`,
    visitorId,
    memory: remembered,
    reset,
  };
}

/** The request of somebody who has signed in; undefined of anyone else's. */
export function signedInView(view: View): SignedInView | undefined {
  const { caller, emulation, memory, visitorId, now } = view;
  if (!caller) return undefined;
  const callIt = callAs(caller, view);
  return {
    ...view,
    caller,
    async call(name, input) {
      const output = await callIt(name, input);
      // Whoever changes their own password stays signed in; all their other sessions end.
      const signedIn = name === "ChangePassword" && memory.signedIn.get(visitorId, now);
      if (signedIn) memory.signedIn.set(visitorId, withNewPassword(signedIn, emulation));
      return output;
    },
  };
}

/** Runs operations as `caller`, and remembers of a refusal by policies which request it was, so that it can be explained. */
export const callAs =
  (caller: Caller, { emulation, from }: View): SignedInView["call"] =>
  async (name, input) => {
    try {
      return await call(name, input, caller, emulation, from);
    } catch (cause) {
      if (cause instanceof WireError && cause.code === "AccessDenied") noteDenial(cause, name, caller, emulation);
      throw cause;
    }
  };
