import { createPrivateKey, createPublicKey, generateKeyPair, type JsonWebKey } from "node:crypto";
import { promisify } from "node:util";
import { identityProviderKeys, type IdentityProviderKey } from "../../data/entities/identity-provider.ts";
import type { Jwk } from "../../data/entities/web-identity.ts";
import { uuid } from "../../data/random.ts";
import { signCertificate } from "../../signing/x509-certificate.ts";
import type { Emulation } from "../emulation.ts";

/** The key of the identity provider, made on first use. */
export type KeySource = () => Promise<IdentityProviderKey>;

/** A key that is stored in the state, so that it survives a restart; a reset makes a new one. */
export function keySource(emulation: Emulation): KeySource {
  const { store } = emulation;
  let underway: Promise<void> | undefined;
  return async () => {
    for (;;) {
      const stored = store.read((tx) => tx.get(identityProviderKeys, "key"));
      if (stored) return stored;
      underway ??= makeKey(emulation).finally(() => (underway = undefined));
      await underway;
    }
  };
}

// A certificate in metadata only carries a key, and its dates are not checked; but it must be valid at any time that a
// test's clock may have.
const VALID_FROM = Date.UTC(2000, 0, 1);
const VALID_TO = Date.UTC(9999, 11, 31, 23, 59, 59);

/** Making an RSA key takes a good part of a second, so it is done in another thread. */
async function makeKey({ store, clock, random, options }: Emulation): Promise<void> {
  const { publicKey, privateKey } = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  const name = `iam-local identity provider at ${options.publicUrl}`;
  const content = { subject: name, issuer: name, serialNumber: 1, from: VALID_FROM, to: VALID_TO, publicKey };
  const key: IdentityProviderKey = {
    kid: uuid(random),
    privateKey: privateKey.export({ format: "jwk" }),
    certificate: signCertificate(content, privateKey).toString("base64"),
    createdAt: clock.now(),
  };
  // Another request may have stored a key meanwhile; that one is kept.
  await store.transact((tx) => tx.get(identityProviderKeys, "key") ?? tx.put(identityProviderKeys, key));
}

/** The public half, in the form of a JWKS (RFC 7517). */
export function publicJwk({ privateKey, kid }: IdentityProviderKey): Jwk {
  const { kty, n, e } = createPublicKey(keyObject(privateKey)).export({ format: "jwk" });
  return { kty, use: "sig", alg: "RS256", kid, n, e };
}

/** The private half in PEM, with which SAML is signed. */
export const privatePem = ({ privateKey }: IdentityProviderKey): string =>
  keyObject(privateKey).export({ type: "pkcs8", format: "pem" }).toString();

const keyObject = (jwk: Jwk) => createPrivateKey({ key: jwk as JsonWebKey, format: "jwk" });
