import assert from "node:assert/strict";
import { killRounds } from "./kill.ts";

/** For a closer look: `KILL_ROUNDS=100 npm test`. */
const ROUNDS = Number(process.env.KILL_ROUNDS ?? 4);

describe("A process that is killed", () => {
  it(`has lost nothing that it acknowledged, and no half of a commit, in ${ROUNDS} rounds`, async function () {
    this.timeout(ROUNDS * 10_000);
    const { acknowledged, lost, halved } = await killRounds(ROUNDS);
    assert.ok(acknowledged >= ROUNDS, `${acknowledged} commits were acknowledged`);
    assert.deepEqual({ lost, halved }, { lost: 0, halved: 0 });
  });
});
