import { createHash, createPrivateKey, sign, type KeyObject } from "node:crypto";

/** What a page asks a security key to sign. */
export interface AssertionRequest {
  /** Base64url. */
  readonly challenge: string;
  readonly rpId: string;
  readonly origin: string;
}

/** A P-256 key pair in base64url, as in a JWK, and the credential that it was registered as. */
interface KeyPair {
  readonly credentialId: string;
  readonly x: string;
  readonly y: string;
  readonly d: string;
}

/** The user was present: the key was touched. */
const USER_PRESENT = 0x01;

/**
 * Signs as a U2F security key does when it is touched, with this counter. Returns what a browser makes of it: the
 * AuthenticationResponseJSON of WebAuthn.
 */
export function signAssertion(key: KeyPair, { challenge, rpId, origin }: AssertionRequest, signCount: number) {
  const clientData = clientDataOf("webauthn.get", challenge, origin);
  const authenticatorData = authenticatorDataOf(rpId, USER_PRESENT, signCount);
  const signed = Buffer.concat([authenticatorData, sha256(clientData)]);
  return {
    id: key.credentialId,
    rawId: key.credentialId,
    type: "public-key" as const,
    clientExtensionResults: {},
    response: {
      clientDataJSON: clientData.toString("base64url"),
      authenticatorData: authenticatorData.toString("base64url"),
      signature: sign("sha256", signed, privateKey(key)).toString("base64url"),
    },
  };
}

export const clientDataOf = (type: "webauthn.create" | "webauthn.get", challenge: string, origin: string): Buffer =>
  Buffer.from(JSON.stringify({ type, challenge, origin, crossOrigin: false }));

/** The beginning of authenticator data (WebAuthn, section 6.1): hash of the RP ID, flags, counter. */
export function authenticatorDataOf(rpId: string, flags: number, signCount: number): Buffer {
  const tail = Buffer.alloc(5);
  tail.writeUInt8(flags, 0);
  tail.writeUInt32BE(signCount, 1);
  return Buffer.concat([sha256(Buffer.from(rpId)), tail]);
}

const COSE_HEAD = Buffer.from("a5010203262001215820", "hex");
const COSE_Y = Buffer.from("225820", "hex");

/** A P-256 public key for ES256 as authenticators write it: a COSE_Key (RFC 9053, section 7.1) of 77 bytes. */
export const coseKey = ({ x, y }: Pick<KeyPair, "x" | "y">): Uint8Array<ArrayBuffer> =>
  new Uint8Array(Buffer.concat([COSE_HEAD, Buffer.from(x, "base64url"), COSE_Y, Buffer.from(y, "base64url")]));

const sha256 = (bytes: Buffer): Buffer => createHash("sha256").update(bytes).digest();

const privateKey = ({ x, y, d }: KeyPair): KeyObject =>
  createPrivateKey({ key: { kty: "EC", crv: "P-256", x, y, d }, format: "jwk" });
