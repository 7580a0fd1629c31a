import assert from "node:assert/strict";
import type { IAMClient } from "@aws-sdk/client-iam";
import type { Emulator } from "../emulator.ts";
import { createUser, withDetails } from "../fixtures.ts";

/**
 * IAM's refusal of an action that no policy allows, without the sentence about authorization details, which the console
 * leaves out.
 */
export const implicitDenial = (caller: string, action: string, resource: string, policy = "identity-based policy") =>
  `User: ${caller} is not authorized to perform: ${action} on resource: ${resource} because no ${policy} allows the ${action} action`;

/** For assert.rejects: IAM's refusal of an action that no policy allows. */
export const noPolicyAllows = (...what: Parameters<typeof implicitDenial>) => ({
  name: "AccessDenied",
  message: withDetails(implicitDenial(...what)),
});

let asked = 0;

/**
 * Asserts which permission an operation needs: a user who may do `action` on everything except `resource` is refused,
 * and one who may do it only there is not. `shown` is the resource's name in refusals, if that is not its ARN.
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
