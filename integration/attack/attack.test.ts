import assert from "node:assert/strict";
import { attacks } from "./attacks.ts";

describe("The emulator holds out against", () => {
  for (const { name, lacks, run } of attacks) {
    it(name.charAt(0).toLowerCase() + name.slice(1), async function () {
      // Attacks count requests, not seconds, and run as fast as the machine allows.
      this.timeout(120_000);
      const lacking = process.platform === "win32" ? "a POSIX system" : await lacks?.();
      if (lacking !== undefined) {
        console.warn(`      SKIPPED: this needs ${lacking}`);
        this.skip();
      }
      const { failures } = await run("small");
      assert.deepEqual(failures, []);
    });
  }
});
