import { once } from "node:events";
import { createServer } from "node:net";

/**
 * A port of this machine that nobody listens at, for servers that come back at the same one. It lies below those that systems
 * give to outgoing connections, so that none of these takes it while its server is down.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_240 + Math.floor(Math.random() * 20_000);
    const probe = createServer();
    try {
      await once(probe.listen(port, "127.0.0.1"), "listening");
      return port;
    } catch {
      // Somebody listens there.
    } finally {
      probe.close();
    }
  }
}
