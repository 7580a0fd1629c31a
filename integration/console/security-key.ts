import { createPrivateKey, createHash, sign } from "node:crypto";
import { seededRandom } from "../../data/random.ts";
import { softwareSecurityKey } from "../../handlers/mfa/security-keys.ts";
import { authenticatorDataOf, clientDataOf, coseKey, signAssertion } from "../../signing/security-key.ts";
import { decode } from "./browser.ts";

/** What a page asks a key for, and ways to change the answer. */
export interface Asked {
  readonly challenge: string;
  readonly rpId: string;
  readonly origin: string;
}

/** A U2F key in a test, with its browser. Each touch raises its counter, unless told otherwise. */
export interface TestKey {
  readonly credentialId: string;
  register(asked: Asked, options?: { readonly packed?: boolean; readonly flags?: number }): string;
  touch(asked: Asked, signCount?: number): string;
}

const USER_PRESENT_WITH_KEY = 0x41;

export function testKey(seed: string, counter = 0): TestKey {
  const { d, ...pair } = softwareSecurityKey(seededRandom(seed));
  const key = { ...pair, d: d! };
  const id = Buffer.from(key.credentialId, "base64url");
  let count = counter;
  return {
    credentialId: key.credentialId,
    register({ challenge, rpId, origin }, { packed = false, flags = USER_PRESENT_WITH_KEY } = {}) {
      const clientData = clientDataOf("webauthn.create", challenge, origin);
      const authenticatorData = Buffer.concat([
        authenticatorDataOf(rpId, flags, count),
        Buffer.alloc(16),
        Buffer.from([0, id.length]),
        id,
        coseKey(key),
      ]);
      const signed = Buffer.concat([authenticatorData, createHash("sha256").update(clientData).digest()]);
      const { x, y } = key;
      const signature = sign(
        "sha256",
        signed,
        createPrivateKey({ key: { kty: "EC", crv: "P-256", x, y, d: key.d }, format: "jwk" }),
      );
      // CBOR: {"fmt": …, "attStmt": {} or {"alg": -7, "sig": …}, "authData": …}
      const statement = packed
        ? Buffer.concat([Buffer.from([0xa2]), text("alg"), Buffer.from([0x26]), text("sig"), bytes(signature)])
        : Buffer.from([0xa0]);
      const attestation = Buffer.concat([
        Buffer.from([0xa3]),
        text("fmt"),
        text(packed ? "packed" : "none"),
        text("attStmt"),
        statement,
        text("authData"),
        bytes(authenticatorData),
      ]);
      return JSON.stringify({
        id: key.credentialId,
        rawId: key.credentialId,
        type: "public-key",
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData.toString("base64url"),
          attestationObject: attestation.toString("base64url"),
        },
      });
    },
    touch(asked, signCount = ++count) {
      return JSON.stringify(signAssertion(key, asked, signCount));
    },
  };
}

/** Text and bytes in CBOR (RFC 8949), texts of less than 24 bytes. */
const text = (value: string): Buffer => Buffer.concat([Buffer.from([0x60 + value.length]), Buffer.from(value)]);
const bytes = (value: Buffer): Buffer => Buffer.concat([Buffer.from([0x58, value.length]), value]);

/** What a page's field asks the browser to have a key sign; the page was opened at `origin`. */
export function askedBy({ text: page }: { readonly text: string }, origin: string): Asked {
  const options = /data-options="([^"]*)"/.exec(page)?.[1];
  if (options === undefined) throw new Error("the page asks for no security key");
  const { challenge, rp, rpId } = JSON.parse(decode(options)) as {
    challenge: string;
    rp?: { id: string };
    rpId?: string;
  };
  return { challenge, rpId: rp?.id ?? rpId!, origin };
}
