import type { Request } from "express";
import { WireError } from "../../handlers/errors.ts";
import type { Emulation } from "../emulation.ts";
import { sourceOf } from "../source.ts";
import { Answer } from "../web/answer.ts";
import type { Failure } from "../web/failure.ts";
import type { Site } from "../web/site.ts";
import { verifyProof } from "./dpop.ts";
import { invalidRequest, SigninError } from "./errors.ts";
import { beginSignin, recordSignin } from "./request.ts";
import { createOAuth2Token } from "./token.ts";
import { readTokenInput } from "./token-input.ts";

/** `/v1`: the sign-in service, where developer tools get the credentials of a person who signs in to the console. */
export function signinService(emulation: Emulation): Site {
  return {
    routes: {
      // The console identifies the person and asks whether they agree.
      "/authorize": { GET: (request) => Answer.redirect(`/console/authorize${queryOf(request)}`) },
      // Larger than the longest input that the model allows.
      "/token": { body: { type: "JSON", limit: "16kb" }, POST: (request) => token(request, emulation) },
    },
    missing: () =>
      new SigninError("ValidationException", 404, "INVALID_REQUEST", "The sign-in service has no such operation."),
    refuse,
  };
}

const queryOf = ({ originalUrl }: Request): string => /\?.*$/.exec(originalUrl)?.[0] ?? "";

async function token(httpRequest: Request, emulation: Emulation): Promise<object> {
  const { headers, method, body } = httpRequest;
  if ("x-amz-client-auth-method" in httpRequest.query) {
    throw invalidRequest("CreateOAuth2TokenWithIAM is not implemented.");
  }
  const input = readTokenInput(body);
  const parameters = { client_id: input.clientId, grant_type: input.grantType };
  const from = sourceOf(httpRequest, emulation.options);
  const request = beginSignin("CreateOAuth2Token", parameters, from, emulation);
  try {
    const origin = `${from.secure ? "https" : "http"}://${headers.host}`;
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

/** The form of the protocol (restJson1): the code in a header, the rest in the body. */
function refuse(failure: Failure): Answer {
  const { code, status, error, message } = protocolError(failure);
  return Answer.json({ error, message }, status, { "x-amzn-ErrorType": code });
}

function protocolError({ status, message, cause }: Failure) {
  if (cause instanceof SigninError) return cause;
  if (status === 403) return new SigninError("AccessDeniedException", 403, "INVALID_REQUEST", message);
  if (status < 500) return invalidRequest(message);
  return { code: "InternalServerException", status: 500, error: "server_error", message };
}
