import type { JWTHeaderParameters } from "jose";
import type { Transaction } from "../../data/store.ts";
import type { Emulation } from "../emulation.ts";
import { invalidRequest, tooManyRequests } from "./errors.ts";
import { isUsed, markUsed, type Proof } from "./used-proofs.ts";

/** How far a proof's `iat` may be from the clock, as for signatures. */
const TOLERANCE_MS = 5 * 60 * 1000;

/**
 * Verifies the proof of possession in a request's `DPoP` header (RFC 9449, section 4.3): made recently with the key
 * that it contains, for this method and URL. Rejects with a ValidationException. Whether the proof was used before is
 * checked by `refuseUsed`.
 */
export async function verifyProof(
  text: string | undefined,
  method: string,
  url: URL,
  { clock }: Pick<Emulation, "clock">,
): Promise<Proof> {
  if (text === undefined) throw invalidRequest("The DPoP header is missing.");
  // Loading this takes longer than answering a request, and programs sign in to few emulators.
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
  const issuedAt = typeof iat === "number" ? iat * 1000 : NaN;
  if (!isRecent(issuedAt, clock)) throw invalidRequest("The DPoP proof is too old, or from the future.");
  if (typeof jti !== "string" || jti === "") throw invalidRequest("The DPoP proof has no jti.");
  return { keyThumbprint, id: jti, issuedAt };
}

/** Query and fragment do not count, and the scheme may differ if TLS ends before the emulator. */
function isAddress(htu: unknown, { host, pathname }: URL): boolean {
  if (typeof htu !== "string" || !URL.canParse(htu)) return false;
  const asked = new URL(htu);
  return asked.host === host && asked.pathname === pathname;
}

/** While the emulator's clock is moved, clients still sign with the machine's time. */
function isRecent(issuedAt: number, clock: Emulation["clock"]): boolean {
  const times = clock.moved ? [clock.now(), clock.machineNow()] : [clock.now()];
  return times.some((now) => Math.abs(now - issuedAt) <= TOLERANCE_MS);
}

/** Throws a ValidationException for a proof that was used before. */
export function refuseUsed(proof: Proof, tx: Transaction): void {
  if (isUsed(proof, tx)) throw invalidRequest("The DPoP proof was used before.");
}

/**
 * Marks a proof as used. Only for holders of a code or a refresh token: proofs of others get nothing, and would fill
 * the memory.
 */
export function useProof(proof: Proof, { clock }: Pick<Emulation, "clock">, tx: Transaction): void {
  if (!markUsed(proof, (issuedAt) => isRecent(issuedAt, clock), tx)) {
    throw tooManyRequests("More DPoP proofs are in use than are remembered. Try again in five minutes.");
  }
}
