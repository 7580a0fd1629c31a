/** The members of a service's answer: of JSON all, of XML those that are texts, by their names; none of what cannot be read. */
export function readAnswer(body: Uint8Array | undefined): Readonly<Record<string, unknown>> {
  const text = Buffer.from(body ?? [])
    .toString("utf8")
    .trimStart();
  if (text.startsWith("<"))
    return Object.fromEntries(Array.from(text.matchAll(LEAF), ([, name, value]) => [name, value]));
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

const LEAF = /<([\w.-]+)>([^<>&]*)<\/\1>/g;
