/** A request as it came over the wire, without its body. */
export interface RequestHead {
  readonly method: string;
  /** The request target as on the wire, such as `/?Action=GetCallerIdentity`. */
  readonly target: string;
  /** Node's flat list of name, value, name, value, decoded as latin1. */
  readonly rawHeaders: readonly string[];
}

/** A request as it came over the wire. */
export interface SignedRequest extends RequestHead {
  readonly body: Uint8Array;
}

/** The first value of a header in node's flat list. `name` is in lower case. */
export function header(rawHeaders: readonly string[], name: string): string | undefined {
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const sent = rawHeaders[i]!;
    if (sent.length === name.length && sent.toLowerCase() === name) return rawHeaders[i + 1];
  }
  return undefined;
}
