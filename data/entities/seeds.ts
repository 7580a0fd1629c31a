import { collection } from "../store.ts";

/** The seed that the state has grown from; there is at most one. */
export interface AppliedSeed {
  /** SHA-256 of what is in the seed and in the files that it names, in base64. */
  readonly fingerprint: string;
  readonly appliedAt: number;
}
export const appliedSeeds = collection("applied-seeds", (s: AppliedSeed) => [s.fingerprint]);
