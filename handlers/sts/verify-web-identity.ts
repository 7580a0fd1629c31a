import { issuerKeySets } from "../../data/entities/web-identity.ts";
import { span } from "../../signing/detail.ts";
import { isSignedBy, readToken, type JsonObject, type JsonWebToken } from "../../signing/json-web-token.ts";
import { ExpiredTokenException, IDPCommunicationError, InvalidIdentityToken } from "../errors.ts";
import { KeysUnavailable, type PublishedKeys } from "../issuer-keys.ts";
import type { Context, Tools } from "../operation.ts";
import { UNVERIFIED } from "./web-identity-claims.ts";
import { trustedIssuer, type TrustedIssuer } from "./web-identity-issuers.ts";

/** The subject of a verified token. */
export interface WebIdentity {
  readonly issuer: TrustedIssuer;
  readonly subject: string;
  /** The authorized party or, without one, the audience. */
  readonly audience: string;
  readonly claims: JsonObject;
}

/** How far an issuer's clock may be off (evidence: web-identity-times). */
const TOLERANCE_SECONDS = 300;

/**
 * Verifies a web identity token: form, claims, issuer, audience, signature, times. Throws InvalidIdentityToken,
 * ExpiredTokenException or IDPCommunicationError, in AWS's words (evidence: web-identity-texts, web-identity-times).
 * AWS's order is not known beyond what must come first; here checks without the key come first, and times after the
 * signature.
 */
export async function verifyWebIdentity(text: string, tools: Tools): Promise<WebIdentity> {
  const token = readToken(text);
  if (!token) throw notAToken();
  const { claims } = token;
  const missing = REQUIRED.find((name) => !isPresent(claims, name));
  if (missing !== undefined) throw InvalidIdentityToken(`Missing a required claim: ${missing}`);
  const times = timesOf(claims);
  const subject = typeof claims["sub"] === "number" ? String(claims["sub"]) : claims["sub"];
  const { iss } = claims;
  if (typeof subject !== "string" || typeof iss !== "string") throw unverified("iss and sub must be texts");
  const issuer = tools.read((tx) => trustedIssuer(iss, tools.account, tx));
  if (!issuer) throw noProvider(iss);
  // The account's own tokens from GetWebIdentityToken are refused (evidence: outbound-not-inbound).
  if (iss.startsWith(`${tools.settings.publicUrl}/_oidc/`)) {
    throw unverified("tokens of GetWebIdentityToken cannot be used to assume a role");
  }
  const audience = audienceOf(claims, issuer);
  await verifySignature(token, issuer, tools);
  checkTimes(times, Math.floor(tools.clock.now() / 1000));
  return { issuer, subject, audience, claims };
}

/**
 * Throws InvalidIdentityToken if the account has removed the provider or the client id since the token was verified,
 * which may take as long as an issuer takes to answer.
 */
export function requireStillTrusted({ claims }: WebIdentity, { tx, account }: Pick<Context, "tx" | "account">): void {
  const iss = claims["iss"] as string;
  const issuer = trustedIssuer(iss, account, tx);
  if (!issuer) throw noProvider(iss);
  audienceOf(claims, issuer);
}

const noProvider = (iss: string) => InvalidIdentityToken(`No OpenIDConnect provider found in your account for ${iss}`);

const notAToken = () =>
  InvalidIdentityToken(
    "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)",
  );

const unverified = (detail: string) => InvalidIdentityToken(UNVERIFIED, detail);

const REQUIRED = ["iss", "sub", "aud", "iat", "exp"];

/** AWS fails internally on a null subject; here it counts as absent. Null times have their own texts. */
const isPresent = (claims: JsonObject, name: string): boolean =>
  Object.hasOwn(claims, name) && (claims[name] !== null || name === "iat" || name === "exp");

/** Whole seconds since 1970. */
interface Times {
  readonly issued: number;
  readonly expires: number;
  readonly notBefore: number | undefined;
}

function timesOf({ iat, exp, nbf }: JsonObject): Times {
  return { issued: secondsOf(iat), expires: secondsOf(exp), notBefore: nbf === undefined ? undefined : secondsOf(nbf) };
}

/** A whole number, which may be written as a string (evidence: web-identity-times). */
function secondsOf(value: unknown): number {
  const seconds = typeof value === "string" && /^-?\d+$/.test(value) ? Number(value) : value;
  if (typeof seconds !== "number" || !Number.isSafeInteger(seconds)) {
    throw InvalidIdentityToken("Invalid timestamp in token claims.");
  }
  return seconds;
}

function checkTimes({ issued, expires, notBefore }: Times, now: number): void {
  const earliest = now - TOLERANCE_SECONDS;
  const latest = now + TOLERANCE_SECONDS;
  if (earliest >= expires) {
    throw ExpiredTokenException(
      `Token expired: current date/time ${earliest} must be before the expiration date/time ${expires}`,
      `The token is good for ${TOLERANCE_SECONDS / 60} minutes after its exp, which was ${span((now - expires) * 1000)} ago on the emulator's clock.`,
    );
  }
  if (issued > latest) throw InvalidIdentityToken(`Token issued in the future: ${issued}`);
  if (notBefore !== undefined && latest < notBefore) {
    throw InvalidIdentityToken(
      `Token not yet valid: current date/time ${latest} must be after or equal to the not-before date/time ${notBefore}`,
    );
  }
}

/** Who the token is for: the authorized party, if there is one, else the audience (evidence: web-identity-audience). */
function audienceOf({ aud, azp }: JsonObject, { clientIds }: TrustedIssuer): string {
  const isRegistered = (client: string) => clientIds === undefined || clientIds.includes(client);
  if (azp !== undefined) {
    if (typeof azp === "string" && azp !== "" && isRegistered(azp)) return azp;
    throw unverified("the authorized party (azp) is no client id of the provider");
  }
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (audiences.length === 0) throw InvalidIdentityToken("Claim is not allowed to be empty: aud");
  if (audiences.length > 1) {
    throw InvalidIdentityToken("Token audience contains more than one audience while authorized party is not present");
  }
  const [audience] = audiences;
  if (typeof audience !== "string" || audience === "") throw unverified("the audience (aud) must be a text");
  if (!isRegistered(audience)) {
    throw InvalidIdentityToken(
      "Incorrect token audience",
      `The token is for ${JSON.stringify(audience)}; the provider's client ids are ${(clientIds ?? []).join(", ") || "none"}.`,
    );
  }
  return audience;
}

async function verifySignature(token: JsonWebToken, issuer: TrustedIssuer, tools: Tools): Promise<void> {
  const stored = tools.read((tx) => tx.get(issuerKeySets, issuer.url));
  const first = stored ?? (await publishedKeys(issuer, tools));
  let verdict = await verdictOn(token, first);
  if (verdict !== "genuine" && !stored) {
    // The issuer may have new keys by now, even under an id that it has used before.
    const latest = await publishedKeys(issuer, tools, first);
    if (latest !== first) verdict = await verdictOn(token, latest);
  }
  if (verdict === "unknown key") {
    const where = stored ? "those that the emulator was given" : "those that the issuer publishes";
    throw keyNotFound(`the token's key, ${JSON.stringify(token.kid ?? null)}, is none of ${where}`);
  }
  if (verdict === "forged") {
    throw unverified(`the signature, ${token.algorithm}, was not made with the key ${JSON.stringify(token.kid)}`);
  }
}

type Verdict = "genuine" | "forged" | "unknown key";

async function verdictOn(token: JsonWebToken, { keys }: PublishedKeys): Promise<Verdict> {
  const named = keys.filter(({ kid }) => kid === token.kid && kid !== undefined && kid !== "");
  if (named.length === 0) return "unknown key";
  return (await isSignedBy(token, named)) ? "genuine" : "forged";
}

async function publishedKeys(issuer: TrustedIssuer, tools: Tools, unlike?: PublishedKeys): Promise<PublishedKeys> {
  try {
    return await tools.issuerKeys.keysOf(issuer, unlike);
  } catch (cause) {
    if (!(cause instanceof KeysUnavailable)) throw cause;
    // AWS's texts for this code are not known; these are from its documentation.
    throw cause.transient
      ? IDPCommunicationError(
          "The identity provider that was asked to verify the incoming identity token could not be reached.",
          cause.message,
        )
      : keyNotFound(cause.message);
  }
}

/** The two blanks are AWS's (evidence: web-identity-texts). */
const keyNotFound = (detail: string) =>
  InvalidIdentityToken(
    "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity documentation for requirements",
    detail,
  );
