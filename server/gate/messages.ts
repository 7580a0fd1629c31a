import { SigningError } from "../../signing/signing-error.ts";
import type { GateHead, Passage, Refusal, Verdict } from "./engine.ts";

// What a gate in a process of its own and the emulator's control plane say to each other, as JSON: bodies are in base64.

export interface DecideMessage {
  readonly head: GateHead;
  readonly body?: string | undefined;
  readonly unmapped: "pass" | "refuse";
}

export interface CompletedMessage {
  readonly requestId: string;
  readonly status?: number | undefined;
  readonly body?: string | undefined;
}

export interface BodyRefusedMessage {
  readonly requestId: string;
  readonly call: Passage["call"];
  /** Of a SigningError; of anything else the message alone. */
  readonly error: Partial<Pick<SigningError, "code" | "elements" | "status" | "wireMessage">> & {
    readonly message: string;
  };
}

/** A refusal whose body may be bytes. */
type RefusalMessage = Omit<Refusal, "body"> & { readonly body?: string; readonly bytes?: string };
export type VerdictMessage = Passage | RefusalMessage;

/** The input of a call stays behind: whoever passes the call on has no use for it. */
export function verdictMessage(verdict: Verdict): VerdictMessage {
  if (verdict.kind === "refuse") return refusalMessage(verdict);
  return "input" in verdict.call ? { ...verdict, call: { ...verdict.call, input: {} } } : verdict;
}

export const refusalMessage = ({ body, ...rest }: Refusal): RefusalMessage =>
  typeof body === "string" ? { ...rest, body } : { ...rest, bytes: body.toString("base64") };

export const verdictFrom = (message: VerdictMessage): Verdict =>
  message.kind === "pass" ? { ...message, account: message.account } : refusalFrom(message);

export const refusalFrom = ({ body, bytes, ...rest }: RefusalMessage): Refusal => ({
  ...rest,
  body: body ?? Buffer.from(bytes ?? "", "base64"),
});

export const errorMessage = (error: Error): BodyRefusedMessage["error"] => {
  if (!(error instanceof SigningError)) return { message: error.message };
  const { code, status, wireMessage, elements, message } = error;
  return { code, status, wireMessage, elements, message };
};

export const errorFrom = ({ code, status, wireMessage, elements, message }: BodyRefusedMessage["error"]): Error =>
  status === undefined ? new Error(message) : new SigningError(code, status, wireMessage, undefined, elements);
