import { readFileSync } from "node:fs";
import type { RequestListener, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** More connections than any test needs; each takes some kilobytes. */
const MOST_CONNECTIONS = 4096;
/**
 * Files that the process opens besides connections: the state's, its own outgoing connections, and modules, which are
 * loaded late and many at a time.
 */
const RESERVED_FILES = 128;
/**
 * How many requests on one connection may have arrived without an answer. Clients of AWS send the next request after
 * the answer to the last. One read of the socket brings 64 KB: only tiny requests, never signed ones, can be more than
 * this.
 */
const MOST_UNANSWERED = 256;
/** The longest time, in milliseconds, that a client has to read its refusal and close. */
const LONGEST_FAREWELL = 5_000;

interface Connection {
  readonly socket: Duplex;
  /**
   * Counts the beginnings and ends of requests on all connections; this is the number of this connection's last one.
   */
  turn: number;
  /** In the order in which their requests arrived; the first is being worked on. */
  readonly unanswered: ServerResponse[];
  /** Called at the end of each answer. */
  readonly answered: () => void;
  /** Bytes to send after the answers that are still due; after them the connection is closed. */
  refusal?: string;
}

/**
 * The connections of a server. None of them can hold up the others or end the process. Requests on one connection are
 * processed one after the other, and nothing more is read from a client that has not taken its earlier answers. If
 * there are too many connections, the one that has been idle longest is closed in favour of the new one.
 */
export class Connections {
  readonly #open = new Map<Duplex, Connection>();
  readonly #handle: RequestListener;
  readonly #most: number;
  readonly #farewell: number;
  /** Connections whose next request has arrived and whose last one is answered. */
  readonly #waiting: Connection[] = [];
  #turns = 0;

  /**
   * Takes over the server's connections and its requests, which `handle` answers. Refused clients have `patience`
   * milliseconds, but at most five seconds, to read the refusal.
   */
  constructor(server: Server, handle: RequestListener, patience: number, most = mostConnections()) {
    this.#handle = handle;
    this.#most = most;
    this.#farewell = Math.min(patience, LONGEST_FAREWELL);
    server.on("connection", (socket) => this.#add(socket));
    server.on("request", (_message, response) => this.#receive(response));
    // The process had no file left to accept a connection: make room for the next one.
    server.on("error", () => this.#makeRoom());
  }

  /** The connection continues in another stream, which decrypts it. */
  replace(socket: Duplex, decrypted: Duplex): void {
    this.#open.delete(socket);
    this.#add(decrypted);
  }

  /** Closes all connections, whatever is happening on them. */
  destroy(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }

  /**
   * Refuses a request that was not understood, or is not served: once everything before it is answered, sends the
   * status with `text` as the whole body, and closes the connection.
   */
  refuse(socket: Duplex, status: string, text = ""): void {
    const connection = this.#open.get(socket);
    if (connection === undefined || connection.refusal !== undefined) return;
    const type = text === "" ? "" : "Content-Type: text/plain\r\n";
    connection.refusal = `HTTP/1.1 ${status}\r\nConnection: close\r\n${type}Content-Length: ${text.length}\r\n\r\n${text}`;
    const { unanswered } = connection;
    const last = unanswered.at(-1);
    // The last request broke off in its body. The refusal is its answer, unless an answer has begun already.
    if (last && !last.req.complete) {
      if (last.headersSent) connection.refusal = "";
      else unanswered.pop();
    }
    if (unanswered.length === 0) this.#hangUp(connection);
    else stopReading(socket);
  }

  #add(socket: Duplex): void {
    const answered = () => this.#answered(connection);
    const connection: Connection = { socket, turn: this.#turns++, unanswered: [], answered };
    if (this.#open.size >= this.#most) this.#makeRoom();
    this.#open.set(socket, connection);
    // Node removes its own error listener from a socket that it hands out, and an error without a listener would end
    // the process. Node tells the request itself of any error.
    socket.on("error", () => {});
    socket.on("timeout", () => socket.destroy());
    socket.on("close", () => this.#open.delete(socket));
    // Node resumes a socket whenever it has parsed a request to its end.
    socket.on("resume", () => {
      if (isBehind(connection)) stopReading(socket);
    });
  }

  /** Closes the connection that has been idle longest. */
  #makeRoom(): void {
    let quietest: Connection | undefined;
    for (const connection of this.#open.values()) {
      if (quietest === undefined || connection.turn < quietest.turn) quietest = connection;
    }
    if (quietest === undefined) return;
    this.#open.delete(quietest.socket);
    quietest.socket.destroy();
  }

  #receive(response: ServerResponse): void {
    const { socket } = response.req;
    const connection = this.#open.get(socket);
    if (connection === undefined || connection.refusal !== undefined) return;
    const { unanswered } = connection;
    if (unanswered.length === MOST_UNANSWERED) {
      socket.destroy();
      return;
    }
    unanswered.push(response);
    // Before node's own listener, which would close the socket of a client that has closed its side.
    response.prependListener("finish", connection.answered);
    if (unanswered.length === 1) this.#begin(connection);
    else stopReading(socket);
  }

  #begin(connection: Connection): void {
    const response = connection.unanswered[0];
    if (response === undefined || connection.socket.destroyed) return;
    connection.turn = this.#turns++;
    this.#handle(response.req, response);
  }

  /**
   * Begins one request per turn of the event loop, so that requests which had to wait do not hold up those which did
   * not.
   */
  readonly #beginNext = () => {
    const next = this.#waiting.shift()!;
    if (this.#waiting.length > 0) setImmediate(this.#beginNext);
    this.#begin(next);
  };

  #answered(connection: Connection): void {
    const { socket, unanswered, refusal } = connection;
    connection.turn = this.#turns++;
    unanswered.shift();
    if (unanswered.length > 0) {
      this.#waiting.push(connection);
      if (this.#waiting.length === 1) setImmediate(this.#beginNext);
      if (!isBehind(connection)) socket.resume();
    } else if (refusal !== undefined) {
      this.#hangUp(connection);
    }
  }

  /**
   * Sends the refusal and closes. Meanwhile the rest of what the client sends is read: with unread bytes the system
   * would reset the connection, and the refusal would be lost.
   */
  #hangUp({ socket, refusal }: Connection): void {
    if (!socket.writable) return;
    socket.end(refusal);
    socket.resume();
    const deadline = setTimeout(() => socket.destroy(), this.#farewell);
    socket.on("close", () => clearTimeout(deadline));
  }
}

/** Whether answers must be sent before more is read. From a refused client that has been answered, anything is read. */
const isBehind = ({ unanswered, refusal }: Connection): boolean =>
  refusal === undefined ? unanswered.length > 1 : unanswered.length > 0;

/**
 * pause() does nothing on a stream that is already paused, although node may be reading from it again; the event stops
 * node.
 */
function stopReading(socket: Duplex): void {
  if (socket.isPaused()) socket.emit("pause");
  else socket.pause();
}

/** As many as leave the process some files to open, but at least half of its limit. */
function mostConnections(): number {
  const files = mostFiles();
  return Math.min(MOST_CONNECTIONS, Math.max(files - RESERVED_FILES, Math.floor(files / 2)));
}

/**
 * How many files and connections the process may have open, as Linux reports it; elsewhere node raises the limit by
 * itself.
 */
function mostFiles(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}
