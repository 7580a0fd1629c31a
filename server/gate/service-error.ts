import type { Protocol } from "../../gate/call.ts";
import { xmlText } from "../xml-text.ts";

// Refusals in the protocol of the service that was called, so that its client shows the sentence and not what it makes of an
// answer that it cannot read.

/** A call to another service than IAM and STS, as far as its request tells. */
export interface ServiceCall {
  /** As the signature's scope names it, such as `dynamodb`. */
  readonly service: string;
  /** Such as `ListTables`; method and path where the protocol has no names of operations. */
  readonly operation: string;
  readonly protocol: Protocol;
}

/** What a service refuses with. */
export interface ServiceError {
  readonly code: string;
  readonly status: number;
  /** Absent where AWS leaves it out. */
  readonly message: string | undefined;
  /** What S3's answer tells besides, by the names of its elements. */
  readonly elements?: Readonly<Record<string, string>>;
  /** What an answer in REST-JSON tells besides its message. */
  readonly members?: Readonly<Record<string, unknown>>;
  /** The code in the Query protocol, which SQS tells besides that of its JSON. */
  readonly queryCode?: string;
}

/** The headers that a refusal needs, and its body, in the form of the service's protocol; `sentType` is the request's media type. */
export function renderServiceError(
  { protocol }: Pick<ServiceCall, "protocol">,
  { code, message, elements = {}, members, queryCode }: ServiceError,
  requestId: string,
  sentType: string | undefined,
): { readonly headers: Readonly<Record<string, string>>; readonly body: string | Buffer } {
  const shown = message === undefined ? "" : `<Message>${xmlText(message)}</Message>`;
  const error = `<Code>${xmlText(code)}</Code>${shown}`;
  const id = `<RequestId>${xmlText(requestId)}</RequestId>`;
  const xml = (body: string, headers = {}) => ({
    headers: { "Content-Type": "application/xml", ...headers },
    body: `<?xml version="1.0" encoding="UTF-8"?>\n${body}`,
  });
  switch (protocol) {
    case "cbor":
      return {
        headers: { "Content-Type": "application/cbor", "smithy-protocol": "rpc-v2-cbor" },
        body: cborMap({ __type: code, message: message ?? "" }),
      };
    case "json":
      return {
        headers: {
          "Content-Type": sentType ?? "application/x-amz-json-1.0",
          "x-amzn-ErrorType": code,
          ...(queryCode !== undefined && { "x-amzn-query-error": `${queryCode};Sender` }),
        },
        body: JSON.stringify({ __type: code, message }),
      };
    case "rest-json":
      return {
        headers: { "Content-Type": "application/json", "x-amzn-ErrorType": code },
        body: JSON.stringify({ message, ...members }),
      };
    case "s3":
      return xml(`<Error>${error}${inElements(elements)}${id}</Error>`, { "x-amz-request-id": requestId });
    case "ec2":
      return xml(`<Response><Errors><Error>${error}</Error></Errors><RequestID>${requestId}</RequestID></Response>`);
    case "query":
    case "rest-xml":
      return xml(`<ErrorResponse><Error><Type>Sender</Type>${error}</Error>${id}</ErrorResponse>`);
  }
}

/**
 * How a service refuses a permission, in these words (evidence: gate-denied-codes).
 */
export function accessDenied(
  { service, protocol }: Pick<ServiceCall, "service" | "protocol">,
  message: string,
): ServiceError {
  switch (protocol) {
    case "json":
    case "cbor":
      return {
        code: "AccessDeniedException",
        status: 400,
        message,
        ...(service === "sqs" && { queryCode: "AccessDenied" }),
      };
    case "rest-json":
      return { code: "AccessDeniedException", status: 403, message };
    case "ec2":
      return { code: "UnauthorizedOperation", status: 403, message };
    default:
      return { code: service === "sns" ? "AuthorizationError" : "AccessDenied", status: 403, message };
  }
}

const inElements = (texts: Readonly<Record<string, string>>): string =>
  Object.entries(texts)
    .map(([name, text]) => `<${name}>${xmlText(text)}</${name}>`)
    .join("");

/** A map of a few texts in CBOR (RFC 8949, section 3.1). */
function cborMap(entries: Readonly<Record<string, string>>): Buffer {
  const texts = Object.entries(entries).flat();
  return Buffer.concat([Buffer.of(0xa0 + texts.length / 2), ...texts.map(cborText)]);
}

function cborText(text: string): Buffer {
  const bytes = Buffer.from(text);
  const { length } = bytes;
  if (length < 0x10000) return Buffer.concat([Buffer.of(0x79, length >> 8, length & 0xff), bytes]);
  const head = Buffer.alloc(5, 0x7a);
  head.writeUInt32BE(length, 1);
  return Buffer.concat([head, bytes]);
}
