import { createHash, createHmac } from "node:crypto";

// The sending side of aws-chunked, written apart from the verifier: for tests and the bench.

export interface ChunkSigning {
  /** `YYYYMMDDThhmmssZ`. */
  readonly timestamp: string;
  readonly region: string;
  readonly service: string;
  readonly secret: string;
  /** The signature of the request, in hex. */
  readonly seed: string;
}

type Trailers = Readonly<Record<string, string>>;

const hmac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
const sha256 = (content: string | Buffer): string => createHash("sha256").update(content).digest("hex");

/** Chunks of `size` bytes, each signed, the empty last one, and trailers where they are given. */
export function signedChunks(content: Buffer, size: number, signing: ChunkSigning, trailers?: Trailers): Buffer {
  const { timestamp, region, service, secret } = signing;
  const scope = [timestamp.slice(0, 8), region, service, "aws4_request"];
  const key = scope.reduce<string | Buffer>(hmac, `AWS4${secret}`);
  let previous = signing.seed;
  const sign = (kind: string, ...hashes: readonly string[]): string =>
    (previous = hmac(
      key,
      [`AWS4-HMAC-SHA256-${kind}`, timestamp, scope.join("/"), previous, ...hashes].join("\n"),
    ).toString("hex"));
  const parts = pieces(content, size).map((piece) => {
    const signature = sign("PAYLOAD", sha256(""), sha256(piece));
    return framed(piece, `;chunk-signature=${signature}`);
  });
  const last = `0;chunk-signature=${sign("PAYLOAD", sha256(""), sha256(""))}\r\n`;
  const lines = Object.entries(trailers ?? {}).map(([name, value]) => `${name}:${value}`);
  const signature = trailers && sign("TRAILER", sha256(lines.map((line) => `${line}\n`).join("")));
  const rest = [...lines, ...(signature === undefined ? [] : [`x-amz-trailer-signature:${signature}`]), ""];
  return Buffer.concat([...parts, Buffer.from(last + rest.map((line) => `${line}\r\n`).join(""))]);
}

/** Chunks of `size` bytes without signatures, and trailers. */
export function plainChunks(content: Buffer, size: number, trailers: Trailers): Buffer {
  const lines = Object.entries(trailers).map(([name, value]) => `${name}:${value}\r\n`);
  const parts = pieces(content, size).map((piece) => framed(piece, ""));
  return Buffer.concat([...parts, Buffer.from(`0\r\n${lines.join("")}\r\n`)]);
}

const framed = (piece: Buffer, extension: string): Buffer =>
  Buffer.concat([Buffer.from(`${piece.length.toString(16)}${extension}\r\n`), piece, Buffer.from("\r\n")]);

const pieces = (content: Buffer, size: number): readonly Buffer[] =>
  Array.from({ length: Math.ceil(content.length / size) }, (_, i) => content.subarray(i * size, (i + 1) * size));
