/** The most bytes that V8 needs for an object besides its members, for a member, and for a string besides its text. */
const OBJECT = 64;
const MEMBER = 48;
const STRING = 32;
/** A view of bytes is two objects, one of which has its data elsewhere. */
const VIEW = 256;

/**
 * The most bytes of memory that a value of strings, numbers, arrays and plain objects takes; what is shared counts each
 * time. Stops counting at `enough`.
 */
export function footprint(value: unknown, enough = Infinity): number {
  if (typeof value === "string") return STRING + 2 * value.length;
  if (typeof value !== "object" || value === null) return 0;
  if (ArrayBuffer.isView(value)) return VIEW + value.byteLength;
  let bytes = OBJECT;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length && bytes < enough; i++) bytes += MEMBER + footprint(value[i], enough);
    return bytes;
  }
  for (const name in value) {
    bytes += MEMBER + footprint(name) + footprint((value as Readonly<Record<string, unknown>>)[name], enough);
    if (bytes >= enough) return bytes;
  }
  return bytes;
}
