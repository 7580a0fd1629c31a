/** A seed that cannot be read or applied; the message names the file, the line and the key. */
export class SeedError extends Error {
  override readonly name = "SeedError";
}
