import assert from "node:assert/strict";
import type { Emulator } from "../../emulator.ts";
import { derive } from "../../../workbench/from-trail/derive.ts";
import type { Use } from "../../../workbench/from-trail/usage.ts";
import { verify } from "../../../workbench/from-trail/verify.ts";

export interface Decision {
  readonly action: string;
  readonly resource: string;
}

/**
 * The permissions that Terraform's requests asked for, read from the control plane. The trail holds the last thousand
 * events.
 */
export async function permissionsAsked({ server }: Emulator): Promise<readonly Decision[]> {
  const asked = new Map<string, Decision>();
  for (const { requestID, userAgent } of server.trail()) {
    if (!userAgent.includes("Terraform/")) continue;
    const { decisions } = (await (await fetch(`${server.endpoint}/_emulator/trail/${requestID}`)).json()) as {
      decisions: readonly Decision[];
    };
    for (const { action, resource } of decisions) asked.set(`${action} ${resource}`, { action, resource });
  }
  return [...asked.values()];
}

/** The endings of names that Terraform generates, which differ each time. */
const MADE_UP = /\d{18}[\da-f]{8}$/;

/** The policies that `iam-local policy from-trail` would make of it, which are managed ones. */
export function exactly(asked: readonly Decision[]): readonly string[] {
  const uses = asked.map(({ action, resource }): Use => {
    const named = resource.replace(MADE_UP, "*");
    return { action, resource: named, mfa: false, count: 1, operations: [], first: 0, last: 0, eventIds: [] };
  });
  const policies = derive(uses, { resources: "exact", anyAccount: false, mfa: false, kind: "managed" });
  assert.deepEqual(verify(policies, uses), { missing: [], needless: [] });
  return policies.map(({ document }) => document);
}
