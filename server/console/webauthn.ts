import type {
  AuthenticationResponseJSON,
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
  RegistrationResponseJSON,
} from "@simplewebauthn/server";
import type { SecurityKey } from "../../data/entities/mfa.ts";
import type { Touch } from "../../handlers/mfa/security-keys.ts";
import { coseKey } from "../../signing/security-key.ts";
import type { View } from "./page.ts";

// The console as a relying party of WebAuthn, to which U2F keys speak through the browser. @simplewebauthn/server is
// imported when the first key answers: the import takes longer than the emulator's start.

/** Browsers let pages on every port of this machine use keys of this name; IP addresses do not work. */
export const RP_ID = "localhost";
/** How long a challenge waits for its answer, in milliseconds on the emulator's clock. */
const CHALLENGE_MS = 5 * 60 * 1000;
/** COSE's number for ECDSA on P-256 with SHA-256, the only algorithm of U2F. */
const ES256 = -7;
const ATTESTATIONS = ["fido-u2f", "packed", "none"];

/**
 * The origin that keys must have been touched for, with the scheme of the request. The port is the emulator's own and
 * not that of the request's Host: else a page on another port of this machine could pass on a touch made there.
 */
export const keyOrigin = ({ emulation, from }: View): string => {
  const { port } = new URL(emulation.options.publicUrl);
  return `${from.secure ? "https" : "http"}://${RP_ID}${port && `:${port}`}`;
};

/** Whether the browser lets the page use keys: only under the host name that they are registered for. */
export const canUseKeys = (view: View): boolean => view.origin.toLowerCase() === keyOrigin(view);

/** A new challenge for the visitor, which replaces any other. */
export async function newChallenge(purpose: string, { emulation, memory, visitorId, now }: View): Promise<string> {
  const value = emulation.random.bytes(32).toString("base64url");
  await memory.challenges.set(visitorId, { value, purpose, expiresAt: now + CHALLENGE_MS });
  return value;
}

/** Removes and returns the challenge that the visitor was given for this purpose. */
export async function takeChallenge(purpose: string, { memory, visitorId, now }: View): Promise<string | undefined> {
  const challenge = await memory.challenges.take(visitorId, now);
  return challenge?.purpose === purpose ? challenge.value : undefined;
}

/** The options for registering a key in the browser; keys that are listed in them refuse to register again. */
export const creationOptions = (
  challenge: string,
  userName: string,
  known: readonly SecurityKey[],
  { emulation }: View,
): PublicKeyCredentialCreationOptionsJSON => ({
  challenge,
  rp: { id: RP_ID, name: "iam-local" },
  // U2F keys store nothing about the user.
  user: { id: emulation.random.bytes(32).toString("base64url"), name: userName, displayName: userName },
  pubKeyCredParams: [{ type: "public-key", alg: ES256 }],
  timeout: CHALLENGE_MS,
  excludeCredentials: known.map(({ credentialId }) => ({ id: credentialId, type: "public-key" })),
  authenticatorSelection: {
    authenticatorAttachment: "cross-platform",
    residentKey: "discouraged",
    userVerification: "discouraged",
  },
  hints: ["security-key"],
  attestation: "direct",
});

/** The options for touching a registered key in the browser. */
export const requestOptions = (
  challenge: string,
  { credentialId }: SecurityKey,
): PublicKeyCredentialRequestOptionsJSON => ({
  challenge,
  rpId: RP_ID,
  allowCredentials: [{ id: credentialId, type: "public-key" }],
  userVerification: "discouraged",
  timeout: CHALLENGE_MS,
  hints: ["security-key"],
});

/**
 * The key that this answer of a browser registers. Undefined if anything is wrong: its form, the challenge, the origin,
 * the RP ID, the touch, the attestation. Attestations are checked, but not which roots they lead to; so certifications,
 * which AWS looks up in FIDO's metadata, are not known.
 */
export async function verifyRegistration(
  answer: string,
  challenge: string | undefined,
  view: View,
): Promise<SecurityKey | undefined> {
  if (challenge === undefined) return undefined;
  const { verifyRegistrationResponse } = await import("@simplewebauthn/server");
  const { cose, decodeCredentialPublicKey } = await import("@simplewebauthn/server/helpers");
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response: JSON.parse(answer) as RegistrationResponseJSON,
      expectedChallenge: challenge,
      expectedOrigin: keyOrigin(view),
      expectedRPID: RP_ID,
      requireUserVerification: false,
      supportedAlgorithmIDs: [ES256],
    });
    if (!verified || !ATTESTATIONS.includes(registrationInfo.fmt)) return undefined;
    const { id, publicKey, counter } = registrationInfo.credential;
    const key = decodeCredentialPublicKey(publicKey);
    if (!cose.isCOSEPublicKeyEC2(key) || key.get(cose.COSEKEYS.crv) !== cose.COSECRV.P256) return undefined;
    return {
      credentialId: id,
      x: base64url(key.get(cose.COSEKEYS.x)!),
      y: base64url(key.get(cose.COSEKEYS.y)!),
      signCount: counter,
      certifications: {},
    };
  } catch {
    // The library throws for every wrong answer.
    return undefined;
  }
}

/**
 * The touch of a key that this answer proves; undefined if anything is wrong. `checkTouch` compares the counter with
 * the stored one in the same transaction.
 */
export async function verifyTouch(
  { credentialId, x, y }: SecurityKey,
  answer: string,
  challenge: string | undefined,
  view: View,
): Promise<Touch | undefined> {
  if (challenge === undefined) return undefined;
  const { verifyAuthenticationResponse } = await import("@simplewebauthn/server");
  try {
    const response = JSON.parse(answer) as AuthenticationResponseJSON;
    if (response.id !== credentialId) return undefined;
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response,
      expectedChallenge: challenge,
      expectedOrigin: keyOrigin(view),
      expectedRPID: RP_ID,
      credential: { id: credentialId, publicKey: coseKey({ x, y }), counter: 0 },
      requireUserVerification: false,
    });
    return verified ? { credentialId, signCount: authenticationInfo.newCounter } : undefined;
  } catch {
    return undefined;
  }
}

const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url");
