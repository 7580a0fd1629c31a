import assert from "node:assert/strict";
import { DatabaseInMemory, gone, LogInMemory, type Fault } from "./log-in-memory.ts";
import { systemRandom } from "./random.ts";
import { openSharedStore, type SharedStore } from "./shared-store.ts";
import { collection, refuse, StoreConflict, StoreFailed, StoreUnavailable, type Transaction } from "./store.ts";
import { describeStore, pets, visits, type Pet } from "./store.contract.ts";

describeStore("a shared log", { isShared: true }, async () => {
  const database = new DatabaseInMemory();
  return {
    outlivesTheStore: true,
    open: async (collections, later) =>
      await openSharedStore({
        collections,
        log: new LogInMemory(database),
        random: systemRandom,
        later,
        soon: () => {},
      }),
    clear: async () => {},
  };
});

/** A process that shares the state. */
interface Process {
  readonly log: LogInMemory;
  readonly store: SharedStore;
  /** What is to be done a few seconds later, and a moment later. */
  readonly later: (() => void)[];
  readonly soon: (() => void)[];
}

/** Once round the event loop: whatever can go on has gone on. */
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** Awaits a promise, and does meanwhile what is to be done a moment later. */
async function ended<T>(promise: Promise<T>, { soon }: Process): Promise<T> {
  const settled = promise.then(
    () => true,
    () => true,
  );
  for (let turns = 0; !(await Promise.race([settled, turn()])); turns++) {
    assert.ok(turns < 10_000, "it never ends");
    for (const work of soon.splice(0)) work();
  }
  return await promise;
}

const conflict: Fault = async (_run, release) => {
  release();
  throw new StoreConflict("try again");
};
const brokenBefore: Fault = async (_run, release) => {
  release();
  throw gone();
};
const brokenAfter: Fault = async (run) => {
  await run();
  throw gone();
};
/** A call whose outcome a test decides later. */
function held(): { readonly fault: Fault; readonly met: Promise<void>; readonly go: () => void } {
  let [go, meet] = [() => {}, () => {}];
  const isToGo = new Promise<void>((resolve) => (go = resolve));
  const met = new Promise<void>((resolve) => (meet = resolve));
  const fault: Fault = async (run) => {
    meet();
    await isToGo;
    return await run();
  };
  return { fault, met, go };
}

describe("Stores that share a log", () => {
  let database: DatabaseInMemory;
  let one: Process;
  let other: Process;
  const opened: SharedStore[] = [];

  const open = async (log = new LogInMemory(database)): Promise<Process> => {
    const [later, soon]: (() => void)[][] = [[], []];
    const store = await openSharedStore({
      collections: [pets, visits],
      log,
      random: systemRandom,
      later: (work) => later!.push(work),
      soon: (work) => soon!.push(work),
    });
    opened.push(store);
    return { log, store, later: later!, soon: soon! };
  };
  const putIn = (tx: Transaction, name: string, age = 1) => tx.put(pets, { owner: "ann", name, age });
  const put = async ({ store }: Process, name: string, age = 1) => await store.transact((tx) => putIn(tx, name, age));
  /** What a process has in memory, be it the newest or not. */
  const ages = ({ store }: Process): Record<string, number> =>
    store.read((tx) => Object.fromEntries(Array.from(tx.list(pets, []), ({ name, age }: Pet) => [name, age])));
  /** What a request that comes now sees there. */
  const seen = async (process: Process) => {
    await process.store.fresh();
    return ages(process);
  };
  const count = ({ log }: Process, call: string): number => log.calls.filter((made) => made === call).length;
  /** Adds one to the age of a pet: what runs twice shows. */
  const grow = async ({ store }: Process, name = "rex") =>
    await store.transact((tx) => putIn(tx, name, (tx.get(pets, "ann", name)?.age ?? 0) + 1));
  /** Both have all, and what a new process would load is the same. */
  const assertConverged = async (expected: Record<string, number>) => {
    const fresh = await open();
    assert.deepEqual(await Promise.all([one, other, fresh].map(seen)), [expected, expected, expected]);
  };

  beforeEach(async () => {
    database = new DatabaseInMemory();
    [one, other] = [await open(), await open()];
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((store) => store.close().catch(() => {})));
  });

  describe("the order of commits", () => {
    it("runs each work on what all others have committed before it", async () => {
      await Promise.all(Array.from({ length: 50 }, () => [grow(one), grow(other)]).flat());
      await assertConverged({ rex: 100 });
    });

    it("keeps what comes in one turn of the event loop in one commit, in its order", async () => {
      const order = await Promise.all(
        ["a", "b", "c"].map(async (name) => await one.store.transact((tx) => (putIn(tx, name), tx.count(pets)))),
      );
      assert.deepEqual(order, [1, 2, 3]);
      assert.equal(database.rows.length, 1);
    });

    it("splits a long queue into several commits", async () => {
      await Promise.all(Array.from({ length: 450 }, () => grow(one)));
      assert.equal(database.rows.length, 3);
      await assertConverged({ rex: 450 });
    });

    it("shows nothing of a transaction before it is committed", async () => {
      const append = held();
      one.log.meet("append", append.fault);
      const writing = put(one, "rex");
      await append.met;
      assert.deepEqual(await seen(one), {});
      append.go();
      await writing;
      assert.deepEqual(ages(one), { rex: 1 });
    });

    it("answers at once what only reads or throws, without the log", async () => {
      await put(one, "rex");
      const before = one.log.calls.length;
      assert.equal(
        one.store.transact((tx) => tx.count(pets)),
        1,
      );
      assert.throws(
        () =>
          one.store.transact((tx) => {
            putIn(tx, "tom");
            throw new Error("no");
          }),
        /^Error: no$/,
      );
      assert.equal(one.log.calls.length, before);
      assert.deepEqual(ages(one), { rex: 1 });
    });

    it("lets one alone have what there is only one of", async () => {
      const take = async ({ store }: Process) =>
        await store.transact((tx) => {
          if (tx.get(pets, "ann", "last")) throw new Error("taken");
          putIn(tx, "last");
        });
      for (let round = 0; round < 50; round++) {
        const ends = await Promise.allSettled([take(one), take(other), take(one), take(other)]);
        assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 1);
        await one.store.transact((tx) => tx.delete(pets, "ann", "last"));
        await other.store.fresh();
      }
    });
  });

  describe("a batch", () => {
    it("leaves nothing of the works that throw, and commits the others", async () => {
      const failure = new Error("no");
      const throws = async () =>
        await one.store.transact((tx) => {
          // So that it is not refused in its first run.
          if (!tx.get(pets, "ann", "a")) return putIn(tx, "late");
          putIn(tx, "a", 9);
          putIn(tx, "thrown");
          throw failure;
        });
      const ends = await Promise.allSettled([put(one, "a"), throws(), put(one, "b")]);
      assert.deepEqual(
        ends.map((end) => (end.status === "rejected" ? end.reason : "done")),
        ["done", failure, "done"],
      );
      assert.equal(database.rows.length, 1);
      await assertConverged({ a: 1, b: 1 });
    });

    it("commits the changes of refusals in place of what the works did", async () => {
      const failure = new Error("refused");
      const refused = async (name: string) =>
        await one.store.transact((tx) => {
          putIn(tx, `${name} did`);
          throw refuse(failure, (again) => putIn(again, name, again.count(pets)));
        });
      const ends = await Promise.allSettled([put(one, "a"), refused("b"), refused("c")]);
      assert.deepEqual(
        ends.map((end) => (end.status === "rejected" ? end.reason : "done")),
        ["done", failure, failure],
      );
      await assertConverged({ a: 1, b: 1, c: 2 });
    });

    it("leaves nothing of a refusal whose changes throw", async () => {
      const failure = new Error("no");
      const refused = one.store.transact(() => {
        throw refuse(new Error("unheard"), (tx) => {
          putIn(tx, "rex");
          throw failure;
        });
      });
      await assert.rejects(
        async () => await refused,
        (thrown) => thrown === failure,
      );
      assert.equal(database.rows.length, 0);
      assert.equal(one.log.calls.at(-1), "unlock");
      await assertConverged({});
    });

    it("that writes nothing in the end is no commit", async () => {
      await put(one, "rex");
      // The other does not know it yet, and has to find out under the lock.
      const end = await other.store.transact((tx) => {
        if (tx.get(pets, "ann", "rex")) return "there";
        putIn(tx, "rex", 2);
        return "made";
      });
      assert.equal(end, "there");
      assert.equal(database.rows.length, 1);
      assert.equal(other.log.calls.at(-1), "unlock");
    });

    it("must not wait, not even in its later runs", async () => {
      await put(one, "rex");
      const waits = other.store.transact((tx) =>
        tx.get(pets, "ann", "rex") ? (Promise.resolve() as unknown as void) : putIn(tx, "tom"),
      );
      await assert.rejects(async () => await waits, /^TypeError: the work of a transaction must not wait/);
      await assertConverged({ rex: 1 });
    });
  });

  describe("a look at the end of the log", () => {
    it("shows what others have acknowledged", async () => {
      await put(one, "rex");
      assert.deepEqual(ages(other), {});
      assert.deepEqual(await seen(other), { rex: 1 });
    });

    it("is shared by all who come before it ends, but one that has begun before a commit does not count after it", async () => {
      const early = held();
      one.log.meet("after", async (run) => {
        // What it saw is from before the commit, and comes late.
        const rows = await run();
        return await early.fault(
          async () => rows,
          () => {},
        );
      });
      const first = one.store.fresh();
      await early.met;
      await put(other, "rex");
      const late = [one.store.fresh(), one.store.fresh(), one.store.fresh()];
      early.go();
      await first;
      assert.deepEqual(ages(one), {});
      await Promise.all(late);
      assert.deepEqual(ages(one), { rex: 1 });
      assert.equal(count(one, "after"), 2);
    });

    it("that fails does not fail the next one that was waiting for it", async () => {
      one.log.meet("after", brokenBefore);
      const [first, second] = [one.store.fresh(), one.store.fresh()];
      await assert.rejects(first, StoreUnavailable);
      await second;
      assert.equal(one.store.failure, undefined);
    });

    it("is taken again where the database asks for it", async () => {
      await put(other, "rex");
      for (let times = 0; times < 5; times++) one.log.meet("after", conflict);
      assert.deepEqual(await seen(one), { rex: 1 });
    });

    it("happens now and then without any request", async () => {
      await put(other, "rex");
      await one.log.look!();
      assert.deepEqual(ages(one), { rex: 1 });
    });
  });

  describe("memory that lacks rows which are no longer kept", () => {
    it("is loaded anew", async () => {
      for (const name of ["a", "b", "c"]) await put(one, name);
      database.prune(3);
      assert.deepEqual(await seen(other), { a: 1, b: 1, c: 1 });
      assert.equal(count(other, "load"), 2);
    });

    it("is loaded anew under the lock, and the work runs on the end of the log", async () => {
      for (let times = 0; times < 3; times++) await grow(one);
      database.prune(3);
      await grow(other);
      await assertConverged({ rex: 4 });
    });

    it("has what was committed during the load, too", async () => {
      for (let times = 0; times < 3; times++) await grow(one);
      database.prune(3);
      const early = held();
      other.log.meet("load", async (run) => {
        const position = await run();
        return await early.fault(
          async () => position,
          () => {},
        );
      });
      const looking = other.store.fresh();
      await early.met;
      await grow(one);
      const growing = grow(other);
      await turn();
      early.go();
      await Promise.all([looking, growing]);
      await assertConverged({ rex: 5 });
    });

    it("does not go back to a load that has begun before it found its way by rows", async () => {
      for (let times = 0; times < 3; times++) await grow(one);
      const early = held();
      other.log.meet("load", async (run) => {
        const position = await run();
        return await early.fault(
          async () => position,
          () => {},
        );
      });
      other.log.meet("after", async () => undefined as never);
      const looking = other.store.fresh();
      await early.met;
      await grow(other);
      assert.deepEqual(ages(other), { rex: 4 });
      early.go();
      await looking;
      assert.deepEqual(ages(other), { rex: 4 });
      await grow(other);
      await assertConverged({ rex: 5 });
    });

    it("gives the lock back if it cannot be loaded", async () => {
      for (const name of ["a", "b", "c"]) await put(one, name);
      database.prune(3);
      for (let times = 0; times < 2; times++) other.log.meet("load", brokenBefore);
      await assert.rejects(put(other, "d"), StoreUnavailable);
      await put(one, "e");
      for (const work of other.soon.splice(0)) work();
      await turn();
      await assertConverged({ a: 1, b: 1, c: 1, e: 1 });
    });

    it("keeps the notes that are later than what is loaded", async () => {
      const note = ({ store }: Process, id: string, at: number) => store.read((tx) => tx.note(visits, { id, at }));
      await one.store.transact((tx) => ["a", "b", "gone"].forEach((id) => tx.put(visits, { id, at: 1 })));
      await other.store.fresh();
      note(other, "a", 9);
      note(other, "b", 2);
      note(other, "gone", 9);
      await one.store.transact((tx) => (tx.put(visits, { id: "b", at: 5 }), tx.delete(visits, "gone")));
      await put(one, "rex");
      database.prune(3);
      await other.store.fresh();
      const noted = ({ store }: Process) => store.read((tx) => [...tx.list(visits, [])]);
      const expected = [
        { id: "a", at: 9 },
        { id: "b", at: 5 },
      ];
      assert.deepEqual(noted(other), expected);
      other.later.forEach((work) => work());
      await put(other, "tom");
      await one.store.fresh();
      assert.deepEqual(noted(one), expected);
    });
  });

  describe("a database that was set back", () => {
    it("is followed, although its log has as many rows", async () => {
      await put(one, "kept");
      const setBack = database.copy();
      await put(one, "lost");
      assert.deepEqual(await seen(other), { kept: 1, lost: 1 });
      setBack();
      await put(await open(), "new");
      await assertConverged({ kept: 1, new: 1 });
    });

    it("is followed when it has gone on further", async () => {
      await put(one, "kept");
      const setBack = database.copy();
      await put(one, "lost");
      setBack();
      const third = await open();
      for (const name of ["a", "b", "c"]) await put(third, name);
      await put(one, "d");
      await assertConverged({ kept: 1, a: 1, b: 1, c: 1, d: 1 });
    });

    it("is followed when it has gone back to nothing", async () => {
      await put(one, "lost");
      database.rows = [];
      database.entities.clear();
      await assertConverged({});
    });
  });

  describe("a reset", () => {
    it("by another process ends everything here, also notes and what came before it", async () => {
      await put(one, "rex");
      await other.store.fresh();
      other.store.read((tx) => tx.note(visits, { id: "ann", at: 1 }));
      await one.store.reset((tx) => putIn(tx, "new"));
      await put(one, "newer");
      assert.deepEqual(await seen(other), { new: 1, newer: 1 });
      assert.equal(
        other.store.read((tx) => tx.count(visits)),
        0,
      );
      other.later.forEach((work) => work());
      await put(other, "newest");
      await assertConverged({ new: 1, newer: 1, newest: 1 });
      assert.equal(
        one.store.read((tx) => tx.count(visits)),
        0,
      );
    });

    it("stands alone in the order: what was queued before it is removed, what after it stays", async () => {
      await Promise.all([
        put(one, "before"),
        one.store.reset((tx) => putIn(tx, "grown", tx.count(pets))),
        put(one, "after"),
      ]);
      assert.equal(database.rows.length, 3);
      await assertConverged({ grown: 0, after: 1 });
    });

    it("is made once if its outcome was unknown for a while", async () => {
      await put(one, "rex");
      one.log.meet("append", brokenAfter);
      await ended(
        one.store.reset((tx) => putIn(tx, "new")),
        one,
      );
      assert.equal(database.rows.length, 2);
      await assertConverged({ new: 1 });
    });
  });

  describe("a commit that fails", () => {
    it("is made again where the database asks for it, in the lock and at the end", async () => {
      await grow(other);
      one.log.meet("lock", conflict);
      one.log.meet("append", conflict);
      one.log.meet("append", conflict);
      await grow(one);
      await assertConverged({ rex: 2 });
      assert.equal(database.rows.length, 2);
    });

    it("is given up if the database never stops asking", async () => {
      for (let times = 0; times < 20; times++) one.log.meet("append", conflict);
      await assert.rejects(grow(one), /^StoreUnavailable: try again$/);
      await grow(one);
      await assertConverged({ rex: 1 });
    });

    it("is made again where one connection has broken", async () => {
      one.log.meet("lock", brokenBefore);
      one.log.meet("append", brokenBefore);
      await ended(grow(one), one);
      assert.equal(count(one, "has"), 1);
      await assertConverged({ rex: 1 });
    });

    it("was made if the connection has broken after it, and does not run twice", async () => {
      one.log.meet("append", brokenAfter);
      await ended(grow(one), one);
      assert.deepEqual(ages(one), { rex: 1 });
      assert.equal(database.rows.length, 1);
      await assertConverged({ rex: 1 });
    });

    it("was made although others have gone on before its outcome was known", async () => {
      one.log.meet("append", brokenAfter);
      const asked = held();
      one.log.meet("has", asked.fault);
      const growing = grow(one);
      await asked.met;
      await grow(other);
      asked.go();
      await ended(growing, one);
      assert.deepEqual(ages(one), { rex: 2 });
      await assertConverged({ rex: 2 });
    });

    it("is waited for if the broken connection is still committing it", async () => {
      let commit: () => Promise<never>;
      one.log.meet("append", async (run) => {
        commit = run;
        throw gone();
      });
      const growing = grow(one);
      while (!one.log.calls.includes("has")) await turn();
      await turn();
      assert.equal(database.rows.length, 0);
      await commit!();
      await ended(growing, one);
      await assertConverged({ rex: 1 });
      assert.equal(database.rows.length, 1);
    });

    it("is asked about until the database is back", async () => {
      one.log.meet("append", async (run) => {
        await run();
        database.isGone = true;
        throw gone();
      });
      const growing = grow(one);
      for (let times = 0; times < 10; times++) {
        await turn();
        for (const work of one.soon.splice(0)) work();
      }
      assert.ok(one.store.failure instanceof StoreUnavailable);
      database.isGone = false;
      await ended(growing, one);
      await turn();
      assert.equal(one.store.failure, undefined);
      await assertConverged({ rex: 1 });
    });

    it("is asked about again where the database asks for it", async () => {
      one.log.meet("append", brokenAfter);
      one.log.meet("has", conflict);
      await ended(grow(one), one);
      await assertConverged({ rex: 1 });
    });

    it("is refused, and not run again, if its outcome cannot be found out in time", async () => {
      one.log.meet("append", async (run) => {
        await run();
        database.isGone = true;
        throw gone();
      });
      await assert.rejects(
        ended(grow(one), one),
        /^StoreUnavailable: whether a commit was made could not be found out: the database is gone$/,
      );
      database.isGone = false;
      for (const work of one.soon.splice(0)) work();
      await turn();
      await assertConverged({ rex: 1 });
    });

    it("is refused, and not run again, if the log no longer knows its outcome", async () => {
      one.log.meet("append", async (run) => {
        await run();
        await grow(other);
        database.prune(2);
        throw gone();
      });
      await assert.rejects(ended(grow(one), one), /could not be found out: the row is no longer kept$/);
      await assertConverged({ rex: 2 });
    });

    it("for good is refused, and leaves the others of the queue alone", async () => {
      one.log.meet("append", async (_run, release) => {
        release();
        throw new StoreFailed("permission denied");
      });
      const refused = assert.rejects(grow(one), /^StoreFailed: permission denied$/);
      await turn();
      await Promise.all([refused, grow(one)]);
      await assertConverged({ rex: 1 });
    });

    it("keeps its notes for the next one", async () => {
      one.store.read((tx) => tx.note(visits, { id: "ann", at: 1 }));
      one.log.meet("append", async (_run, release) => {
        release();
        one.store.read((tx) => tx.note(visits, { id: "ann", at: 2 }));
        throw new StoreFailed("no");
      });
      await assert.rejects(put(one, "rex"), /^StoreFailed: no$/);
      await put(one, "rex");
      await other.store.fresh();
      assert.equal(other.store.read((tx) => tx.get(visits, "ann"))?.at, 2);
    });

    it("leaves nothing in memory of what it would have written, noted or not", async () => {
      one.store.read((tx) => tx.note(visits, { id: "ann", at: 1 }));
      one.log.meet("append", async (_run, release) => {
        release();
        throw new StoreFailed("no");
      });
      const writing = one.store.transact((tx) => (putIn(tx, "rex"), tx.put(visits, { id: "ann", at: 9 })));
      await assert.rejects(async () => await writing, /^StoreFailed: no$/);
      assert.deepEqual(ages(one), {});
      assert.equal(one.store.read((tx) => tx.get(visits, "ann"))?.at, 1);
    });
  });

  describe("a database that is gone", () => {
    const isGone = (error: unknown) => error instanceof StoreUnavailable;

    it("lets everything be refused at once, until it is back", async () => {
      await put(one, "rex");
      database.isGone = true;
      await assert.rejects(one.store.fresh(), isGone);
      assert.ok(isGone(one.store.failure));
      const before = one.log.calls.length;
      assert.throws(() => ages(one), isGone);
      assert.throws(() => one.store.transact((tx) => putIn(tx, "tom")), isGone);
      assert.throws(() => one.store.reset(), isGone);
      await assert.rejects(one.store.fresh(), isGone);
      assert.equal(one.log.calls.length, before);
      assert.equal(one.soon.length, 1);
      for (let times = 0; times < 3; times++) {
        one.soon.shift()!();
        await turn();
        assert.ok(isGone(one.store.failure));
        assert.equal(one.soon.length, 1);
      }
      database.isGone = false;
      await put(other, "max");
      one.soon.shift()!();
      await turn();
      assert.equal(one.store.failure, undefined);
      assert.deepEqual(ages(one), { rex: 1, max: 1 });
      assert.equal(one.soon.length, 0);
    });

    it("is asked for by one question at a time, however many notice it", async () => {
      database.isGone = true;
      await Promise.allSettled([put(one, "rex"), one.store.fresh(), one.store.fresh()]);
      assert.equal(one.soon.length, 1);
    });

    it("refuses what is in the queue without trying it", async () => {
      database.isGone = true;
      const works = Array.from({ length: 1000 }, (_, index) => put(one, String(index)));
      const ends = await Promise.allSettled(works);
      assert.ok(ends.every((end) => end.status === "rejected" && isGone(end.reason)));
      assert.equal(count(one, "lock"), 1);
      database.isGone = false;
      one.soon.shift()!();
      await turn();
      await assertConverged({});
    });

    it("is back as soon as a commit has gone through", async () => {
      one.log.meet("append", brokenBefore);
      one.log.meet("has", async () => {
        throw gone();
      });
      await ended(grow(one), one);
      assert.equal(one.store.failure, undefined);
    });

    it("for good stays gone", async () => {
      one.log.meet("after", async () => {
        throw new StoreFailed("taken over");
      });
      await assert.rejects(one.store.fresh(), /^StoreFailed: taken over$/);
      assert.throws(() => ages(one), /^StoreFailed: taken over$/);
      assert.equal(one.soon.length, 0);
      await assert.rejects(one.store.fresh(), /^StoreFailed: taken over$/);
    });

    it("that comes back as another one is refused for good", async () => {
      one.log.meet("after", brokenBefore);
      await assert.rejects(one.store.fresh(), isGone);
      one.log.meet("after", async () => {
        throw new StoreFailed("taken over");
      });
      one.soon.shift()!();
      await turn();
      assert.throws(() => ages(one), /^StoreFailed: taken over$/);
      assert.equal(one.soon.length, 0);
    });
  });

  describe("notes of the last use", () => {
    const note = ({ store }: Process, at: number) => store.read((tx) => tx.note(visits, { id: "ann", at }));
    const noted = ({ store }: Process) => store.read((tx) => tx.get(visits, "ann")?.at);

    it("reach the others some time later", async () => {
      note(one, 1);
      assert.equal(one.later.length, 1);
      one.later.shift()!();
      await turn();
      await turn();
      await other.store.fresh();
      assert.equal(noted(other), 1);
      assert.equal(database.rows.length, 1);
    });

    it("do not go back: of two, the later one stays with all", async () => {
      note(one, 5);
      note(other, 9);
      await put(one, "rex");
      await other.store.fresh();
      assert.equal(noted(other), 9);
      await put(other, "tom");
      await one.store.fresh();
      assert.deepEqual([noted(one), noted(other), noted(await open())], [9, 9, 9]);

      note(one, 10);
      note(other, 12);
      await put(other, "max");
      await put(one, "kit");
      await other.store.fresh();
      assert.deepEqual([noted(one), noted(other), noted(await open())], [12, 12, 12]);
    });

    it("made while they are being committed are not lost", async () => {
      note(one, 1);
      const append = held();
      one.log.meet("append", append.fault);
      const writing = put(one, "rex");
      await append.met;
      note(one, 2);
      append.go();
      await writing;
      assert.equal(noted(one), 2);
      await put(one, "tom");
      await other.store.fresh();
      assert.equal(noted(other), 2);
    });

    it("do not bring back what another process has deleted", async () => {
      note(one, 1);
      await put(one, "rex");
      await other.store.fresh();
      note(other, 2);
      await one.store.transact((tx) => tx.delete(visits, "ann"));
      await other.store.fresh();
      assert.equal(noted(other), undefined);
      other.later.forEach((work) => work());
      await turn();
      await turn();
      assert.equal(database.rows.length, 2);
      await one.store.fresh();
      assert.equal(noted(one), undefined);
    });
  });

  describe("a watcher", () => {
    it("is told of what any process commits, once, and of what a load brings", async () => {
      const told: string[] = [];
      one.store.watch(pets, ({ name }) => told.push(name));
      await put(one, "mine");
      await put(other, "yours");
      await one.store.fresh();
      await other.store.transact((tx) => tx.put(visits, { id: "ann", at: 1 }));
      await other.store.transact((tx) => tx.delete(pets, "ann", "mine"));
      await one.store.fresh();
      assert.deepEqual(told.splice(0), ["mine", "yours"]);
      await other.store.reset((tx) => putIn(tx, "new"));
      await one.store.fresh();
      assert.deepEqual(told.splice(0), ["new"]);
      await put(other, "newer");
      await put(other, "newest");
      database.prune(database.end.sequence);
      await one.store.fresh();
      assert.deepEqual(told, ["new", "newer", "newest"]);
    });

    it("sees all of the commit that it is told of", async () => {
      let found: readonly number[] = [];
      one.store.watch(pets, () => (found = one.store.read((tx) => [tx.count(pets), tx.count(visits)])));
      await other.store.transact((tx) => (putIn(tx, "rex"), tx.put(visits, { id: "ann", at: 1 })));
      await one.store.fresh();
      assert.deepEqual(found, [1, 1]);
    });

    it("that cannot go on ends the store, whoever has found it out", async () => {
      one.store.watch(pets, () => {
        throw new StoreFailed("sealed with another key");
      });
      await put(other, "rex");
      const writing = one.store.transact((tx) => tx.put(visits, { id: "ann", at: 1 }));
      await assert.rejects(async () => await writing, /^StoreFailed: sealed with another key$/);
      assert.throws(() => ages(one), /^StoreFailed: sealed with another key$/);
      // The lock is free.
      await put(other, "tom");
    });
  });

  describe("the close", () => {
    it("commits what is in the queue, and the notes", async () => {
      const works = Array.from({ length: 450 }, () => grow(one));
      one.store.read((tx) => tx.note(visits, { id: "ann", at: 1 }));
      const closing = one.store.close();
      assert.throws(() => one.store.transact((tx) => putIn(tx, "late")), /^Error: the store is closed$/);
      await Promise.all(works);
      await closing;
      assert.equal(one.log.calls.at(-1), "close");
      assert.deepEqual(await seen(other), { rex: 450 });
      assert.equal(other.store.read((tx) => tx.get(visits, "ann"))?.at, 1);
    });

    it("settles everything if the database is gone", async () => {
      database.isGone = true;
      const works = Array.from({ length: 450 }, () => grow(one));
      one.store.read((tx) => tx.note(visits, { id: "ann", at: 1 }));
      const closing = one.store.close();
      const ends = await Promise.allSettled(works);
      assert.ok(ends.every(({ status }) => status === "rejected"));
      await closing;
      assert.equal(one.log.calls.at(-1), "close");
      for (const work of [...one.soon, ...one.later]) work();
      await turn();
      assert.equal(one.log.calls.at(-1), "close");
    });

    it("closes the log even if the notes cannot be committed", async () => {
      one.store.read((tx) => tx.note(visits, { id: "ann", at: 1 }));
      one.log.meet("append", async (_run, release) => {
        release();
        throw new StoreFailed("no");
      });
      await assert.rejects(one.store.close(), /^StoreFailed: no$/);
      assert.equal(one.log.calls.at(-1), "close");
    });

    it("waits for a commit whose outcome is not known yet", async () => {
      one.log.meet("append", brokenAfter);
      one.log.meet("has", async () => {
        throw gone();
      });
      const growing = grow(one);
      await turn();
      const closing = one.store.close();
      await ended(Promise.all([growing, closing]), one);
      assert.deepEqual(await seen(other), { rex: 1 });
    });
  });

  it("opens none where the state cannot be read, and says what is not known", async () => {
    const log = new LogInMemory(database);
    log.meet("load", brokenBefore);
    await assert.rejects(open(log), StoreUnavailable);
    const stones = collection("stones", (stone: { readonly id: string }) => [stone.id]);
    const wider = await openSharedStore({
      collections: [stones],
      log: new LogInMemory(database),
      random: systemRandom,
    });
    await wider.transact((tx) => tx.put(stones, { id: "1" }));
    await wider.close();
    await assert.rejects(open(), /^Error: the collection "stones" is not known$/);
  });
});
