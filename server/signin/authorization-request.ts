import { CONFIRMATION_PATH, CROSS_DEVICE, SAME_DEVICE } from "./clients.ts";

/** What a program asks for at `/v1/authorize`. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly state: string;
  /** SHA-256 of the verifier, in base64url (RFC 7636, section 4.2). */
  readonly codeChallenge: string;
}

/** AWS's own name and the one of RFC 7636. */
const CHALLENGE_METHODS = ["SHA-256", "S256"];
/** RFC 8252, section 7.3: any port of the loopback interface. */
const LOOPBACK = /^http:\/\/(?:127\.0\.0\.1|\[::1\]|localhost):\d{1,5}\/oauth\/callback$/;

/** Reads the query of an authorization request in the form of `aws login`. Returns a sentence if it is not valid. */
export function readAuthorizationRequest(query: URLSearchParams): AuthorizationRequest | string {
  const value = (name: string) => query.get(name) ?? "";
  const redirectUri = value("redirect_uri");
  const clientId = value("client_id");
  const codeChallenge = value("code_challenge");
  if (clientId !== SAME_DEVICE && clientId !== CROSS_DEVICE) return "The client_id is not known.";
  if (!isRedirectOf(clientId, redirectUri)) return "The redirect_uri is not one of this client's.";
  if (value("response_type") !== "code") return "The response_type must be code.";
  if (value("scope") !== "openid") return "The scope must be openid.";
  if (value("state") === "") return "The state is missing.";
  if (!CHALLENGE_METHODS.includes(value("code_challenge_method"))) return "The code_challenge_method must be SHA-256.";
  if (!/^[\w-]{43}$/.test(codeChallenge)) return "The code_challenge is not a SHA-256 digest in base64url.";
  return { clientId, redirectUri, state: value("state"), codeChallenge };
}

/** A code may only go to a program on the same machine, or be shown to the person who asked for it. */
const isRedirectOf = (clientId: string, uri: string): boolean =>
  clientId === SAME_DEVICE ? LOOPBACK.test(uri) : URL.canParse(uri) && new URL(uri).pathname === CONFIRMATION_PATH;

/** The browser's final destination (RFC 6749, section 4.1.2). */
export function redirectWith(
  { redirectUri, state }: AuthorizationRequest,
  answer: Readonly<Record<string, string>>,
): string {
  return `${redirectUri}?${new URLSearchParams({ ...answer, state }).toString()}`;
}
