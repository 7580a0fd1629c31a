import { once } from "node:events";
import { policies } from "../connection-states.ts";
import { open } from "../wire.ts";
import { serverAttack } from "./server-attack.ts";

/** Clients that request two hundred answers of half a megabyte each and read none of them. */
export const unread = serverAttack("Clients that read no answer", async ({ endpoint }, scale) => {
  const count = scale === "full" ? 200 : 10;
  for (let i = 0; i < count; i++) {
    const asked = Buffer.concat(Array.from({ length: 200 }, () => policies(endpoint)));
    const socket = open(endpoint, (connected) => connected.write(asked));
    await once(socket, "connect");
  }
  // Once a page has been answered this often, everything that the emulator creates for pages exists.
  for (let i = 0; i < count; i++) await (await fetch(`${endpoint}/_emulator/clock`)).arrayBuffer();
  return { done: `${count} clients, 200 requests each`, failures: [] };
});
