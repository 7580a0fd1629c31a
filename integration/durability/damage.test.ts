import assert from "node:assert/strict";
import { DataFolderError } from "../../data/data-folder-error.ts";
import { fileBackend } from "../../data/file-backend.ts";
import { fold } from "../../data/stored-state.ts";
import { collection, openStore, type Collection, type Store } from "../../data/store.ts";
import { SimulatedDisk } from "./simulated-disk.ts";

interface Entry {
  readonly id: string;
  readonly value: number;
}
const entries = collection("entries", (e: Entry) => [e.id]);
const FIRST = "journal-000000000001.jsonl";

const warnings: string[] = [];
const open = async (disk: SimulatedDisk, known: Collection<never> = entries): Promise<Store> =>
  await openStore({
    collections: [known],
    backend: fileBackend(disk, { fold, warn: (sentence) => void warnings.push(sentence) }),
  });

const valuesIn = (store: Store): number[] =>
  store.transact((tx) => [...tx.list(entries, [])].map(({ value }) => value));

/** A disk on which `values` were committed, one flush each, and which no close has folded. */
async function crashedDisk(...values: number[]): Promise<SimulatedDisk> {
  const disk = new SimulatedDisk();
  const store = await open(disk);
  for (const value of values) {
    store.transact((tx) => tx.put(entries, { id: String(value), value }));
    await store.durable();
  }
  return disk;
}

async function closedDisk(...values: number[]): Promise<SimulatedDisk> {
  const disk = await crashedDisk(...values);
  await (await open(disk)).close();
  return disk;
}

function changed(disk: SimulatedDisk, file: string, change: (content: string) => string | undefined): SimulatedDisk {
  const files = new Map<string, string | Buffer>(disk.files());
  const content = change(disk.files().get(file)!.toString("latin1"));
  if (content === undefined) files.delete(file);
  else files.set(file, Buffer.from(content, "latin1"));
  return new SimulatedDisk(files);
}

/** Opening says `message` and changes nothing. */
async function refuses(disk: SimulatedDisk, message: string, known: Collection<never> = entries): Promise<void> {
  const before = disk.files();
  await assert.rejects(open(disk, known), (error) => {
    assert.ok(error instanceof DataFolderError, String(error));
    assert.equal(error.message, message);
    return true;
  });
  assert.deepEqual(disk.files(), before);
}

const RESTORE =
  "Nothing was changed. Restore the whole folder from a copy; or, to give up what the journal holds from there on, remove " +
  "the rest of this file and all journal files with a higher number.";
const RESTORE_SNAPSHOT = "Nothing was changed. Restore the whole folder from a copy, or use another folder.";

describe("A journal", () => {
  beforeEach(() => void warnings.splice(0));

  it("is readable: a line of JSON per flush", async () => {
    const disk = await crashedDisk(1);
    const store = await open(disk);
    store.transact((tx) => tx.delete(entries, "1"));
    store.transact((tx) => tx.put(entries, { id: "ä", value: 2 }));
    await store.durable();
    store.reset();
    await store.durable();
    const lines = [...disk.files().values()].flatMap((file) => file.toString().trimEnd().split("\n"));
    assert.deepEqual(
      lines.map((line) => ({ ...(JSON.parse(line) as object), checksum: undefined })),
      [
        { checksum: undefined, sequence: 1, changes: [["put", "entries", ["1"], { id: "1", value: 1 }]] },
        {
          checksum: undefined,
          sequence: 2,
          changes: [
            ["delete", "entries", ["1"]],
            ["put", "entries", ["ä"], { id: "ä", value: 2 }],
          ],
        },
        { checksum: undefined, sequence: 3, changes: [["reset"]] },
      ],
    );
  });

  it("cut at any byte gives back the commits before it, and goes on from there", async () => {
    const whole = (await crashedDisk(1, 2, 3)).files().get(FIRST)!;
    for (let length = 0; length <= whole.length; length++) {
      const disk = new SimulatedDisk(new Map([[FIRST, whole.subarray(0, length)]]));
      const store = await open(disk);
      const complete = whole.subarray(0, length).toString().split("\n").length - 1;
      assert.deepEqual(valuesIn(store), [1, 2, 3].slice(0, complete), `cut at byte ${length}`);
      store.transact((tx) => tx.put(entries, { id: "9", value: 9 }));
      await store.durable();
      assert.deepEqual(
        valuesIn(await open(disk)),
        [...[1, 2, 3].slice(0, complete), 9],
        `cut at byte ${length}, then continued`,
      );
    }
  });

  it("tells of a torn line that it cuts off", async () => {
    const disk = changed(await crashedDisk(1, 2), FIRST, (content) => content.slice(0, -5));
    assert.deepEqual(valuesIn(await open(disk)), [1]);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /^\/simulated\/journal-000000000001\.jsonl: cut off \d+ bytes of a commit that a crash interrupted before it was acknowledged$/,
    );
  });

  it("with zeros for what a loss of power kept from the last line gives back the commits before it", async () => {
    const whole = (await crashedDisk(1, 2)).files().get(FIRST)!;
    const second = whole.indexOf("\n") + 1;
    for (const [from, to] of [
      [second, whole.length],
      [second + 10, second + 20],
      [whole.length - 10, whole.length],
      [whole.length - 10, whole.length - 1],
    ]) {
      const holed = Buffer.from(whole).fill(0, from, to);
      assert.deepEqual(valuesIn(await open(new SimulatedDisk(new Map([[FIRST, holed]])))), [1]);
    }
  });

  it("with any single bit changed is refused, except in the line end that tells a last line from a torn one", async function () {
    this.timeout(10_000);
    const whole = (await crashedDisk(1, 2)).files().get(FIRST)!;
    const newline = whole.indexOf("\n");
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const flipped = Buffer.from(whole);
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const disk = new SimulatedDisk(new Map([[FIRST, flipped]]));
      if (bit >> 3 === whole.length - 1) assert.deepEqual(valuesIn(await open(disk)), [1]);
      else {
        const line = bit >> 3 <= newline ? 1 : 2;
        const from = line === 1 ? 0 : newline + 1;
        await refuses(disk, `/simulated/${FIRST}: line ${line} (from byte ${from} on) is damaged. ${RESTORE}`);
      }
    }
  });

  it("with a line missing is refused", async () => {
    const disk = changed(await crashedDisk(1, 2, 3), FIRST, (content) => {
      const lines = content.split("\n");
      return [lines[0], ...lines.slice(2)].join("\n");
    });
    await refuses(disk, `/simulated/${FIRST}: line 2 is number 3 of the journal, not 2. ${RESTORE}`);
  });

  it("with a segment missing is refused", async () => {
    const disk = await crashedDisk(1, 2);
    const second = await open(disk);
    second.transact((tx) => tx.put(entries, { id: "3", value: 3 }));
    await second.durable();
    const third = await open(disk);
    third.transact((tx) => tx.put(entries, { id: "4", value: 4 }));
    await third.durable();
    const last = "journal-000000000004.jsonl";
    await refuses(
      changed(disk, "journal-000000000003.jsonl", () => undefined),
      `/simulated/${last}: it begins with line 4 of the journal, but what is before it ends with line 2. ${RESTORE}`,
    );
    await refuses(
      changed(disk, FIRST, () => undefined),
      `/simulated/db.json is missing, although journal-000000000003.jsonl continues it. ${RESTORE_SNAPSHOT}`,
    );
    await refuses(
      changed(disk, FIRST, (content) => content.slice(0, -5)),
      `/simulated/${FIRST}: line 2 (from byte ${disk.files().get(FIRST)!.indexOf("\n") + 1} on) is damaged. ${RESTORE}`,
    );
  });

  it("that continues a snapshot which is missing is refused", async () => {
    const disk = await closedDisk(1, 2);
    const store = await open(disk);
    store.transact((tx) => tx.put(entries, { id: "3", value: 3 }));
    await store.durable();
    await refuses(
      changed(disk, "db.json", () => undefined),
      `/simulated/db.json is missing, although journal-000000000003.jsonl continues it. ${RESTORE_SNAPSHOT}`,
    );
  });

  it("that was folded already, as a crash may leave it, is passed over", async () => {
    const crashed = await crashedDisk(1, 2);
    const closed = await closedDisk(1, 2);
    const both = new SimulatedDisk(new Map([...crashed.files(), ...closed.files()]));
    const store = await open(both);
    store.transact((tx) => tx.delete(entries, "1"));
    await store.durable();
    assert.deepEqual(valuesIn(await open(both)), [2]);
    await (await open(both)).close();
    assert.deepEqual([...both.files().keys()], ["db.json"]);
  });

  it("of which a crash has kept an older folded part is passed over, and goes on with the number after the snapshot's", async () => {
    const closed = await closedDisk(1, 2, 3);
    const older = (await crashedDisk(1)).files().get(FIRST)!;
    const disk = new SimulatedDisk(new Map([...closed.files(), [FIRST, older]]));
    const store = await open(disk);
    assert.deepEqual(valuesIn(store), [1, 2, 3]);
    store.transact((tx) => tx.delete(entries, "1"));
    await store.durable();
    assert.deepEqual([...disk.files().keys()].sort(), ["db.json", FIRST, "journal-000000000004.jsonl"]);
    assert.deepEqual(valuesIn(await open(disk)), [2, 3]);
  });

  it("of a collection that is not known is refused", async () => {
    await refuses(
      await crashedDisk(1),
      `/simulated/${FIRST} holds the collection "entries", which this version of iam-local does not know. Nothing was changed. Use the ` +
        `version that wrote it, or another folder.`,
      collection("others", (e: Entry) => [e.id]),
    );
  });
});

describe("A snapshot", () => {
  it("is readable JSON with a line for each entity, in key order", async () => {
    const disk = await closedDisk(2, 10, 1);
    assert.deepEqual([...disk.files().keys()], ["db.json"]);
    assert.equal(
      disk.files().get("db.json")!.toString(),
      `{
  "format": 1,
  "sequence": 3,
  "collections": {
    "entries": [
      [["1"],{"id":"1","value":1}],
      [["10"],{"id":"10","value":10}],
      [["2"],{"id":"2","value":2}]
    ]
  }
}
`,
    );
  });

  it("says nothing of a collection that is empty", async () => {
    const disk = await closedDisk(1);
    const store = await open(disk);
    store.transact((tx) => tx.delete(entries, "1"));
    await store.close();
    assert.deepEqual(JSON.parse(disk.files().get("db.json")!.toString()), { format: 1, sequence: 2, collections: {} });
  });

  it("that is cut at any byte is refused", async () => {
    const disk = await closedDisk(1, 2);
    const whole = disk.files().get("db.json")!;
    for (let length = 0; length < whole.length - 1; length++) {
      const cut = new SimulatedDisk(new Map([["db.json", whole.subarray(0, length)]]));
      await assert.rejects(open(cut), (error) => {
        assert.ok(error instanceof DataFolderError);
        assert.match(
          error.message,
          /^\/simulated\/db\.json is not whole JSON: .+\. Nothing was changed\. Restore the whole folder/,
        );
        return true;
      });
    }
  });

  it("of a newer format is refused", async () => {
    await refuses(
      changed(await closedDisk(1), "db.json", (content) => content.replace('"format": 1', '"format": 2')),
      "/simulated/db.json has format 2, which a newer iam-local wrote; this one knows formats up to 1. Nothing was changed. Use the " +
        "newer version, or another folder.",
    );
  });

  for (const content of [
    "null",
    "[]",
    '{"users":[]}',
    '{"format":1,"sequence":1,"collections":{"entries":[{"id":"1"}]}}',
  ]) {
    it(`is refused where it is JSON of another kind: ${content}`, async () => {
      await refuses(
        new SimulatedDisk(new Map([["db.json", content]])),
        `/simulated/db.json is JSON, but not a snapshot of iam-local. ${RESTORE_SNAPSHOT}`,
      );
    });
  }

  it("of a collection that is not known is refused", async () => {
    await refuses(
      await closedDisk(1),
      `/simulated/db.json holds the collection "entries", which this version of iam-local does not know. Nothing was changed. Use the ` +
        `version that wrote it, or another folder.`,
      collection("others", (e: Entry) => [e.id]),
    );
  });

  it("whose entities have another key today is refused", async () => {
    await refuses(
      await closedDisk(1),
      '/simulated: entries: an entity is stored under ["1"], not its key. Nothing was changed.',
      collection("entries", (e: Entry) => [e.id, "x"]),
    );
  });
});
