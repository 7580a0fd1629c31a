import { signedBytes } from "./wire.ts";

export const HEALTH = "GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\n\r\n";
export const CONNECT = "CONNECT aws.amazon.com:443 HTTP/1.1\r\nHost: localhost\r\n\r\n";
const UPGRADE =
  "GET /_emulator/health HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
export const BODY = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n";

/** A request whose answer is half a megabyte. */
export const policies = (endpoint: string) =>
  signedBytes(endpoint, "iam", { Action: "ListPolicies", MaxItems: "1000" });

/** What a client has sent when it stops: the possible states of a connection. */
export const STATES: readonly (readonly [state: string, sent: (endpoint: string) => string | Buffer])[] = [
  ["before a request", () => ""],
  ["in the head", () => "GET /_emulator/health HTTP/1.1\r\nHo"],
  ["in the body", () => `${BODY}abc`],
  ["when it expects to be told to go on", () => BODY.replace("\r\n", "\r\nExpect: 100-continue\r\n")],
  ["while a page is loaded", () => "GET /_emulator/clock HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["while its answer is written", policies],
  ["while many answers are due", (endpoint) => Buffer.concat(Array.from({ length: 100 }, () => policies(endpoint)))],
  ["between two requests", () => HEALTH],
  ["after CONNECT", () => CONNECT],
  ["after a request and CONNECT", () => HEALTH + CONNECT],
  ["after asking for a web socket", () => UPGRADE],
  ["after an answer of 400", () => "hello\r\n\r\n"],
  ["after a request and garbage", () => `${HEALTH}hello\r\n\r\n`],
  ["after an answer of 413", () => BODY.replace("10", "5000000") + "a".repeat(4_500_000)],
];
