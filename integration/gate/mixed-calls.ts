import aws4 from "aws4";
import type { Outgoing } from "../bench/load.ts";
import type { Credentials } from "../emulator.ts";
import { allow, type Statement } from "../fixtures.ts";

/** What the caller of these calls may do. */
export const STATEMENTS: readonly Statement[] = [
  allow("dynamodb:GetItem", "arn:aws:dynamodb:*:*:table/Music"),
  allow(["s3:GetObject", "s3:PutObject"], "arn:aws:s3:::photos/*"),
];

/** A call, and the status that it must be answered with. */
export interface Expected {
  readonly outgoing: Outgoing;
  readonly status: number;
}

/**
 * Calls of many kinds, of which the gate at `port` lets those with the status 200 pass: signed now, and good for five minutes.
 */
export function mixedCalls(port: number, caller: Credentials): readonly Expected[] {
  const wrong = { ...caller, secretAccessKey: "wrong" };
  const call = (status: number, request: aws4.Request, by = caller): Expected => {
    const { method, path, headers, body } = aws4.sign(
      { region: "us-east-1", host: `127.0.0.1:${port}`, ...request },
      by,
    );
    const outgoing = { method: method!, path: path!, headers: headers as Record<string, string> };
    return { status, outgoing: body === undefined ? outgoing : { ...outgoing, body: String(body) } };
  };
  const dynamodb = (operation: string, table: string): aws4.Request => ({
    service: "dynamodb",
    method: "POST",
    headers: { "content-type": "application/x-amz-json-1.0", "x-amz-target": `DynamoDB_20120810.${operation}` },
    body: JSON.stringify({ TableName: table, Key: { Id: { S: "a" } } }),
  });
  const s3 = (method: string, path: string, body?: string): aws4.Request => ({
    service: "s3",
    method,
    path,
    ...(body !== undefined && { body }),
  });
  return [
    call(200, dynamodb("GetItem", "Music")),
    call(400, dynamodb("GetItem", "Films")),
    call(400, dynamodb("DeleteItem", "Music")),
    call(400, dynamodb("GetItem", "Music"), wrong),
    call(400, dynamodb("NoSuchOperation", "Music")),
    call(200, s3("GET", "/photos/a/key")),
    call(200, s3("PUT", "/photos/a/key", "x".repeat(20_000))),
    call(403, s3("PUT", "/photos/a/key", "x".repeat(20_000)), wrong),
    call(403, s3("GET", "/others/a/key")),
    call(403, s3("DELETE", "/photos/a/key")),
    call(200, s3("GET", `/photos/${"deep/".repeat(100)}key`)),
  ];
}
