import type { Emulation } from "../server/emulation.ts";
import type { DocumentPlaces } from "./document-places.ts";

/** What is tested: accounts as an emulator in memory has them. */
export interface Accounts {
  readonly emulation: Emulation;
  /** Whose users and roles are meant where only their names are given. */
  readonly account: string;
  readonly places: DocumentPlaces;
  /** The made-up principals of policies that stand alone: `policy/NAME` -> the ARN of one that has it. */
  readonly holders: Map<string, string>;
  /** What could not be taken over, and what is odd in a test, in sentences. */
  readonly notes: string[];
}

/** Finds a file that a test file names. */
export type ToPath = (name: string) => string;
