import { readFileSync } from "node:fs";
import type { RequestListener, Server, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";

/** More connections than any test needs; each takes some kilobytes. */
const MOST_CONNECTIONS = 4096;
/** What else the process opens: the state's files, connections of its own, and modules, which are loaded late and many at a time. */
const RESERVED_FILES = 128;
/**
 * Requests on one connection that have come and are not answered. Clients of AWS send the next when they have the answer to the
 * last. A read of the socket brings 64 KB, which are fewer signed requests than this: only tiny ones can be more.
 */
const MOST_UNANSWERED = 256;
/** The longest time, in milliseconds, that a client has to read why it was refused, and to close. */
const LONGEST_FAREWELL = 5_000;

interface Connection {
  readonly socket: Duplex;
  /** The number that the last beginning or end of a request had, counted over all connections. */
  turn: number;
  /** In the order in which their requests came; the first is being worked on. */
  readonly unanswered: ServerResponse[];
  /** Called at the end of each answer. */
  readonly answered: () => void;
  /** The last bytes for a client that is to hear no more after the answers that it has a right to. */
  refusal?: string;
}

/**
 * The connections of a server, so that none of them can hold up the others or end the process. Requests on one connection are
 * worked on one after the other, and what a client sends is not read while it has not taken the answers to what it sent before.
 * Where there are too many connections, the one that has been quiet for longest is closed in favour of the new one.
 */
export class Connections {
  readonly #open = new Map<Duplex, Connection>();
  readonly #handle: RequestListener;
  readonly #most: number;
  readonly #farewell: number;
  /** Connections whose next request has come and whose last one is answered. */
  readonly #waiting: Connection[] = [];
  #turns = 0;

  /**
   * Takes over the server's connections and its requests, which `handle` answers. Refused clients have until `patience`
   * milliseconds, but at most five seconds, to read why.
   */
  constructor(server: Server, handle: RequestListener, patience: number, most = mostConnections()) {
    this.#handle = handle;
    this.#most = most;
    this.#farewell = Math.min(patience, LONGEST_FAREWELL);
    server.on("connection", (socket) => this.#add(socket));
    server.on("request", (_message, response) => this.#receive(response));
    // A connection that could not be accepted for want of files: the next one can.
    server.on("error", () => this.#makeRoom());
  }

  /** A connection goes on in another stream, which decrypts it. */
  replace(socket: Duplex, decrypted: Duplex): void {
    this.#open.delete(socket);
    this.#add(decrypted);
  }

  /** Closes all connections, whatever goes on there. */
  destroy(): void {
    for (const socket of this.#open.keys()) socket.destroy();
  }

  /**
   * Answers what was not understood, or is not served, with a status and nothing but `text` once everything before it is answered,
   * and closes the connection.
   */
  refuse(socket: Duplex, status: string, text = ""): void {
    const connection = this.#open.get(socket);
    if (connection === undefined || connection.refusal !== undefined) return;
    const type = text === "" ? "" : "Content-Type: text/plain\r\n";
    connection.refusal = `HTTP/1.1 ${status}\r\nConnection: close\r\n${type}Content-Length: ${text.length}\r\n\r\n${text}`;
    const { unanswered } = connection;
    const last = unanswered.at(-1);
    // A request that broke off in its body: the refusal is its answer, unless it has one.
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
    // Node takes its own listeners off a socket that it hands out, and an error that nobody listens for ends the process. What an
    // error means to a request, node tells the request.
    socket.on("error", () => {});
    socket.on("timeout", () => socket.destroy());
    socket.on("close", () => this.#open.delete(socket));
    // Node resumes a socket at the end of each request that it has parsed.
    socket.on("resume", () => {
      if (isBehind(connection)) stopReading(socket);
    });
  }

  /** Closes the connection that has been quiet for longest. */
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
    // Before node's listener, which would close a socket whose client has closed its side.
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

  /** One at a turn of the event loop, so that requests for which nobody had to wait are never behind many for which somebody had to. */
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

  /** Says the last words and closes; what the client still sends is read meanwhile, since unread bytes would take them back. */
  #hangUp({ socket, refusal }: Connection): void {
    if (!socket.writable) return;
    socket.end(refusal);
    socket.resume();
    const deadline = setTimeout(() => socket.destroy(), this.#farewell);
    socket.on("close", () => clearTimeout(deadline));
  }
}

/** Whether answers are due before more is read. A refused client, once it has been answered, may say what it likes. */
const isBehind = ({ unanswered, refusal }: Connection): boolean =>
  refusal === undefined ? unanswered.length > 1 : unanswered.length > 0;

/** A stream that is paused already reads on when it is resumed, and does nothing when it is paused again: node is told all the same. */
function stopReading(socket: Duplex): void {
  if (socket.isPaused()) socket.emit("pause");
  else socket.pause();
}

/** As many as leave the process something to open; never fewer than half of what it may. */
function mostConnections(): number {
  const files = mostFiles();
  return Math.min(MOST_CONNECTIONS, Math.max(files - RESERVED_FILES, Math.floor(files / 2)));
}

/** How many files and connections the process may have open, as Linux tells it; elsewhere node raises the limit by itself. */
function mostFiles(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}
