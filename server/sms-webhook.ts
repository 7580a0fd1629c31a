import type { SmsMessage } from "../data/entities/mfa.ts";
import type { Store } from "../data/store.ts";

/** Longer than any receiver on the same machine needs. */
const PATIENCE_MS = 5000;

/**
 * Posts each message that a phone is sent to `url` as JSON, for whoever plays the phone. Nobody waits for it, a redirect is
 * not followed, and what goes wrong is told to `log`: the message is in the inbox all the same.
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
