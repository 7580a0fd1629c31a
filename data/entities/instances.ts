import { collection } from "../store.ts";

/** The EC2 instance whose metadata the emulator serves. There is one. */
export interface Instance {
  /** `i-…` */
  readonly id: string;
  readonly account: string;
  readonly startedAt: number;
  /** Name of the instance profile that it was given; absent if it has the one from the emulator's start. */
  readonly profile?: string;
}
export const instances = collection<Instance>("instances", () => ["instance"]);
