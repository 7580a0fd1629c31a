import { collection } from "../store.ts";

/** The seed that filled the state; there is at most one. */
export interface AppliedSeed {
  /** SHA-256 of the seed and of the files that it names, in base64. */
  readonly fingerprint: string;
  readonly appliedAt: number;
}
export const appliedSeeds = collection("applied-seeds", (s: AppliedSeed) => [s.fingerprint]);
