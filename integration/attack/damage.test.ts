import assert from "node:assert/strict";
import { damageFolders } from "./damage.ts";

/** For a closer look: `node dist/integration/attack/damage.js 500`. */
const FOLDERS = 168;

describe("A folder whose files are damaged", () => {
  it(`is refused, or served with exactly what was acknowledged, in ${FOLDERS} ways`, async function () {
    this.timeout(60_000);
    const { refused, served, failures } = await damageFolders(FOLDERS);
    assert.deepEqual(failures, []);
    assert.equal(refused + served, FOLDERS);
    assert.ok(refused > FOLDERS / 2, `only ${refused} were refused`);
  });
});
