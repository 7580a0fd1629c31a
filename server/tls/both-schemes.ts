import type { Server } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { TLSSocket, type SecureContext } from "node:tls";
import type { Connections } from "../connections.ts";

/** What a TLS handshake begins with (RFC 8446, section 5.1) and no HTTP request does. */
const HANDSHAKE = 0x16;

/**
 * Has a server that speaks HTTP speak HTTPS on the same port as well: each connection is what its first byte says. One that says
 * nothing is closed after `patience` milliseconds; a handshake has the time that a request has.
 */
export function speakBothSchemes(
  server: Server,
  connections: Connections,
  secureContext: SecureContext,
  patience: number,
): void {
  // Node's own listener, the first that there is, begins HTTP on whatever stream it is given.
  const [speakHttp] = server.listeners("connection") as [(this: Server, stream: Duplex) => void];
  server.off("connection", speakHttp);
  server.on("connection", (socket: Socket) => {
    // `connections` ends those that time out.
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

/** Looks at the first byte that comes and leaves it there; who closes without one is answered with the same. */
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
