import express, { type Request, type Response, type Router } from "express";
import { WireError } from "../../handlers/errors.ts";
import { Guard } from "../web/guard.ts";
import type { Emulation } from "../emulation.ts";
import { sourceOf } from "../http.ts";
import { verifyProof } from "./dpop.ts";
import { invalidRequest, SigninError } from "./errors.ts";
import { beginSignin, recordSignin } from "./request.ts";
import { createOAuth2Token } from "./token.ts";
import { readTokenInput } from "./token-input.ts";

/** More than the longest input by the model. */
const BODY_LIMIT = "16kb";

/** `/v1`: the sign-in service, where developer tools get the credentials of whoever signs in to the console. */
export function signinService(emulation: Emulation): Router {
  const router = express.Router();
  const guard = new Guard(emulation);
  router.use(({ headers }, _response, next) => {
    const reason = guard.whyForeign(headers, { links: true, origins: false });
    next(reason === undefined ? undefined : new SigninError("AccessDeniedException", 403, "INVALID_REQUEST", reason));
  });
  // The console asks who it is, and whether they agree.
  router.get("/authorize", (request, response) => response.redirect(303, `/console/authorize${queryOf(request)}`));
  router.post("/token", express.json({ limit: BODY_LIMIT }), async (request, response) => {
    response.set("Cache-Control", "no-store").json(await token(request, emulation));
  });
  router.use(() => {
    throw new SigninError("ValidationException", 404, "INVALID_REQUEST", "The sign-in service has no such operation.");
  });
  // Express knows an error handler by its four parameters.
  router.use((cause: unknown, _request: Request, response: Response, _next: unknown) => refuse(cause, response));
  return router;
}

const queryOf = ({ originalUrl }: Request): string => /\?.*$/.exec(originalUrl)?.[0] ?? "";

async function token(httpRequest: Request, emulation: Emulation): Promise<object> {
  const { headers, method, body } = httpRequest;
  if ("x-amz-client-auth-method" in httpRequest.query) {
    throw invalidRequest("CreateOAuth2TokenWithIAM is not implemented.");
  }
  const input = readTokenInput(body);
  const parameters = { client_id: input.clientId, grant_type: input.grantType };
  const request = beginSignin("CreateOAuth2Token", parameters, sourceOf(httpRequest), emulation);
  try {
    const origin = `http://${headers.host}`;
    if (!URL.canParse(origin)) throw invalidRequest("The Host header names no host.");
    const url = new URL("/v1/token", origin);
    const proof = await verifyProof(httpRequest.get("dpop"), method, url, emulation);
    const output = await createOAuth2Token(input, proof, request, emulation);
    recordSignin(request, emulation);
    return output;
  } catch (cause) {
    if (cause instanceof WireError) recordSignin(request, emulation, cause);
    throw cause;
  }
}

/** As the protocol has it (restJson1): the code in a header, what it is about in the body. */
function refuse(cause: unknown, response: Response): void {
  const { code, status, error, wireMessage } = refusalOf(cause);
  response
    .status(status)
    .set({ "x-amzn-ErrorType": code, "Cache-Control": "no-store" })
    .json({ error, message: wireMessage });
}

function refusalOf(cause: unknown): Pick<SigninError, "code" | "status" | "wireMessage"> & { readonly error: string } {
  if (cause instanceof SigninError) return cause;
  // What Express's body reader throws has a status of its own.
  const { status } = cause as { readonly status?: unknown };
  if (typeof status === "number" && status < 500) return invalidRequest(`${(cause as Error).message}.`);
  console.error("iam-local: a request to the sign-in service failed inside:", cause);
  return {
    code: "InternalServerException",
    status: 500,
    error: "server_error",
    wireMessage: "The request failed inside the emulator; its log says why.",
  };
}
