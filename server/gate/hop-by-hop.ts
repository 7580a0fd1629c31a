/** What concerns one connection and not the message on it (RFC 9110, section 7.6.1). */
const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Names, in lower case, of the headers that end here: those that always do, and those that `Connection` names besides. */
export function hopByHop(connection: string | undefined): ReadonlySet<string> {
  if (connection === undefined || PLAIN.has(connection)) return ALWAYS;
  const named = connection
    .toLowerCase()
    .split(",")
    .map((name) => name.trim());
  return new Set([...HOP_BY_HOP, ...named]);
}

const ALWAYS: ReadonlySet<string> = new Set(HOP_BY_HOP);
/** What nearly all messages have there, which names no header. */
const PLAIN: ReadonlySet<string> = new Set(["keep-alive", "Keep-Alive", "close"]);
