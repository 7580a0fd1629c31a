import assert from "node:assert/strict";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { Emulator } from "../emulator.ts";
import { createUser } from "../fixtures.ts";

/** For assert.rejects: IAM's refusal of an action that no policy allows. */
export const noPolicyAllows = (caller: string, action: string, resource: string) => ({
  name: "AccessDenied",
  message: `User: ${caller} is not authorized to perform: ${action} on resource: ${resource} because no identity-based policy allows the ${action} action`,
});

let asked = 0;

/**
 * Asserts what permission an operation asks for: it is refused to a user who may do `action` on everything but
 * `resource`, and it passes for one who may do it there alone. `shown` is what refusals write for the resource, where that
 * is not its ARN.
 */
export async function asksPermissionOn(
  emu: Emulator,
  action: string,
  resource: string,
  send: (iam: IAMClient) => Promise<unknown>,
  shown = resource,
): Promise<void> {
  const name = `caller-${++asked}`;
  const elsewhere = await createUser(emu, `${name}-elsewhere`, {
    statements: [{ Action: action, NotResource: resource }],
  });
  const here = await createUser(emu, `${name}-here`, { statements: [{ Action: action, Resource: resource }] });
  await assert.rejects(send(emu.iam(elsewhere.credentials)), noPolicyAllows(elsewhere.arn, action, shown));
  await send(emu.iam(here.credentials));
}
