import { remembered } from "./remembered.ts";
import { ALGORITHM } from "./signature-scope.ts";

/** The parts of an Authorization header behind the algorithm, as far as they mean something. */
interface Pairs {
  readonly credential: string | undefined;
  readonly signedHeaders: string | undefined;
  readonly signature: string | undefined;
  /** The first part that is no pair. */
  readonly invalid: string | undefined;
}

/** The last of several of one name counts. Up to the last comma, which is before the signature, a client's requests have one text. */
export function pairsOf(authorization: string): Pairs {
  const comma = authorization.lastIndexOf(",");
  if (comma < 0) return readPairs(authorization.slice(ALGORITHM.length));
  const first = readFirstPairs(authorization.slice(ALGORITHM.length, comma));
  const last = readPairs(authorization.slice(comma + 1));
  return {
    credential: last.credential ?? first.credential,
    signedHeaders: last.signedHeaders ?? first.signedHeaders,
    signature: last.signature ?? first.signature,
    invalid: first.invalid ?? last.invalid,
  };
}

function readPairs(text: string): Pairs {
  let credential: string | undefined;
  let signedHeaders: string | undefined;
  let signature: string | undefined;
  let invalid: string | undefined;
  for (const untrimmed of text.split(",")) {
    const part = untrimmed.trim();
    if (part === "") continue;
    const equals = part.indexOf("=");
    if (equals < 0) invalid ??= part;
    const name = part.slice(0, equals);
    const value = part.slice(equals + 1);
    if (name === "Credential") credential = value;
    else if (name === "Signature") signature = value;
    else if (name === "SignedHeaders") signedHeaders = value;
  }
  return { credential, signedHeaders, signature, invalid };
}

const readFirstPairs = remembered(readPairs);

/** Names in lower case and sorted. */
export const readSignedHeaders = remembered((text: string): readonly string[] => text.toLowerCase().split(";").sort());
