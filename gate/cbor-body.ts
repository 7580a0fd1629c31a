import { decode } from "cborg";
import { CannotMap } from "./cannot-map.ts";

/** Reads an object of CBOR (RFC 8949); nothing at all is an empty one. Throws CannotMap for anything else, and where a member is named twice. */
export function readCborObject(body: Uint8Array): Readonly<Record<string, unknown>> {
  if (body.length === 0) return {};
  let value: unknown;
  try {
    // Tag 1 is a time; the other kinds of tag do not occur in what services are sent.
    value = decode(body, { useMaps: true, rejectDuplicateMapKeys: true, tags: { 1: (inner) => inner() } });
  } catch {
    throw new CannotMap("The request's body is not CBOR in which each member is named once.");
  }
  if (!(value instanceof Map)) throw new CannotMap("The request's body is not an object of CBOR.");
  return plain(value) as Record<string, unknown>;
}

/** Maps into objects, in which a member `__proto__` is one like any other. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries(
    [...value].map(([name, inner]) => {
      if (typeof name !== "string") throw new CannotMap("The request's body has members whose names are no texts.");
      return [name, plain(inner)];
    }),
  );
}
