import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** One address for several servers. */
export interface Balancer {
  readonly endpoint: string;
  readonly close: () => void;
}

/**
 * Starts a balancer of TCP connections: each goes to the next of these ports at which somebody listens, and is closed if there is
 * none.
 */
export async function startBalancer(ports: readonly number[]): Promise<Balancer> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  let turn = 0;
  const server = createServer((client) => {
    keep(client);
    const tryNext = (left: number) => {
      if (left === 0 || client.destroyed) return client.destroy();
      const upstream = connect(ports[turn++ % ports.length]!, "127.0.0.1");
      keep(upstream);
      let isConnected = false;
      upstream.once("connect", () => {
        isConnected = true;
        client.pipe(upstream).pipe(client);
      });
      upstream.once("close", () => (isConnected ? client.destroy() : tryNext(left - 1)));
      client.once("close", () => upstream.destroy());
    };
    tryNext(ports.length);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
