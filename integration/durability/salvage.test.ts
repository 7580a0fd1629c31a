import assert from "node:assert/strict";
import { DataFolderError } from "../../data/data-folder-error.ts";
import { fileBackend } from "../../data/file-backend.ts";
import { accept, verify } from "../../data/salvage.ts";
import { collection, openStore, type LocalStore } from "../../data/store.ts";
import { fold } from "../../data/stored-state.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

const entries = collection<{ readonly id: string; readonly value: number }>("entries", (e) => [e.id]);

const open = async (disk: SimulatedDisk): Promise<LocalStore> =>
  await openStore({ collections: [entries], backend: fileBackend(disk, { fold }) });
const valuesIn = (store: LocalStore): number[] =>
  store.transact((tx) => [...tx.list(entries, [])].map(({ value }) => value));
const commit = async (store: LocalStore, ...values: number[]): Promise<void> => {
  for (const value of values) {
    store.transact((tx) => tx.put(entries, { id: String(value), value }));
    await store.durable();
  }
};

describe("What can be kept of a folder", () => {
  let disk: SimulatedDisk;
  /** Commits 1 to 3 are folded; 4 to 6 are in the journal. */
  const THIRD = "journal-000000000004.jsonl";
  beforeEach(async () => {
    disk = new SimulatedDisk();
    const store = await open(disk);
    await commit(store, 1, 2, 3);
    await store.close();
    await commit(await open(disk), 4, 5, 6);
  });

  const change = (file: string, edit: (content: string) => string | undefined) => {
    const files = new Map<string, string | Buffer>(disk.files());
    const content = edit(disk.files().get(file)!.toString());
    if (content === undefined) files.delete(file);
    else files.set(file, content);
    disk = new SimulatedDisk(files);
  };
  /** Refused, then accepted: the values afterwards, and what was given up. */
  const accepted = async () => {
    const before = disk.files();
    await assert.rejects(open(disk), DataFolderError);
    const findings = await verify(disk, [entries]);
    assert.ok(findings.problem);
    assert.deepEqual(disk.files(), before, "to verify changes nothing");
    const replaced = await accept(disk, findings);
    for (const file of replaced) {
      assert.match(file, /\.replaced-1$/);
      assert.deepEqual(disk.files().get(file), before.get(file.replace(".replaced-1", "")), "what was there is kept");
    }
    const store = await open(disk);
    const values = valuesIn(store);
    await commit(store, 9);
    await store.close();
    assert.deepEqual(valuesIn(await open(disk)), [...values, 9]);
    assert.equal((await verify(disk, [entries])).problem, undefined);
    return { problem: findings.problem, values, losses: findings.losses };
  };

  it("is all of it, where it is sound", async () => {
    const { problem, collections, last, losses } = await verify(disk, [entries]);
    assert.deepEqual([problem, collections.get("entries")?.size, last.sequence, losses], [undefined, 6, 6, []]);
  });

  it("is a hand edit of the snapshot, with the journal that follows", async () => {
    change("db.json", (content) => content.replace('"value":2', '"value":20'));
    assert.deepEqual(await accepted(), {
      problem: "/simulated/db.json does not match its checksum: it was damaged, or edited by hand",
      values: [1, 20, 3, 4, 5, 6],
      losses: [],
    });
  });

  it("is a snapshot that was laid out anew", async () => {
    change("db.json", (content) => JSON.stringify(JSON.parse(content)));
    assert.deepEqual((await accepted()).values, [1, 2, 3, 4, 5, 6]);
  });

  it("is each line of a snapshot that is no JSON any more", async () => {
    change("db.json", (content) => content.replace('{"id":"2"', '{"id""2"'));
    const { values, losses } = await accepted();
    assert.deepEqual([values, losses], [[1, 3, 4, 5, 6], ["db.json: line 8 cannot be read"]]);
  });

  it("is the beginning of a snapshot that was cut", async () => {
    change("db.json", (content) => content.slice(0, content.indexOf('[["3"]')));
    assert.deepEqual((await accepted()).values, [1, 2, 4, 5, 6]);
  });

  it("is the journal before a line that is damaged", async () => {
    change(THIRD, (content) => content.replace('"value":5', '"value":50'));
    const { values, losses } = await accepted();
    assert.deepEqual(values, [1, 2, 3, 4]);
    assert.match(
      losses[0]!,
      /^journal-000000000004\.jsonl: line 2 \(from byte \d+ on\) is damaged, and all behind it cannot be trusted$/,
    );
    assert.equal(losses[1], "the journal's lines from 5 to 6 are missing");
  });

  it("is what is there, where the journal's end is missing, or all of it", async () => {
    change(THIRD, (content) => content.slice(0, content.indexOf("\n") + 1));
    const cut = await accepted();
    assert.deepEqual([cut.values, cut.losses], [[1, 2, 3, 4], ["the journal's lines from 5 to 6 are missing"]]);
  });

  it("is the snapshot alone, where the journal was removed", async () => {
    change(THIRD, () => undefined);
    const { values, losses } = await accepted();
    assert.deepEqual([values, losses], [[1, 2, 3], ["the journal's lines from 4 to 6 are missing"]]);
  });

  it("is the journal alone, where the snapshot was removed", async () => {
    change("db.json", () => undefined);
    const { values, losses } = await accepted();
    assert.deepEqual([values, losses], [[4, 5, 6], ["what only db.json held"]]);
  });

  it("is all but an entity under another key than its own", async () => {
    change("db.json", (content) => content.replace('{"id":"2"', '{"id":"7"'));
    assert.deepEqual((await accepted()).losses, ['entries: an entity is stored under ["2"], not its key']);
  });

  for (const [state, edit] of [
    ["missing", () => undefined],
    ["damaged", () => "{}"],
  ] as const) {
    it(`is all of it, where only the file is ${state} that says what was committed`, async () => {
      change("committed.json", edit);
      assert.deepEqual((await accepted()).values, [1, 2, 3, 4, 5, 6]);
    });
  }

  it("stays as it is where the disk is full", async () => {
    change(THIRD, (content) => content.replace('"value":5', '"value":50'));
    const findings = await verify(disk, [entries]);
    const before = disk.files();
    disk.fault = (operation) => {
      if (operation === "write") throw new Error("ENOSPC: no space left on device");
    };
    await assert.rejects(accept(disk, findings), /ENOSPC/);
    assert.deepEqual(disk.files(), before);
  });

  it("is not asked of a folder that a newer version wrote", async () => {
    change("db.json", (content) => content.replace('"format": 2', '"format": 3'));
    await assert.rejects(verify(disk, [entries]), /db\.json has format 3, which a newer iam-local wrote/);
  });
});
