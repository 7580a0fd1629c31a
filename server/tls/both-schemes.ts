import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket, type SecureContext } from "node:tls";
import type { Connections } from "../connections.ts";

/** The first byte of a TLS handshake (RFC 8446, section 5.1); no HTTP request begins with it. */
const HANDSHAKE = 0x16;

/**
 * Makes an HTTP server speak HTTPS on the same port as well: the first byte of a connection decides. A connection that
 * sends nothing is closed after `patience` milliseconds; a handshake has as much time as a request.
 */
export function speakBothSchemes(
  server: Server,
  connections: Connections,
  secureContext: SecureContext,
  patience: number,
): void {
  // Node's own listener, which is the first, begins HTTP on any stream that it is given.
  const [speakHttp] = server.listeners("connection") as [(this: Server, stream: Duplex) => void];
  server.off("connection", speakHttp);
  server.on("connection", (socket: Socket) => {
    // `connections` closes those that time out.
    socket.setTimeout(patience);
    onFirstByte(socket, (byte) => {
      socket.setTimeout(0);
      if (byte !== HANDSHAKE) return speakHttp.call(server, socket);
      const secured = new TLSSocket(socket, { isServer: true, secureContext, ALPNProtocols: ["http/1.1"] });
      connections.replace(socket, secured);
      speakHttp.call(server, secured);
    });
  });
}

/** Passes on the first byte without consuming it. If the client closes before sending one, the connection is closed. */
function onFirstByte(socket: Socket, act: (byte: number) => void): void {
  const leave = () => socket.destroy();
  const look = () => {
    const first = socket.read(1) as Buffer | null;
    if (first === null) return;
    socket.off("readable", look).off("end", leave);
    socket.unshift(first);
    act(first[0]!);
  };
  socket.on("readable", look).on("end", leave);
}
