/** Texts that are kept at a time. */
const MOST = 500;
/** Characters of a text that is kept. */
const LONGEST = 1024;

/**
 * `read`, which depends on the text alone, done once for a text that comes again and again, as clients send them. Only what was
 * read is kept, never what came of it, and nothing where `read` throws.
 */
export function remembered<T extends object>(read: (text: string) => T): (text: string) => Readonly<T> {
  const known = new Map<string, T>();
  return (text) => {
    const before = known.get(text);
    if (before !== undefined) return before;
    // A part of a text would keep the whole of it in memory, so it is a copy that is kept. Only of bytes is there an exact one.
    const own = Buffer.from(text, "latin1").toString("latin1");
    if (text.length > LONGEST || own !== text) return read(text);
    const made = read(own);
    if (known.size >= MOST) known.clear();
    known.set(own, made);
    return made;
  };
}
