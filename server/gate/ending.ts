import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from "node:http";

/** The longest time, in milliseconds, that a client has to take notice of an answer that came before all of its request had. */
const LONGEST_FAREWELL = 5_000;

/** Sends the head of an answer; where the request has not come in full, the connection ends with the answer. */
export function sendHead(
  message: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: OutgoingHttpHeaders,
): void {
  if (!isRead(message)) headers["connection"] = "close";
  response.writeHead(status, headers);
}

/**
 * Ends an answer. What is still to come of the request is read and thrown away for a while, since a connection that is closed with
 * bytes unread takes back the answer, too.
 */
export function end(message: IncomingMessage, response: ServerResponse, last?: string | Buffer): void {
  if (isRead(message)) {
    response.end(last);
    return;
  }
  if (last !== undefined) response.write(last);
  else response.flushHeaders();
  const finish = () => {
    clearTimeout(deadline);
    response.end();
  };
  const deadline = setTimeout(finish, LONGEST_FAREWELL);
  message.once("end", finish).once("close", finish);
  message.resume();
}

/** An answer of the gate's own, whole. */
export function sendWhole(
  message: IncomingMessage,
  response: ServerResponse,
  {
    status,
    headers,
    body,
  }: { readonly status: number; readonly headers: OutgoingHttpHeaders; readonly body: string | Buffer },
): void {
  if (response.headersSent || response.destroyed) return;
  sendHead(message, response, status, { ...headers, "content-length": Buffer.byteLength(body) });
  end(message, response, message.method === "HEAD" ? undefined : body);
}

/** A short answer in plain words, for what is no call to a service. */
export const sendText = (message: IncomingMessage, response: ServerResponse, status: number, text: string): void =>
  sendWhole(message, response, { status, headers: { "content-type": "text/plain" }, body: `${text}\n` });

/** Whether nothing more of the request will come. */
const isRead = (message: IncomingMessage): boolean => message.complete || !hasBody(message);

/** Whether a request has a body, as its head says. */
export const hasBody = ({ headers }: Pick<IncomingMessage, "headers">): boolean =>
  headers["transfer-encoding"] !== undefined || Number(headers["content-length"] ?? 0) > 0;
