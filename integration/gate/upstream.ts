import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { after, before, beforeEach } from "mocha";

/** A service behind a gate that tells all it was sent. */
export interface Upstream {
  readonly origin: string;
  /** All requests since the test began. */
  readonly requests: readonly {
    readonly method: string;
    readonly url: string;
    readonly rawHeaders: readonly string[];
  }[];
  /** Bytes that have come since the test began, on all connections: also of what never became a request. */
  readonly bytes: number;
  /** Answers the requests of this test; by default 200 and `{}`. */
  answer: (message: IncomingMessage, response: ServerResponse) => void;
  readonly sockets: ReadonlySet<Socket>;
  /** Has it know of nothing that it was sent. */
  forget(): void;
}

/** A service for the tests of the enclosing `describe`. */
export function upstream(): Upstream {
  const byDefault: RequestListener = (message, response) => {
    message.resume().on("end", () => response.writeHead(200, { "content-type": "application/json" }).end("{}"));
  };
  const sockets = new Set<Socket>();
  let requests: Upstream["requests"][number][] = [];
  let bytes = 0;
  const found = {
    origin: "",
    get requests() {
      return requests;
    },
    get bytes() {
      return bytes;
    },
    answer: byDefault,
    sockets,
    forget() {
      requests = [];
      bytes = 0;
    },
  };
  const server = createServer((message, response) => {
    const { method, url, rawHeaders } = message;
    requests.push({ method: method!, url: url!, rawHeaders });
    found.answer(message, response);
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => {});
    socket.prependListener("data", (chunk: Buffer) => (bytes += chunk.length));
  });
  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    found.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  beforeEach(() => {
    found.forget();
    found.answer = byDefault;
  });
  after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return found;
}
