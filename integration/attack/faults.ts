import { once } from "node:events";
import { STATES } from "../connection-states.ts";
import { closed, open } from "../wire.ts";
import { serverAttack } from "./server-attack.ts";

const AT_ONCE = 20;

/**
 * Connections that are reset, at once or after the first bytes of an answer, or never read, in each state of a
 * connection.
 */
export const faults = serverAttack("Connections broken in every state", async ({ endpoint }, scale) => {
  const count = scale === "full" ? 20_000 : 300;
  let begun = 0;
  const worker = async () => {
    while (begun < count) {
      const [, sent] = STATES[begun % STATES.length]!;
      const fault = Math.floor(begun++ / STATES.length) % 3;
      const socket = open(endpoint, (connected) => {
        connected.write(sent(endpoint), () => fault === 0 && connected.resetAndDestroy());
        if (fault === 1) connected.once("data", () => connected.resetAndDestroy());
      });
      if (fault === 2) await Promise.race([once(socket, "connect"), closed(socket)]);
      // A connection without an answer by then is reset, too.
      const patience = setTimeout(() => socket.resetAndDestroy(), 20);
      await closed(socket);
      clearTimeout(patience);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  // Some stay open until the end.
  for (const [, sent] of STATES)
    await once(
      open(endpoint, (socket) => socket.write(sent(endpoint))),
      "connect",
    );
  return { done: `${count.toLocaleString("en")} connections`, failures: [] };
});
