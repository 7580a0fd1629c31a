import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createUser, enableMfa } from "../fixtures.ts";
import { deviceArn, mfaDevices, refusal } from "./devices.ts";
import { noPolicyAllows } from "../iam/authorization.ts";

describe("MFA devices of one's own", () => {
  const emu = emulator();
  const { create, enrolled, enable, deactivate, resync, list, session, codes } = mfaDevices(emu);

  const mfaNeeded = refusal(
    "AccessDenied",
    "To complete this action, please ensure that you are authenticated with an MFA device that is enabled for this user.",
    403,
  );
  const manage = { statements: [allow(["iam:EnableMFADevice", "iam:DeactivateMFADevice", "iam:ResyncMFADevice"])] };

  it("can be enabled with an access key alone if it is the first", async () => {
    const { credentials } = await createUser(emu, "newcomer", manage);
    const serial = (await create("newcomer")).SerialNumber;
    await enable("newcomer", serial, codes(serial), credentials);
  });

  it("cannot be enabled or deactivated with an access key alone once there is one, before any look at what exists", async () => {
    const { credentials } = await createUser(emu, "holder", manage);
    const serial = await enableMfa(emu, "holder");
    for (const refused of [
      enable("holder", serial, codes(serial), credentials),
      enable("HOLDER", deviceArn("nothing"), ["000000", "000001"], credentials),
      deactivate(serial, "holder", credentials),
      deactivate(serial, undefined, credentials),
      deactivate(deviceArn("nothing"), "holder", credentials),
    ]) {
      await assert.rejects(refused, mfaNeeded);
    }
  });

  it("are refused for want of permission first", async () => {
    const { credentials, arn } = await createUser(emu, "powerless");
    const serial = await enableMfa(emu, "powerless");
    await assert.rejects(
      deactivate(serial, "powerless", credentials),
      noPolicyAllows(arn, "iam:DeactivateMFADevice", arn),
    );
  });

  it("can be deactivated by a session with MFA", async () => {
    const { credentials } = await createUser(emu, "careful", manage);
    const serial = await enableMfa(emu, "careful");
    await deactivate(serial, undefined, await session(credentials, serial));
    assert.deepEqual(await list("careful"), []);
  });

  it("can be resynchronised with an access key alone, and those of other users deactivated", async () => {
    const { credentials } = await createUser(emu, "helper", manage);
    const serial = await enableMfa(emu, "helper");
    emu.server.clock.advance(60);
    await resync("helper", serial, codes(serial), credentials);
    await deactivate(await enrolled("helped"), "helped", credentials);
    assert.deepEqual(await list("helped"), []);
  });
});
