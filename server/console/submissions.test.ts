import assert from "node:assert/strict";
import { beforeEach, describe, it } from "mocha";
import { Clock } from "../../data/clock.ts";
import { collections } from "../../data/entities/collections.ts";
import { systemRandom } from "../../data/random.ts";
import { memoryStore } from "../../data/store.ts";
import { TwiceStore } from "../../integration/replicas/twice-store.ts";
import { emulationOf, type Emulation } from "../emulation.ts";
import { DEFAULTS } from "../options.ts";
import { Submissions } from "./submissions.ts";

describe("a form that is sent twice", () => {
  let now: number;
  let replicas: readonly [Emulation, Emulation];
  let done: string[];
  beforeEach(() => {
    now = 0;
    done = [];
    const state = { store: new TwiceStore(memoryStore(collections)), sealingKey: Buffer.alloc(32) };
    const replica = () => emulationOf(state, new Clock(() => now), systemRandom, DEFAULTS);
    replicas = [replica(), replica()];
  });

  const send = (emulation: Emulation, fields: string, act: () => Promise<string>, longestWait?: number) => {
    const sent = { form: new URLSearchParams(fields), visitorId: "visitor", path: "/console", now };
    return new Submissions<string>(emulation, longestWait).once(sent, act);
  };
  const doing = (what: string) => async () => {
    done.push(what);
    return what;
  };

  for (const [where, index] of [
    ["the same process", 0],
    ["another process", 1],
  ] as const) {
    it(`is done once, and answered twice by ${where}`, async () => {
      let finish = () => {};
      const first = send(replicas[0], "once=1", async () => {
        await new Promise<void>((resolve) => (finish = resolve));
        return doing("first")();
      });
      const second = send(replicas[index], "once=1", doing("second"));
      // The second one has come to where it waits once a later transaction has had its turn.
      await replicas[0].store.transact(() => {});
      finish();
      assert.deepEqual(await Promise.all([first, second]), ["first", "first"]);
      assert.equal(await send(replicas[index], "once=1", doing("third")), "first");
      assert.deepEqual(done, ["first"]);
    });
  }

  it("is done again with another content, a minute later, or where it does not say which form it is", async () => {
    const fields = ["once=1", "once=2", "once=1&name=Ann", "name=Ann", "name=Ann"];
    for (const sent of fields) await send(replicas[0], sent, doing(sent));
    now = 60_000;
    await send(replicas[0], "once=1", doing("once=1"));
    assert.deepEqual(done, [...fields, "once=1"]);
  });

  it("is not done again where another process has died over it, as far as anyone can tell", async () => {
    void send(replicas[0], "once=1", () => new Promise(() => {}));
    assert.equal(await send(replicas[1], "once=1", doing("second"), 1), undefined);
    assert.deepEqual(done, []);
  });
});
