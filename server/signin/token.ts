import { createHash, timingSafeEqual } from "node:crypto";
import { refuse, type Transaction } from "../../data/store.ts";
import { WireError } from "../../handlers/errors.ts";
import { issueSession } from "../../handlers/sessions.ts";
import { callerOf, currentPasswordHash, type SignedIn } from "../web/signed-in.ts";
import type { Emulation } from "../emulation.ts";
import { contextOf } from "../perform.ts";
import { isRevoked, revokeGrant } from "../sessions.ts";
import { refuseUsed, useProof } from "./dpop.ts";
import { codeExpired, credentialsChanged, insufficientPermissions, invalidRequest, tokenExpired } from "./errors.ts";
import { idToken } from "./id-token.ts";
import { signinMemory, type Grant, type SigninMemory } from "./memory.ts";
import { authorizeClient, type SigninRequest } from "./request.ts";
import type { TokenInput } from "./token-input.ts";
import type { Proof } from "./used-proofs.ts";

/** The longest lifetime of credentials in the service's model. */
const MAXIMUM_SECONDS = 900;

/** The answer of CreateOAuth2Token. */
export interface TokenOutput {
  readonly accessToken: {
    readonly accessKeyId: string;
    readonly secretAccessKey: string;
    readonly sessionToken: string;
  };
  readonly tokenType: "aws_sigv4";
  /** Seconds. */
  readonly expiresIn: number;
  readonly refreshToken: string;
  /** With a code only. */
  readonly idToken?: string;
}

/**
 * CreateOAuth2Token: credentials of the signed-in principal, in exchange for a code or a refresh token, for the holder
 * of one key. The first try uses a code up; a second try revokes what came of the first. A refresh token works until
 * the session ends, and programs that share one may refresh at the same time (the service's model: "Multiple calls with
 * same refresh_token return consistent results"). Rejects with a SigninError.
 */
export async function createOAuth2Token(
  input: TokenInput,
  proof: Proof,
  request: SigninRequest,
  emulation: Emulation,
): Promise<TokenOutput> {
  const memory = signinMemory(emulation);
  const grant = await emulation.store.transact((tx) => redeem(input, proof, request.now, memory, emulation, tx));
  const { caller, ...issued } = issue(grant, request, emulation);
  const refreshToken = emulation.random.bytes(64).toString("base64url");
  const { keyThumbprint } = proof;
  await memory.refreshes.set(refreshToken, { grant, keyThumbprint, expiresAt: grant.expiresAt });
  const output = { ...issued, tokenType: "aws_sigv4", refreshToken } as const;
  if (input.grantType === "refresh_token") return output;
  return { ...output, idToken: await idToken(caller.arn, input.clientId, request.now, emulation) };
}

/**
 * The grant that a code or a refresh token stands for. From here on the proof and the code are used, and the code even
 * if it is refused.
 */
function redeem(
  input: TokenInput,
  proof: Proof,
  now: number,
  memory: SigninMemory,
  emulation: Emulation,
  tx: Transaction,
): Grant {
  refuseUsed(proof, tx);
  const grant =
    input.grantType === "authorization_code"
      ? grantOfCode(input, now, memory, tx)
      : grantOfRefresh(input, proof, now, memory, tx);
  useProof(proof, emulation, tx);
  return grant;
}

function grantOfCode(
  { clientId, code, redirectUri, codeVerifier }: TokenInput & { readonly grantType: "authorization_code" },
  now: number,
  { codes }: SigninMemory,
  tx: Transaction,
): Grant {
  const found = codes.find(tx, code, now);
  if (!found) throw codeExpired();
  const { grant } = found;
  // If a code is used twice, one of the two users has stolen it (RFC 6749, section 10.5).
  if (found.used) throw refuse(codeExpired(), (later) => revokeGrant(grant.id, later));
  const useUp = (later: Transaction) => codes.put(later, code, { ...found, used: true, expiresAt: grant.expiresAt });
  const refused = (message: string) => refuse(invalidRequest(message), useUp);
  if (grant.clientId !== clientId) throw refused("The code was issued to another client.");
  if (found.redirectUri !== redirectUri) throw refused("redirectUri is not that of the authorization request.");
  const challenge = createHash("sha256").update(codeVerifier).digest();
  if (!timingSafeEqual(challenge, Buffer.from(found.codeChallenge, "base64url"))) {
    throw refused("codeVerifier does not fit the code_challenge of the authorization request.");
  }
  useUp(tx);
  return grant;
}

function grantOfRefresh(
  { clientId, refreshToken }: TokenInput & { readonly grantType: "refresh_token" },
  { keyThumbprint }: Proof,
  now: number,
  { refreshes }: SigninMemory,
  tx: Transaction,
): Grant {
  const found = refreshes.find(tx, refreshToken, now);
  if (!found || isRevoked(found.grant.id, tx)) {
    throw tokenExpired(
      "The refresh token is unknown, or its session has ended: after twelve hours, by a sign-out or reset, or with the emulator's process.",
    );
  }
  if (found.grant.clientId !== clientId) throw invalidRequest("The refresh token was issued to another client.");
  if (found.keyThumbprint !== keyThumbprint) throw invalidRequest("The DPoP proof is made with another key.");
  return found.grant;
}

/** Issues credentials for the principal of a grant as it is now, in one turn of the event loop. */
function issue({ id: grant, signedIn, clientId, expiresAt }: Grant, request: SigninRequest, emulation: Emulation) {
  const caller = callerOf(signedIn, emulation);
  if (!caller)
    throw isPasswordChanged(signedIn, emulation)
      ? credentialsChanged()
      : tokenExpired("The user or role of the session has been deleted.");
  request.caller = caller;
  // Keys and times belong to the credentials, everything else to the session.
  const { accessKeyId: _key, secret: _secret, issuedAt: _issued, expiresAt: _expires, ...session } = caller.session!;
  const expiresIn = Math.min(MAXIMUM_SECONDS, Math.floor((expiresAt - request.now) / 1000));
  return emulation.store.read((tx) => {
    const context = contextOf(caller, request.now, request.facts, tx, emulation);
    try {
      authorizeClient(clientId, caller, request, context);
    } catch (cause) {
      throw cause instanceof WireError ? insufficientPermissions(cause.wireMessage ?? cause.code) : cause;
    }
    const issued = issueSession({ ...session, grant }, expiresIn, context).Credentials;
    const { AccessKeyId, SecretAccessKey, SessionToken } = issued;
    const accessToken = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
    return { caller, accessToken, expiresIn };
  });
}

/** Whether a changed or removed password has ended the session, and not the end of the role. */
const isPasswordChanged = ({ session, passwordHash }: SignedIn, { store }: Emulation): boolean =>
  passwordHash !== undefined && store.read((tx) => currentPasswordHash(session, tx)) !== passwordHash;
