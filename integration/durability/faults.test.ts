import assert from "node:assert/strict";
import type { Disk } from "../../data/disk.ts";
import { fileBackend } from "../../data/file-backend.ts";
import { fold } from "../../data/stored-state.ts";
import { collection, openStore, StoreFailed, type LocalStore } from "../../data/store.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const entries = collection("entries", (e: { readonly id: string }) => [e.id]);
const visits = collection("visits", (v: { readonly id: string; readonly at: number }) => [v.id]);

/** Makes the next `operation` on a file whose name begins with `file` fail once, as on a full disk. */
function failOnce(disk: SimulatedDisk, operation: string, file = ""): void {
  disk.fault = (at, name) => {
    if (at !== operation || !name.startsWith(file)) return;
    disk.fault = () => {};
    throw new Error("ENOSPC: no space left on device");
  };
}

describe("A store on a disk that fails", () => {
  let disk: SimulatedDisk;
  let store: LocalStore;
  let warnings: string[];

  const open = async (foldBeyond = 4_000_000) =>
    await openStore({
      collections: [entries],
      backend: fileBackend(disk, { fold, foldBeyond, warn: (sentence) => void warnings.push(sentence) }),
      later: () => {},
    });
  const put = (id: string) => store.transact((tx) => tx.put(entries, { id }));
  const ids = () => store.transact((tx) => [...tx.list(entries, [])].map(({ id }) => id));

  beforeEach(async () => {
    disk = new SimulatedDisk();
    warnings = [];
    store = await open();
    put("before");
    await store.durable();
  });

  const failed = (error: unknown): boolean => {
    assert.ok(error instanceof StoreFailed);
    assert.equal(
      error.message,
      "/simulated: a commit could not be stored (ENOSPC: no space left on device). Make sure that the disk works and has room, then restart.",
    );
    return true;
  };

  for (const operation of ["append", "sync"]) {
    it(`acknowledges nothing from a failed ${operation} on, and says so until it is restarted`, async () => {
      failOnce(disk, operation);
      put("lost");
      const first = store.durable();
      await new Promise(setImmediate);
      await assert.rejects(Promise.resolve(first), failed);
      await assert.rejects(Promise.resolve(store.durable()), failed);
      assert.throws(ids, failed);
      assert.throws(() => put("after"), failed);
      assert.throws(() => store.reset(), failed);
      const written = disk.operations.length;
      await assert.rejects(store.close(), failed);
      assert.equal(disk.operations.length, written, "a failed store writes nothing more");

      store = await open();
      put("again");
      await store.close();
      store = await open();
      const found = ids();
      assert.deepEqual(
        found.filter((id) => id !== "lost"),
        ["again", "before"],
      );
    });
  }

  it("fails the commits that came during the failing flush, too", async () => {
    const flush = heldSync(disk);
    put("first");
    await flush.begun;
    put("second");
    const second = store.durable();
    flush.end(new Error("ENOSPC: no space left on device"));
    await assert.rejects(Promise.resolve(second), failed);
  });

  it("ends in good order where nobody waits for the commit that fails", async () => {
    failOnce(disk, "sync");
    put("lost");
    await new Promise(setImmediate);
    await new Promise(setImmediate);
    assert.throws(ids, failed);
  });

  it("keeps the journal, and tries again later, where there is no room to fold it", async () => {
    await store.close();
    store = await open(200);
    failOnce(disk, "write", "db.json");
    for (let i = 0; i < 20; i++) {
      put(`entry ${i}`);
      await store.durable();
    }
    await store.close();
    assert.deepEqual(warnings, [
      "/simulated: the journal could not be folded into db.json (ENOSPC: no space left on device); nothing is lost, and it will be tried again",
    ]);
    assert.deepEqual([...disk.files().keys()].sort(), ["committed.json", "db.json"]);
    store = await open();
    assert.equal(ids().length, 21);
  });

  it("does not try to fold again with each commit", async () => {
    await store.close();
    store = await open(300);
    disk.fault = (operation, file) => {
      if (operation === "write" && file.startsWith("db.json")) throw new Error("ENOSPC: no space left on device");
    };
    for (let i = 0; i < 20; i++) {
      put(`entry ${i}`);
      await store.durable();
    }
    assert.ok(warnings.length >= 2 && warnings.length <= 8, `tried ${warnings.length} times`);
    await store.close();
  });

  it("closes without a loss where there is no room to fold the journal", async () => {
    failOnce(disk, "sync", "db.json");
    put("last");
    await store.close();
    assert.equal(warnings.length, 1);
    store = await open();
    assert.deepEqual(ids(), ["before", "last"]);
  });

  it("undoes a transaction whose entity JSON cannot hold", async () => {
    const circular: { id: string; self?: unknown } = { id: "circular" };
    circular.self = circular;
    assert.throws(() => store.transact((tx) => tx.put(entries, circular)), TypeError);
    assert.deepEqual(ids(), ["before"]);
    assert.equal(store.durable(), undefined);
  });
});

describe("Commits that wait at the same time", () => {
  it("share one flush, and those that come meanwhile the next", async () => {
    const disk = new SimulatedDisk();
    const store = await openStore({ collections: [entries], backend: fileBackend(disk, { fold }) });
    const acknowledged: string[] = [];
    const commit = async (id: string) => {
      store.transact((tx) => tx.put(entries, { id }));
      await store.durable();
      acknowledged.push(id);
    };
    const flush = heldSync(disk);
    const first = ["a", "b", "c"].map(commit);
    await flush.begun;
    const second = ["d", "e"].map(commit);
    assert.deepEqual(acknowledged, []);
    flush.end();
    await Promise.all(first);
    assert.deepEqual(acknowledged, ["a", "b", "c"]);
    await Promise.all(second);
    const syncs = disk.operations.filter((operation) => operation.startsWith("sync journal"));
    assert.equal(syncs.length, 2);
    await store.close();
  });

  it("make readers wait for what they have seen, and only for that", async () => {
    const disk = new SimulatedDisk();
    const store = await openStore({ collections: [entries], backend: fileBackend(disk, { fold }) });
    const flush = heldSync(disk);
    store.transact((tx) => tx.put(entries, { id: "a" }));
    await flush.begun;
    store.transact((tx) => tx.get(entries, "a"));
    const seen = store.durable();
    assert.ok(seen);
    flush.end();
    await seen;
    assert.equal(store.durable(), undefined);
    await store.close();
  });
});

describe("While a journal is folded", () => {
  it("commits go on, in a segment of their own, and nothing of them is lost", async () => {
    const disk = new SimulatedDisk();
    let folded: (() => void) | undefined;
    const held = (on: Disk, upTo: number): Promise<number> =>
      new Promise((resolve) => {
        folded = () => resolve(fold(on, upTo));
      });
    const open = async () =>
      await openStore({ collections: [entries], backend: fileBackend(disk, { fold: held, foldBeyond: 300 }) });
    const store = await open();
    const commit = async (id: string) => {
      store.transact((tx) => tx.put(entries, { id }));
      await store.durable();
    };
    for (const id of ["a", "b", "c", "d", "e"]) await commit(id);
    assert.ok(folded);
    const before = [...disk.files().keys()].filter((file) => file.startsWith("journal"));
    assert.equal(before.length, 2);
    folded();
    // The fold changes names last: the folded segment is removed once the snapshot is durable.
    while (disk.operations.at(-1) !== `remove ${before[0]}`) await new Promise(setImmediate);
    assert.deepEqual([...disk.files().keys()].sort(), ["committed.json", "db.json", before[1]]);
    await commit("f");

    const next = await open();
    assert.deepEqual(
      next.transact((tx) => [...tx.list(entries, [])].map(({ id }) => id)),
      ["a", "b", "c", "d", "e", "f"],
    );
  });
});

describe("Notes", () => {
  it("are stored once, with the next commit", async () => {
    const disk = new SimulatedDisk();
    const backend = fileBackend(disk, { fold });
    const store = await openStore({ collections: [entries, visits], backend, later: () => {} });
    store.transact((tx) => tx.note(visits, { id: "noted", at: 1 }));
    for (const id of ["a", "b"]) {
      store.transact((tx) => tx.put(entries, { id }));
      await store.durable();
    }
    const journal = [...disk.files().values()].join("");
    assert.deepEqual(journal.match(/"id":"\w+"/g), ['"id":"a"', '"id":"noted"', '"id":"b"']);
    await store.close();
  });
});

/** Holds the next sync of the journal until its end is called for. */
function heldSync(disk: SimulatedDisk): { readonly begun: Promise<void>; end(error?: Error): void } {
  let end: (error?: Error) => void;
  const begun = new Promise<void>((begin) => {
    disk.fault = (operation, file) => {
      if (operation !== "sync" || !file.startsWith("journal")) return;
      disk.fault = () => {};
      begin();
      return new Promise((resolve, reject) => {
        end = (error) => (error ? reject(error) : resolve());
      });
    };
  });
  return { begun, end: (error) => end(error) };
}
