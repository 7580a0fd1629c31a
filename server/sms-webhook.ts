import type { SmsMessage } from "../data/entities/mfa.ts";
import type { Store } from "../data/store.ts";

/** Longer than any receiver on the same machine needs. */
const PATIENCE_MS = 5000;

/**
 * Posts each message for a phone to `url` as JSON, for a receiver that plays the phone. Nobody waits for it, and a
 * redirect is not followed. Failures are told to `log`: the message is in the inbox anyway.
 */
export function smsWebhook(
  url: string | undefined,
  store: Store,
  log: (line: string) => void = (line) => console.error(line),
): (message: SmsMessage) => void {
  if (url === undefined) return () => {};
  return ({ phoneNumber, serialNumber, text, code, sentAt }) => {
    const body = JSON.stringify({ phoneNumber, serialNumber, text, code, sentAt: new Date(sentAt).toISOString() });
    const post = async () => {
      await store.durable();
      const answer = await fetch(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
        redirect: "error",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      if (!answer.ok) throw new Error(`it answered ${answer.status}`);
    };
    post().catch((cause: Error) => log(`iam-local: the SMS webhook was not told of a message: ${cause.message}`));
  };
}
