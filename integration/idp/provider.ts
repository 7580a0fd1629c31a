import assert from "node:assert/strict";
import request from "supertest";
import type { Emulator } from "../emulator.ts";
import type { Statement } from "../fixtures.ts";

export type Json = Readonly<Record<string, unknown>>;

/** Sends a request to the built-in identity provider, which must accept it. */
export async function ask(emu: Emulator, path: "token" | "saml" | "providers", body: object = {}): Promise<Json> {
  const answer = await request(emu.server.endpoint).post(`/_idp/${path}`).send(body);
  assert.equal(answer.status, 200, answer.text);
  return answer.body as Json;
}

export const issue = async (emu: Emulator, body: object = {}): Promise<string> =>
  String((await ask(emu, "token", body))["token"]);

/** A statement that trusts a web identity provider, with conditions that are all StringEquals. */
export const trustTokens = (
  Federated: unknown,
  StringEquals: Readonly<Record<string, string>>,
  Action: string | readonly string[] = "sts:AssumeRoleWithWebIdentity",
): Statement => ({ Principal: { Federated }, Action, Condition: { StringEquals } });
