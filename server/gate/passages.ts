import type { Keep } from "../../handlers/gate/resource-changes.ts";
import type { Emulation } from "../emulation.ts";
import { recordOutcome } from "../outcome.ts";
import type { Progress } from "../progress.ts";
import type { ServiceCall } from "./service-error.ts";

/** A call that was let through, until it is told how it ended; to be told to the process that let it through. */
export interface PendingPassage {
  readonly progress: Progress;
  readonly call: ServiceCall;
  /** The media type that was sent, which an answer has as well. */
  readonly sentType: string | undefined;
  /** Keeps what the call has changed, if that is something that the gate must know. */
  readonly keep: Keep | undefined;
}

/** More than any gate has at a time. */
const MOST = 1000;
/** Bytes of the texts of their requests. */
const BUDGET = 64 * 1024 * 1024;

/** By request id, oldest first. They end with the era, so that nothing is kept of a call from before a reset. */
class Passages {
  readonly #pending = new Map<string, PendingPassage>();
  #bytes = 0;

  /** Answers those that are given up for it: of too many the oldest, of which nobody has said how it ended. */
  add(passage: PendingPassage): readonly PendingPassage[] {
    this.#pending.set(passage.progress.id, passage);
    this.#bytes += passage.progress.textSize;
    const givenUp: PendingPassage[] = [];
    while (this.#pending.size > MOST || (this.#bytes > BUDGET && this.#pending.size > 1)) {
      givenUp.push(this.take(this.#oldest())!);
    }
    return givenUp;
  }

  take(id: string): PendingPassage | undefined {
    const passage = this.#pending.get(id);
    if (passage === undefined) return undefined;
    this.#pending.delete(id);
    this.#bytes -= passage.progress.textSize;
    return passage;
  }

  /** What changes something is waited for as long as there is anything else. */
  #oldest(): string {
    for (const [id, { keep }] of this.#pending) if (!keep) return id;
    return this.#pending.keys().next().value!;
  }
}

const noneYet = () => new Passages();

/** Remembers a call that is let through. */
export function addPassage(pending: PendingPassage, emulation: Emulation): void {
  for (const { progress } of emulation.era.memory(noneYet).add(pending)) recordOutcome(progress, emulation, 0);
}

/** The call of that id, which is forgotten; undefined where it has ended already, or was let through before a reset. */
export const takePassage = (requestId: string, { era }: Emulation): PendingPassage | undefined =>
  era.memory(noneYet).take(requestId);
