import { CROSS_DEVICE, SAME_DEVICE } from "./clients.ts";
import { invalidRequest } from "./errors.ts";

/** The input of CreateOAuth2Token. */
export type TokenInput =
  | {
      readonly grantType: "authorization_code";
      readonly clientId: string;
      readonly code: string;
      readonly redirectUri: string;
      readonly codeVerifier: string;
    }
  | { readonly grantType: "refresh_token"; readonly clientId: string; readonly refreshToken: string };

/** The form of each member in the service's model. */
const FORMS = {
  clientId: new RegExp(`^(?:${SAME_DEVICE}|${CROSS_DEVICE})$`),
  grantType: /^(?:authorization_code|refresh_token)$/,
  code: /^[^]{1,512}$/,
  redirectUri: /^[^]{1,2048}$/,
  codeVerifier: /^[\w.~-]{43,128}$/,
  refreshToken: /^[^]{1,2048}$/,
};

/** Reads the body of CreateOAuth2Token. Throws a ValidationException for anything that the model does not allow. */
export function readTokenInput(body: unknown): TokenInput {
  if (typeof body !== "object" || body === null) throw invalidRequest("The body must be a JSON object.");
  const member = (name: keyof typeof FORMS): string => {
    const value = (body as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || value === null) throw invalidRequest(`${name} is missing.`);
    if (typeof value !== "string" || !FORMS[name].test(value)) throw invalidRequest(`${name} is not valid.`);
    return value;
  };
  const clientId = member("clientId");
  const grantType = member("grantType");
  return grantType === "refresh_token"
    ? { grantType, clientId, refreshToken: member("refreshToken") }
    : {
        grantType: "authorization_code",
        clientId,
        code: member("code"),
        redirectUri: member("redirectUri"),
        codeVerifier: member("codeVerifier"),
      };
}
