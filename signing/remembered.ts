/** How many texts are kept at a time. */
const MOST = 500;
/** The greatest length of a text that is kept, in characters. */
const LONGEST = 1024;

/**
 * Wraps `read`, whose result depends on the text alone, so that a text which clients send again and again is read once.
 * Only what was read is kept, never what was concluded from it, and nothing if `read` throws.
 */
export function remembered<T extends object>(read: (text: string) => T): (text: string) => Readonly<T> {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    // A substring would keep the whole text in memory, so a copy is kept. Only a text of bytes (latin1) can be copied
    // exactly.
    const own = Buffer.from(text, "latin1").toString("latin1");
    if (text.length > LONGEST || own !== text) return read(text);
    const made = read(own);
    if (known.size >= MOST) known.clear();
    known.set(own, made);
    return made;
  };
}
