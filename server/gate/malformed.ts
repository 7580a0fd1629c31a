import type { IncomingMessage } from "node:http";

/**
 * Why a request is refused before anybody looks at its signature: whatever two readers of HTTP might read in two ways, so that
 * what is verified here is what the service behind the gate acts on. Node's parser has refused before what is no HTTP at all,
 * among that two lengths, a length beside a transfer encoding, and folded headers.
 */
export function whyMalformed({ url = "", rawHeaders, headers }: IncomingMessage): string | undefined {
  if (!url.startsWith("/")) return "The target of a request must begin with a slash.";
  if (/[^\x21-\xff]|#/.test(url)) return "The target of a request has a character in it that none may have.";
  for (const name of SINGLE) if (count(rawHeaders, name) > 1) return `A request has one header ${name} and no more.`;
  const encoding = headers["transfer-encoding"];
  if (encoding !== undefined && encoding.toLowerCase() !== "chunked") {
    return "The only transfer encoding that is understood is chunked.";
  }
  // What Connection names ends here, after it was verified and decided by.
  if (/(?:^|[\s,])(?:x-amzn?-|content-|if-|range|host|smithy-)/i.test(headers.connection ?? "")) {
    return "A request's header Connection names a header that is meant for the service.";
  }
  if (/\bwebsocket\b/i.test(headers.upgrade ?? "")) return "No websockets pass here.";
  return undefined;
}

/** Headers by which a request is signed, addressed or measured. */
const SINGLE = [
  "host",
  "content-length",
  "transfer-encoding",
  "authorization",
  "x-amz-date",
  "x-amz-content-sha256",
  "x-amz-decoded-content-length",
  "x-amz-security-token",
  "x-amz-target",
];

function count(rawHeaders: readonly string[], name: string): number {
  let found = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const sent = rawHeaders[i]!;
    if (sent.length === name.length && sent.toLowerCase() === name) found++;
  }
  return found;
}
