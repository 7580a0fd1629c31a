import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { listen } from "../../server/listen.ts";
import type { Balancer } from "./balancer.ts";

/** Starts a balancer that passes each request on to the next of these ports, whichever connection it comes by. */
export async function balanceRequests(
  ports: readonly number[],
  at = { host: "127.0.0.1", port: 0 },
): Promise<Balancer> {
  let turn = 0;
  const server = createServer((message, response) => passOn(message, response, ports[turn++ % ports.length]!));
  return {
    endpoint: `http://${await listen(server, at)}`,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function passOn(message: IncomingMessage, response: ServerResponse, port: number): void {
  const { method, url, rawHeaders } = message;
  const passed = request({ host: "127.0.0.1", port, method, path: url, headers: rawHeaders }, (answer) => {
    response.writeHead(answer.statusCode!, answer.rawHeaders);
    answer.pipe(response);
  });
  passed.on("error", () => response.destroy());
  response.on("close", () => passed.destroy());
  message.pipe(passed);
}
