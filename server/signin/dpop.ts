import type { JWTHeaderParameters } from "jose";
import type { Emulation } from "../emulation.ts";
import { invalidRequest } from "./errors.ts";
import type { SigninMemory } from "./memory.ts";

/** How far a proof's `iat` may be from the clock, as with signatures. */
const TOLERANCE_MS = 5 * 60 * 1000;

/** A proof whose signature is right, of what it says. */
export interface Proof {
  /** SHA-256 thumbprint of the key that made it (RFC 7638). */
  readonly keyThumbprint: string;
  readonly id: string;
}

/**
 * Verifies the proof of possession in a request's `DPoP` header (RFC 9449, section 4.3): made with the key that it carries,
 * for this method and address, and lately. Rejects with a ValidationException; whether it was seen before is for `useProof`.
 */
export async function verifyProof(
  text: string | undefined,
  method: string,
  url: URL,
  { clock }: Pick<Emulation, "clock">,
): Promise<Proof> {
  if (text === undefined) throw invalidRequest("The DPoP header is missing.");
  // It takes longer to load than a request to answer, and few emulators are signed in to by programs.
  const { calculateJwkThumbprint, compactVerify, EmbeddedJWK } = await import("jose");
  let header: JWTHeaderParameters;
  let claims: Readonly<Record<string, unknown>>;
  let keyThumbprint: string;
  try {
    const { payload, protectedHeader } = await compactVerify(text, EmbeddedJWK, { algorithms: ["ES256"] });
    header = protectedHeader;
    claims = JSON.parse(new TextDecoder().decode(payload)) as typeof claims;
    keyThumbprint = await calculateJwkThumbprint(header.jwk!);
  } catch {
    throw invalidRequest("The DPoP proof is not a token signed with the key in it by ES256.");
  }
  const { htm, htu, iat, jti } = claims;
  if (header.typ !== "dpop+jwt") throw invalidRequest("The typ of the DPoP proof must be dpop+jwt.");
  if (htm !== method || !isAddress(htu, url)) throw invalidRequest("The DPoP proof is for another request.");
  // Clients sign with the machine's time while the emulator's is moved.
  const times = clock.moved ? [clock.now(), clock.machineNow()] : [clock.now()];
  const isRecent = typeof iat === "number" && times.some((now) => Math.abs(now - iat * 1000) <= TOLERANCE_MS);
  if (!isRecent) throw invalidRequest("The DPoP proof is too old, or from the future.");
  if (typeof jti !== "string" || jti === "") throw invalidRequest("The DPoP proof has no jti.");
  return { keyThumbprint, id: jti };
}

/** Query and fragment do not count, nor does what terminates TLS before the emulator. */
function isAddress(htu: unknown, { host, pathname }: URL): boolean {
  if (typeof htu !== "string" || !URL.canParse(htu)) return false;
  const asked = new URL(htu);
  return asked.host === host && asked.pathname === pathname;
}

/** Takes a proof once and never again. */
export function useProof({ keyThumbprint, id }: Proof, { proofs }: SigninMemory): void {
  const name = `${keyThumbprint}.${id}`;
  if (proofs.get(name, 0)) throw invalidRequest("The DPoP proof was used before.");
  // By no clock: neither time that moves back nor one that stands still makes a proof new again.
  proofs.set(name, { expiresAt: Infinity });
}
