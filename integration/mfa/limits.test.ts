import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { control, refusedByControl } from "./control.ts";
import { consoleRequest, createVirtual, enableByApi, KINDS, NAMES, newAccount, type Principal } from "./enrolment.ts";

for (const [mfaRules, limit] of [
  ["guide", 1],
  ["current", 8],
] as const) {
  describe(`how many devices there may be under the rules "${mfaRules}"`, () => {
    const emu = emulator({ mfaRules });
    const full = { status: 409, code: "LimitExceeded", message: `Cannot exceed quota for MFADevicesPerUser: ${limit}` };
    const available = (principal: Principal) =>
      KINDS.filter((kind) => kind !== "sms" || (principal === "user" && mfaRules === "guide"));

    for (const principal of ["user", "root"] as const) {
      for (const first of available(principal)) {
        for (const second of available(principal)) {
          const whose = principal === "user" ? "a user" : "root";
          it(`${whose} with a ${NAMES[first]} ${limit === 1 ? "cannot" : "can"} have a ${NAMES[second]} besides`, async () => {
            const { root } = await newAccount(emu);
            await control(emu, "mfa-devices", await consoleRequest(emu, first, principal, root));
            const request = { name: "another", ...(await consoleRequest(emu, second, principal, root)) };
            if (limit === 1) assert.deepEqual(await refusedByControl(emu, "mfa-devices", request), full);
            else await control(emu, "mfa-devices", request);
          });
        }
      }
    }

    it(`a user has at most ${limit}, of whatever kinds`, async () => {
      const { root } = await newAccount(emu);
      const request = { userName: "ann", kind: "u2f", account: root.accessKeyId };
      for (let n = 1; n <= limit; n++) await control(emu, "mfa-devices", request);
      assert.deepEqual(await refusedByControl(emu, "mfa-devices", request), full);
      const serial = await createVirtual(emu, root, "ann");
      await assert.rejects(enableByApi(emu, root, "ann", serial), {
        name: "LimitExceededException",
        message: full.message,
      });
    });
  });
}
