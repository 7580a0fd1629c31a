import type { OutgoingHttpHeaders } from "node:http";
import type { Passage } from "./engine.ts";

// Some answers tell the client where to go next. An upstream names itself there, or a host of its own making; a client that went
// there would be past the gate.

/** By service and operation, the members of answers that hold URLs of the service itself, by their names in JSON and XML. */
const MEMBERS: Readonly<Record<string, readonly string[]>> = {
  "sqs:CreateQueue": ["QueueUrl"],
  "sqs:GetQueueUrl": ["QueueUrl"],
  "sqs:ListQueues": ["QueueUrls", "QueueUrl"],
  "sqs:ListDeadLetterSourceQueues": ["queueUrls", "QueueUrl"],
  "s3:CompleteMultipartUpload": ["Location"],
  "s3:PostObject": ["Location"],
};

/** The members of this call's answer that are to be rewritten, if any. */
export const urlMembers = ({ call: { service, operation } }: Passage): readonly string[] | undefined =>
  MEMBERS[`${service}:${operation}`];

/** The text of an answer in which the URLs of these members lead to `gate`, such as `http://localhost:4594`. */
export function withGateUrls(text: string, members: readonly string[], gate: string): string {
  const inGate = (url: string) => url.replace(/^https?:\/\/[^/"<\s]+/, gate);
  let rewritten = text;
  for (const member of members) {
    rewritten = rewritten
      .replace(
        new RegExp(`(<${member}>)([^<]*)(?=</${member}>)`, "g"),
        (_, tag: string, url: string) => tag + inGate(url),
      )
      .replace(
        new RegExp(`("${member}"\\s*:\\s*)("(?:[^"\\\\]|\\\\.)*"|\\[[^\\]]*\\])`, "g"),
        (_, name: string, value: string) =>
          name +
          value.replace(/"((?:[^"\\]|\\.)*)"/g, (_quoted, url: string) => `"${inGate(url.replaceAll("\\/", "/"))}"`),
      );
  }
  return rewritten;
}

/** Has a `Location` that names the upstream name the gate; others, such as where a form sends a browser afterwards, stay. */
export function locateInGate(headers: OutgoingHttpHeaders, upstream: string, gate: string): void {
  const { location } = headers;
  if (typeof location !== "string" || !URL.canParse(location)) return;
  const url = new URL(location);
  if (isSameServer(url, new URL(upstream)))
    headers["location"] = gate + location.slice(/^\w+:\/\/[^/?#]*/.exec(location)![0].length);
}

const isSameServer = (one: URL, other: URL): boolean =>
  one.port === other.port && (one.hostname === other.hostname || (isLoopback(one) && isLoopback(other)));

const isLoopback = ({ hostname }: URL): boolean => /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(hostname);
