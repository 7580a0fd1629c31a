import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { HttpServer } from "./http.ts";
import type { Options } from "./options.ts";

/** Answers the address and the port, as they are written in URLs. Rejects where the port is taken. */
export async function listen(server: Server, { host, port }: Pick<Options, "host" | "port">): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, resolve);
  });
  const { address, port: chosen, family } = server.address() as AddressInfo;
  return `${family === "IPv6" ? `[${address}]` : address}:${chosen}`;
}

/** Takes no more connections and closes those that there are, whatever goes on there. */
export async function stopListening({ server, connections }: HttpServer): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  connections.destroy();
  await closed;
}
