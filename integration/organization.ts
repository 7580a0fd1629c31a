import assert from "node:assert/strict";
import type { Credentials, Emulator } from "./emulator.ts";

/** An organization in the control plane's form. */
export interface Organization {
  readonly id: string;
  readonly root: Unit;
  readonly [member: string]: unknown;
}

export interface Unit {
  readonly id: string;
  readonly name: string;
  readonly children: readonly Unit[];
  readonly [member: string]: unknown;
}

/** The management account of tests' organizations (the emulator's own), and two members. */
export const MANAGEMENT = "000000000000";
export const MEMBER = "111122223333";
export const DELEGATE = "444455556666";

/**
 * Sets the organization. By default everything is on, and its root holds two accounts, one of them a delegated
 * administrator.
 */
export async function organize(emu: Emulator, more: object = {}): Promise<Organization> {
  const body = {
    managementAccount: MANAGEMENT,
    trustedAccess: true,
    delegatedAdministrators: [DELEGATE],
    root: { accounts: [MEMBER, DELEGATE] },
    ...more,
  };
  const { status, json } = await askOrganization(emu, "PUT", body);
  assert.equal(status, 200, JSON.stringify(json));
  return json as Organization;
}

/** Sends a request about the organization to the control plane, whatever the answer. */
export async function askOrganization(
  emu: Emulator,
  method: "GET" | "PUT" | "DELETE",
  body?: unknown,
): Promise<{ readonly status: number; readonly json: unknown }> {
  const response = await fetch(`${emu.server.endpoint}/_emulator/organization`, {
    method,
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  return { status: response.status, json: await response.json() };
}

/** Root keys of any account. */
export const rootOf = (emu: Emulator, account: string): Credentials => ({
  ...emu.server.rootCredentials,
  accessKeyId: account,
});
