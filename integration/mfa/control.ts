import assert from "node:assert/strict";
import type { Emulator } from "../emulator.ts";

/** An answer of the control plane. */
type Json = Readonly<Record<string, unknown>>;

/** Sends a request to the control plane, which must accept it. */
export async function control(emu: Emulator, path: string, body?: object): Promise<Json> {
  const { status, json } = await ask(emu, path, body);
  assert.equal(status, 200, JSON.stringify(json));
  return json;
}

/** Sends a request to the control plane, which must refuse it; returns status and error. */
export async function refusedByControl(emu: Emulator, path: string, body?: object): Promise<Json> {
  const { status, json } = await ask(emu, path, body);
  return { status, ...(json["error"] as object) };
}

/** A GET, or a POST if there is a body. */
async function ask(emu: Emulator, path: string, body?: object): Promise<{ status: number; json: Json }> {
  const response = await fetch(`${emu.server.endpoint}/_emulator/${path}`, {
    ...(body && { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
  });
  return { status: response.status, json: (await response.json()) as Json };
}
