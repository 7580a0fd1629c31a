import type { Request } from "express";
import type { Caller, Session } from "../../handlers/caller.ts";
import { WireError } from "../../handlers/errors.ts";
import { sessionCaller } from "../../handlers/callers.ts";
import { validSession } from "../authenticate.ts";
import type { Detail } from "../../signing/detail.ts";
import type { Emulation } from "../emulation.ts";
import { sourceOf } from "../source.ts";
import { openSession } from "../sessions.ts";
import { Answer } from "../web/answer.ts";
import { InvalidRequest, NotFound, WebError } from "../web/errors.ts";
import type { Site } from "../web/site.ts";
import { signinMemory } from "./memory.ts";
import { beginSignin, recordSignin, type SigninRequest } from "./request.ts";

// IAM User Guide, "Enable custom identity broker access to the AWS console". AWS answers a refused request with a bare
// 400; the reasons are the emulator's.

/** A sign-in token is valid for fifteen minutes. */
const SIGNIN_TOKEN_MS = 15 * 60 * 1000;
const SHORTEST_SECONDS = 900;
const LONGEST_SECONDS = 43_200;
/** `/federation`: the console for holders of temporary credentials of a role or a federated user. */
export function federationEndpoint(emulation: Emulation): Site {
  return {
    // A session token is up to 4 KB, and is escaped twice.
    body: { type: "form", limit: "64kb" },
    routes: {
      "/": {
        async ANY(request) {
          const parameters = parametersOf(request);
          const action = parameters.get("Action");
          if (action === "getSigninToken") return { SigninToken: await signinToken(parameters, request, emulation) };
          // The console sets the browser's cookie.
          if (action === "login") return Answer.redirect(`/console/federation?${parameters.toString()}`);
          throw InvalidRequest("The Action must be getSigninToken or login.");
        },
      },
    },
    missing: () => NotFound("The federation endpoint has no such path."),
    refuse: ({ status, message }) => Answer.of("text", `${message}\n`, status),
  };
}

/** InvalidRequest with a detail for the trail. */
class FederationRefused extends WebError {
  /** For the trail alone. */
  readonly detail: Detail | undefined;

  constructor(message: string, detail?: Detail) {
    super("InvalidRequest", 400, message);
    this.detail = detail;
  }
}

const refused = (message: string, detail?: Detail) => new FederationRefused(message, detail);

/** From the query, or from the form of a POST. */
const parametersOf = ({ method, originalUrl, body }: Request): URLSearchParams =>
  new URLSearchParams(method === "POST" && typeof body === "string" ? body : originalUrl.split("?")[1]);

/** A token that signs a browser in once as the principal of temporary credentials. */
async function signinToken(parameters: URLSearchParams, httpRequest: Request, emulation: Emulation): Promise<string> {
  const request = beginSignin("GetSigninToken", {}, sourceOf(httpRequest, emulation.options), emulation);
  const { session, expiresAt } = sessionFor(request, parameters, emulation);
  const token = emulation.random.bytes(96).toString("base64url");
  await signinMemory(emulation).federated.set(token, {
    session: { ...session, expiresAt },
    expiresAt: request.now + SIGNIN_TOKEN_MS,
  });
  recordSignin(request, emulation);
  return token;
}

/** The session that the token is for, and when it ends; notes a refusal in the trail. */
function sessionFor(
  request: SigninRequest,
  parameters: URLSearchParams,
  emulation: Emulation,
): { readonly session: Session; readonly expiresAt: number } {
  try {
    const { session, caller } = sessionIn(parameters.get("Session"), request.now, emulation);
    request.caller = caller;
    return { session, expiresAt: endOf(session, parameters.get("SessionDuration"), request.now) };
  } catch (cause) {
    if (cause instanceof FederationRefused) {
      recordSignin(request, emulation, new WireError("InvalidRequest", cause.status, cause.message, cause.detail));
    }
    throw cause;
  }
}

/** The session of the credentials in the JSON of `Session`; all three members must belong together. */
function sessionIn(json: string | null, now: number, emulation: Emulation): { session: Session; caller: Caller } {
  const { sessionId, sessionKey, sessionToken } = objectIn(json);
  if (typeof sessionToken !== "string") {
    throw InvalidRequest(
      "Session must be JSON with the sessionId, sessionKey and sessionToken of temporary credentials.",
    );
  }
  try {
    const session = validSession(
      emulation.store.read((tx) => openSession(sessionToken, emulation, tx)),
      now,
    );
    if (session.accessKeyId !== sessionId || session.secret !== sessionKey) {
      throw refused(
        "The credentials in Session do not belong together.",
        `The sessionToken belongs to ${session.accessKeyId}: ${session.accessKeyId === sessionId ? "the sessionKey is another one" : "the sessionId is another one"}.`,
      );
    }
    if (session.kind !== "assumed-role" && session.kind !== "federation") {
      throw InvalidRequest("The console takes the credentials of AssumeRole* and GetFederationToken only.");
    }
    return { session, caller: emulation.store.read((tx) => sessionCaller(session, tx)) };
  } catch (cause) {
    throw cause instanceof WireError
      ? refused("The credentials in Session are not valid, or have expired.", cause.detail)
      : cause;
  }
}

function objectIn(json: string | null): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(json ?? "")) as Readonly<Record<string, unknown>>;
  } catch {
    return {};
  }
}

/**
 * When the console's session ends: with the credentials, or after SessionDuration if it is given. The role's maximum
 * does not apply (API reference of CreateRole, MaxSessionDuration).
 */
function endOf(session: Session, duration: string | null, now: number): number {
  if (duration === null) return session.expiresAt;
  if (session.kind === "federation") throw InvalidRequest("SessionDuration cannot be used with GetFederationToken.");
  if (session.chained) throw InvalidRequest("SessionDuration cannot be used with credentials of role chaining.");
  const seconds = /^\d{1,6}$/.test(duration) ? Number(duration) : 0;
  if (seconds < SHORTEST_SECONDS || seconds > LONGEST_SECONDS) {
    throw InvalidRequest(`SessionDuration must be from ${SHORTEST_SECONDS} to ${LONGEST_SECONDS} seconds.`);
  }
  return now + seconds * 1000;
}
