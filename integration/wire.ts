import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { sign, type Outgoing } from "./bench/load.ts";

/** An answer on a socket: status, headers in lower case, and body. */
export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Opens a connection of which each side can close its half. Errors are left to "close". */
export function open(endpoint: string, speak: (socket: Socket) => void): Socket {
  const { hostname, port } = new URL(endpoint);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true }, () => speak(socket));
  return socket.on("error", () => {});
}

export const closed = (socket: Socket): Promise<void> =>
  new Promise((resolve) => {
    socket.on("close", () => resolve());
  });

/** Uses a connection and resolves, once it is closed, with everything received. */
export function converse(endpoint: string, speak: (socket: Socket) => void): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    const socket = open(endpoint, speak);
    socket.on("data", (chunk) => chunks.push(chunk));
    socket.on("end", () => socket.end());
    socket.on("close", () => resolve(Buffer.concat(chunks)));
  });
}

/** A request of the Query protocol, signed by root with the machine's time, as it goes over the wire. */
export function signedBytes(endpoint: string, service: "iam" | "sts", parameters: Record<string, string>): Buffer {
  const root = { accessKeyId: "test", secretAccessKey: "test" };
  return bytesOf(sign(Number(new URL(endpoint).port), service, parameters, root));
}

/** A request as it goes over the wire. */
export function bytesOf({ method, path, headers, body = "" }: Outgoing): Buffer {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const length = `content-length: ${Buffer.byteLength(body)}\r\n`;
  return Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}${length}\r\n${body}`);
}

/** The answers in the bytes of a connection. Throws if they are not HTTP. */
export function parseAnswers(bytes: Buffer): Answer[] {
  const answers: Answer[] = [];
  let rest = bytes.toString("latin1");
  while (rest !== "") {
    const end = rest.indexOf("\r\n\r\n");
    assert.notEqual(end, -1, `no HTTP: ${rest.slice(0, 200)}`);
    const [statusLine = "", ...lines] = rest.slice(0, end).split("\r\n");
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1];
    assert.ok(status, `no status line: ${statusLine}`);
    const headers = Object.fromEntries(
      lines.map((line) => [line.slice(0, line.indexOf(":")).toLowerCase(), line.slice(line.indexOf(":") + 1).trim()]),
    );
    rest = rest.slice(end + 4);
    if (status === "100") continue;
    const chunked = headers["transfer-encoding"] === "chunked";
    // Node's own answers come in one chunk.
    const size = chunked ? Number.parseInt(rest, 16) : Number(headers["content-length"] ?? 0);
    const length = chunked ? rest.indexOf("0\r\n\r\n") + 5 : size;
    answers.push({
      status: Number(status),
      headers,
      body: Buffer.from(rest.slice(0, length), "latin1").toString("utf8"),
    });
    rest = rest.slice(length);
  }
  return answers;
}
