import type { Authorization } from "../handlers/authorize.ts";
import type { Check } from "../gate/call.ts";
import type { Caller } from "../handlers/caller.ts";
import type { RequestFacts } from "../handlers/operation.ts";
import type { Service } from "./api/model.ts";

/** What is known of a request so far, for its answer and for the trail. */
export interface Progress {
  readonly id: string;
  readonly now: number;
  /** The most bytes of memory that the texts of the request take: values read from them may keep them in memory. */
  textSize: number;
  service: Service | undefined;
  /** The service that was called, if it is not one that the emulator implements. */
  otherService?: string;
  action: string;
  facts: RequestFacts & { region: string };
  caller: Caller | undefined;
  input: object | undefined;
  readonly authorizations: Authorization[];
  /** Of a call that came through the gate: what it takes to be allowed, as far as that is known. */
  checks?: readonly Check[];
  /** Why such a call would have been refused, where no permission is asked for what cannot be told. */
  unmapped?: string;
}
