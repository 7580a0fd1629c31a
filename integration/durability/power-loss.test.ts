import assert from "node:assert/strict";
import { fileBackend } from "../../data/file-backend.ts";
import { loadSealingKey, replaceSealingKey } from "../../data/sealing-key.ts";
import { systemRandom } from "../../data/random.ts";
import { collection, openStore, StoreFailed, type LocalStore } from "../../data/store.ts";
import { fold } from "../../data/stored-state.ts";
import { seededPick, SimulatedDisk, type Pick } from "./simulated-disk.ts";

interface Entry {
  readonly id: string;
  readonly value: number;
}
const entries = collection("entries", (e: Entry) => [e.id], { value: (e) => [String(e.value)] });

const LOSSES_PER_MOMENT = 4;
const COMMITS = 24;

class PowerLost extends Error {}

const open = async (disk: SimulatedDisk): Promise<LocalStore> =>
  await openStore({ collections: [entries], backend: fileBackend(disk, { fold, foldBeyond: 300 }), later: () => {} });

const stateOf = (store: LocalStore): string => JSON.stringify(store.transact((tx) => [...tx.list(entries, [])]));

/** The whole state after each commit, in order, and how many of the commits were acknowledged. */
interface History {
  readonly states: string[];
  acknowledged: number;
}

/** Commits, alone and in groups, folds, resets, closes and reopens, until everything is done or the power is lost. */
async function work(disk: SimulatedDisk, history: History): Promise<void> {
  let store = await open(disk);
  const done = async () => {
    await store.durable();
    history.acknowledged = history.states.length - 1;
  };
  for (let i = 1; i <= COMMITS; i++) {
    if (i === 15) store.reset();
    else {
      store.transact((tx) => {
        tx.put(entries, { id: `e${i % 5}`, value: i });
        if (i % 3 === 0) tx.delete(entries, `e${(i + 1) % 5}`);
        if (i % 4 === 0) tx.put(entries, { id: `long${i}`, value: i });
      });
    }
    history.states.push(stateOf(store));
    if (i % 4 !== 1) await done();
    if (i === 11 || i === 18) {
      await store.close();
      await done();
      store = await open(disk);
    }
  }
  await done();
  await store.close();
}

/** The disk after losing power at operation number `moment`, or undefined if the work was done before. */
async function loseAt(moment: number, history: History): Promise<SimulatedDisk | undefined> {
  const disk = new SimulatedDisk();
  disk.fault = () => {
    if (disk.operations.length >= moment) throw new PowerLost();
  };
  try {
    await work(disk, history);
    return undefined;
  } catch (error) {
    if (error instanceof PowerLost || error instanceof StoreFailed) return disk;
    throw error;
  }
}

describe("After a kill", () => {
  it("at any operation of the disk, what the next process has read outlives a loss of power too", async function () {
    this.timeout(20_000);
    for (let moment = 1; ; moment++) {
      const history: History = { states: ["[]"], acknowledged: 0 };
      const disk = await loseAt(moment, history);
      if (disk === undefined) break;
      disk.fault = () => {};
      const found = stateOf(await open(disk));
      assert.ok(
        history.states.lastIndexOf(found) >= history.acknowledged,
        `killed at operation ${moment}: found ${found}`,
      );
      for (let loss = 0; loss < LOSSES_PER_MOMENT; loss++) {
        const later = stateOf(await open(disk.afterPowerLoss(seededPick(loss))));
        assert.equal(later, found, `killed at operation ${moment}, loss ${loss}`);
      }
    }
  });
});

describe("After a loss of power", () => {
  it("at any operation of the disk, all that was acknowledged is there, and of the rest a beginning", async function () {
    this.timeout(20_000);
    let moment = 1;
    for (; ; moment++) {
      const history: History = { states: ["[]"], acknowledged: 0 };
      const disk = await loseAt(moment, history);
      if (disk === undefined) break;
      for (let loss = 0; loss < LOSSES_PER_MOMENT; loss++) {
        const found = await recoveredState(disk, seededPick(moment * LOSSES_PER_MOMENT + loss));
        const at = history.states.lastIndexOf(found);
        assert.ok(
          at >= history.acknowledged,
          `lost at operation ${moment} (${disk.operations.at(-1)}), loss ${loss}: found ${found}, acknowledged ${history.states[history.acknowledged]}`,
        );
      }
    }
    assert.ok(moment > 60, `only ${moment} moments`);
  });

  it("the sealing key is the old one or the new one", async () => {
    for (let moment = 1; moment <= 4; moment++) {
      for (let loss = 0; loss < LOSSES_PER_MOMENT; loss++) {
        const disk = new SimulatedDisk();
        const before = await loadSealingKey(systemRandom, disk);
        const start = disk.operations.length;
        disk.fault = () => {
          if (disk.operations.length >= start + moment) throw new PowerLost();
        };
        let after: Buffer | undefined;
        const random = { bytes: (length: number) => (after = systemRandom.bytes(length)) };
        await assert.rejects(replaceSealingKey(random, disk), PowerLost);
        const found = await loadSealingKey(systemRandom, disk.afterPowerLoss(seededPick(loss)));
        assert.ok(found.equals(before) || found.equals(after!), `lost at operation ${moment}`);
      }
    }
  });
});

/** The state after the loss, which must be the same after a second loss during the repair of the first. */
async function recoveredState(disk: SimulatedDisk, pick: Pick): Promise<string> {
  const first = disk.afterPowerLoss(pick);
  const state = stateOf(await open(first));
  assert.equal(stateOf(await open(first.afterPowerLoss(pick))), state, "what was read once must stay");
  return state;
}
