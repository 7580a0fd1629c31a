import type { Unmapped } from "./call.ts";

/** Thrown where a call cannot be mapped; `mapCall` makes an Unmapped of it. The message is a sentence for people. */
export class CannotMap extends Error {
  readonly needs: Unmapped["needs"];

  constructor(message: string, needs?: Unmapped["needs"]) {
    super(message);
    this.needs = needs;
  }
}

/** For requests that could be read in two ways: the service behind the gate may read them in the other. */
export const ambiguous = (why: string): CannotMap => new CannotMap(`The request can be read in two ways: ${why}.`);
