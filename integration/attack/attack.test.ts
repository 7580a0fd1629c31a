import assert from "node:assert/strict";
import { attacks } from "./attacks.ts";

describe("The emulator holds out against", () => {
  for (const { name, run } of attacks) {
    it(name.charAt(0).toLowerCase() + name.slice(1), async function () {
      // Attacks count requests, not seconds, and run as fast as the machine allows.
      this.timeout(120_000);
      if (process.platform === "win32") {
        console.warn("      SKIPPED: attacks need a POSIX system");
        this.skip();
      }
      const { failures } = await run("small");
      assert.deepEqual(failures, []);
    });
  }
});
