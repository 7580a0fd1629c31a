import type { ApiOperation, Shape } from "./api/model.ts";

// Answers as JSON for clients that ask for it, such as aws-iam-authenticator and scripts without an SDK: XML elements
// become members, and a time is a number of seconds since 1970 (evidence: query-json-answers). That absent members are
// null is not on record.

/** Whether a request's `Accept` asks for JSON before anything else. */
export const prefersJson = (accept = ""): boolean => /^\s*application\/json\s*(?:[,;]|$)/i.test(accept);

/** An operation's answer, with the same content as from `renderResponse` in XML. */
export function renderJsonResponse(operation: ApiOperation, output: object | undefined, RequestId: string): string {
  const { name } = operation;
  const result = operation.output && {
    [`${name}Result`]: valueOf({ type: "structure", of: operation.output }, output ?? {}),
  };
  return JSON.stringify({ [`${name}Response`]: { ...result, ResponseMetadata: { RequestId } } });
}

/** An error, without a namespace. */
export function renderJsonError(
  error: { readonly code: string; readonly status: number; readonly wireMessage: string | undefined },
  RequestId: string,
): string {
  const { code, status, wireMessage = null } = error;
  return JSON.stringify({
    Error: { Code: code, Message: wireMessage, Type: status < 500 ? "Sender" : "Receiver" },
    RequestId,
  });
}

/** The type of the value is the model's. */
function valueOf(shape: Shape, value: any): unknown {
  if (value === undefined) return null;
  switch (shape.type) {
    case "structure":
      return Object.fromEntries(
        shape.of.members.map((member) => [member.name, valueOf(member.shape, value[member.name])]),
      );
    case "list":
      return value.map((element: unknown) => valueOf(shape.of, element));
    case "map":
      return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, valueOf(shape.of, entry)]));
    case "timestamp":
      return Math.floor(value.getTime() / 1000);
    case "blob":
      return Buffer.from(value).toString("base64");
    default:
      return value;
  }
}
