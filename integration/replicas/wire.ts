import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A way to a PostgreSQL server that breaks in the middle of commits. */
export interface Wire {
  /** The address of a database, by this way. */
  readonly through: (url: string) => string;
  /**
   * Cuts the connections of the next commits: before the server is asked, or when it answers. Resolves when so many are cut.
   */
  readonly cutAtCommits: (count: number, when: "asked" | "answered") => Promise<void>;
  readonly close: () => void;
}

/** The message of the simple protocol that ends a transaction. */
const COMMIT = Buffer.from("COMMIT\0");

export async function startWire(port: number): Promise<Wire> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    return socket.on("error", () => {}).on("close", () => sockets.delete(socket));
  };
  let cuts: { left: number; readonly when: "asked" | "answered"; readonly done: () => void } | undefined;
  const cut = (client: Socket) => {
    client.destroy();
    if (!cuts || --cuts.left > 0) return;
    cuts.done();
    cuts = undefined;
  };
  const server = createServer((client) => {
    keep(client);
    const upstream = keep(connect(port, "127.0.0.1"));
    client.on("close", () => upstream.destroy());
    upstream.on("close", () => client.destroy());
    upstream.pipe(client);
    client.on("data", (chunk) => {
      if (!cuts || !chunk.includes(COMMIT)) return void upstream.write(chunk);
      if (cuts.when === "asked") return cut(client);
      upstream
        .unpipe(client)
        .once("data", () => cut(client))
        .resume();
      upstream.write(chunk);
    });
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return {
    through: (url) => Object.assign(new URL(url), { port: String((server.address() as AddressInfo).port) }).href,
    cutAtCommits: (left, when) =>
      new Promise((resolve) => {
        cuts = { left, when, done: resolve };
      }),
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
