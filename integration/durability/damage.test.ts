import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";
import { DataFolderError } from "../../data/data-folder-error.ts";
import { fileBackend } from "../../data/file-backend.ts";
import { fold } from "../../data/stored-state.ts";
import { collection, openStore, type Collection, type LocalStore } from "../../data/store.ts";
import { seededPick, SimulatedDisk } from "./simulated-disk.ts";

interface Entry {
  readonly id: string;
  readonly value: number;
}
const entries = collection("entries", (e: Entry) => [e.id]);
const FIRST = "journal-000000000001.jsonl";

const warnings: string[] = [];
const open = async (disk: SimulatedDisk, known: Collection<never> = entries): Promise<LocalStore> =>
  await openStore({
    collections: [known],
    backend: fileBackend(disk, { fold, warn: (sentence) => void warnings.push(sentence) }),
  });

const valuesIn = (store: LocalStore): number[] =>
  store.transact((tx) => [...tx.list(entries, [])].map(({ value }) => value));

/** A disk with one committed and flushed line for each of `values`, which no close has folded. */
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

/** A disk with acknowledged `values`, whose process was killed after writing one more, but before syncing it. */
async function interruptedDisk(values: readonly number[], unacknowledged: number): Promise<SimulatedDisk> {
  const disk = await crashedDisk(...values);
  const store = await open(disk);
  disk.fault = (operation, file) => {
    if (operation === "sync" && file.startsWith("journal")) throw new Error("killed");
  };
  store.transact((tx) => tx.put(entries, { id: String(unacknowledged), value: unacknowledged }));
  await assert.rejects(Promise.resolve(store.durable()));
  disk.fault = () => {};
  return disk;
}

function changed(disk: SimulatedDisk, file: string, change: (content: string) => string | undefined): SimulatedDisk {
  const content = change(disk.files().get(file)?.toString("latin1") ?? "");
  return replaced(disk, file, content === undefined ? undefined : Buffer.from(content, "latin1"));
}

function replaced(disk: SimulatedDisk, file: string, content: Buffer | undefined): SimulatedDisk {
  const files = new Map<string, string | Buffer>(disk.files());
  if (content === undefined) files.delete(file);
  else files.set(file, content);
  return new SimulatedDisk(files);
}

/** Every change of a single bit of a file. */
function* flips(disk: SimulatedDisk, file: string): Iterable<{ byte: number; disk: SimulatedDisk }> {
  const whole = disk.files().get(file)!;
  for (let bit = 0; bit < whole.length * 8; bit++) {
    const flipped = Buffer.from(whole);
    flipped[bit >> 3]! ^= 1 << (bit & 7);
    yield { byte: bit >> 3, disk: replaced(disk, file, flipped) };
  }
}

/** Opening must fail with `message` and change nothing. */
async function refuses(
  disk: SimulatedDisk,
  message: string | RegExp,
  known: Collection<never> = entries,
): Promise<void> {
  const before = disk.files();
  await assert.rejects(open(disk, known), (error) => {
    assert.ok(error instanceof DataFolderError, String(error));
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    return true;
  });
  assert.deepEqual(disk.files(), before);
}

const WAY_OUT =
  "Nothing was changed. Restore the whole folder from a copy, or see what can be kept of it: iam-local store verify /simulated";

describe("A journal", () => {
  beforeEach(() => void warnings.splice(0));

  it("is readable: a line of JSON per flush, and each names the checksum of the one before", async () => {
    const disk = await crashedDisk(1);
    const store = await open(disk);
    store.transact((tx) => tx.delete(entries, "1"));
    store.transact((tx) => tx.put(entries, { id: "ä", value: 2 }));
    await store.durable();
    store.reset();
    await store.durable();
    const lines = [...disk.files()]
      .filter(([file]) => file.startsWith("journal"))
      .flatMap(([, content]) => content.toString().trimEnd().split("\n"))
      .map((line) => JSON.parse(line) as { checksum: string; previous: string; sequence: number; changes: unknown });
    assert.deepEqual(
      lines.map(({ sequence, changes }) => ({ sequence, changes })),
      [
        { sequence: 1, changes: [["put", "entries", ["1"], { id: "1", value: 1 }]] },
        {
          sequence: 2,
          changes: [
            ["delete", "entries", ["1"]],
            ["put", "entries", ["ä"], { id: "ä", value: 2 }],
          ],
        },
        { sequence: 3, changes: [["reset"]] },
      ],
    );
    assert.deepEqual(
      lines.map(({ previous }) => previous),
      ["00000000", lines[0]!.checksum, lines[1]!.checksum],
    );
  });

  it("cut at any byte of a commit that was not acknowledged gives back those before it, and goes on from there", async () => {
    const interrupted = await interruptedDisk([1, 2], 3);
    const last = "journal-000000000003.jsonl";
    const whole = interrupted.files().get(last)!;
    for (let length = 0; length <= whole.length; length++) {
      const disk = replaced(interrupted, last, whole.subarray(0, length));
      const store = await open(disk);
      const found = length === whole.length ? [1, 2, 3] : [1, 2];
      assert.deepEqual(valuesIn(store), found, `cut at byte ${length}`);
      store.transact((tx) => tx.put(entries, { id: "9", value: 9 }));
      await store.durable();
      assert.deepEqual(valuesIn(await open(disk)), [...found, 9], `cut at byte ${length}, then continued`);
    }
  });

  it("tells of a torn line that it cuts off", async () => {
    const last = "journal-000000000002.jsonl";
    const disk = changed(await interruptedDisk([1], 2), last, (content) => content.slice(0, -5));
    assert.deepEqual(valuesIn(await open(disk)), [1]);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /^\/simulated\/journal-000000000002\.jsonl: cut off \d+ bytes of a commit that a crash interrupted before it was acknowledged$/,
    );
  });

  it("with zeros for what a loss of power kept from the last line gives back the commits before it", async () => {
    const disk = await interruptedDisk([1], 2);
    const last = "journal-000000000002.jsonl";
    const whole = disk.files().get(last)!;
    for (const [from, to] of [
      [0, whole.length],
      [10, 20],
      [whole.length - 10, whole.length],
      [whole.length - 10, whole.length - 1],
    ]) {
      assert.deepEqual(valuesIn(await open(replaced(disk, last, Buffer.from(whole).fill(0, from, to)))), [1]);
    }
  });

  it("cut at any byte of what was acknowledged is refused, at a line's end too", async () => {
    const disk = await crashedDisk(1, 2, 3);
    const whole = disk.files().get(FIRST)!;
    for (let length = 0; length < whole.length; length++) {
      const complete = whole.subarray(0, length).toString().split("\n").length - 1;
      await refuses(
        replaced(disk, FIRST, whole.subarray(0, length)),
        `/simulated/${FIRST}: it ends with line ${complete} of the journal, but line 3 was committed: its end is missing. ${WAY_OUT}`,
      );
    }
  });

  it("that was removed is refused, whether it continues a snapshot or not", async () => {
    await refuses(
      changed(await crashedDisk(1, 2), FIRST, () => undefined),
      `/simulated: line 2 of the journal was committed, but neither db.json nor the journal is there. ${WAY_OUT}`,
    );
    const disk = await closedDisk(1, 2);
    const store = await open(disk);
    store.transact((tx) => tx.put(entries, { id: "3", value: 3 }));
    await store.durable();
    await refuses(
      changed(disk, "journal-000000000003.jsonl", () => undefined),
      "/simulated: line 3 of the journal was committed, but db.json holds those up to 2, and no journal is there: db.json is an older " +
        `one, or the journal was removed. ${WAY_OUT}`,
    );
  });

  it("that was removed is noticed after a loss of power, too", async () => {
    for (let seed = 0; seed < 20; seed++) {
      const disk = (await crashedDisk(1, 2, 3)).afterPowerLoss(seededPick(seed));
      await refuses(
        changed(disk, FIRST, () => undefined),
        /^\/simulated: line [123] of the journal was committed, but neither/,
      );
    }
  });

  it("with any single bit changed is refused", async function () {
    this.timeout(10_000);
    for (const { disk } of flips(await crashedDisk(1, 2), FIRST)) {
      await refuses(
        disk,
        /^\/simulated\/journal-000000000001\.jsonl: (line [12] \(from byte \d+ on\) is damaged|it ends with line 1)/,
      );
    }
  });

  it("says which line is damaged", async () => {
    const disk = changed(await crashedDisk(1, 2), FIRST, (content) => content.replace('"value":2', '"value":3'));
    const from = disk.files().get(FIRST)!.indexOf("\n") + 1;
    await refuses(disk, `/simulated/${FIRST}: line 2 (from byte ${from} on) is damaged. ${WAY_OUT}`);
  });

  it("with a line missing, or there twice, is refused", async () => {
    const disk = await crashedDisk(1, 2, 3);
    const without = changed(disk, FIRST, (content) => {
      const lines = content.split("\n");
      return [lines[0], ...lines.slice(2)].join("\n");
    });
    await refuses(without, `/simulated/${FIRST}: line 2 is number 3 of the journal, not 2. ${WAY_OUT}`);
    const twice = changed(disk, FIRST, (content) => {
      const lines = content.split("\n");
      return [lines[0], lines[1], ...lines.slice(1)].join("\n");
    });
    await refuses(twice, `/simulated/${FIRST}: line 3 is number 2 of the journal, not 3. ${WAY_OUT}`);
  });

  it("with a line of another journal is refused", async () => {
    const others = (await crashedDisk(7, 8, 9)).files().get(FIRST)!.toString().split("\n");
    for (const at of [0, 1, 2]) {
      const disk = changed(await crashedDisk(1, 2, 3), FIRST, (content) =>
        content.split("\n").with(at, others[at]!).join("\n"),
      );
      await refuses(
        disk,
        at === 0
          ? `/simulated/${FIRST}: line 2 of the journal does not continue what is before it, but another journal. ${WAY_OUT}`
          : `/simulated/${FIRST}: line ${at + 1} of the journal does not continue what is before it, but another journal. ${WAY_OUT}`,
      );
    }
  });

  it("of another generation in its place is refused, whether it is longer, as long or shorter", async () => {
    const disk = await crashedDisk(1, 2);
    for (const values of [[7], [7, 8], [7, 8, 9]]) {
      const other = (await crashedDisk(...values)).files().get(FIRST)!;
      await refuses(replaced(disk, FIRST, other), /its end is missing|is not the one that was committed/);
    }
    const closed = await closedDisk(1, 2);
    const other = await closedDisk(7, 8);
    const store = await open(other);
    store.transact((tx) => tx.put(entries, { id: "9", value: 9 }));
    await store.durable();
    const third = "journal-000000000003.jsonl";
    await refuses(
      replaced(closed, third, other.files().get(third)),
      `/simulated/${third}: line 3 of the journal does not continue what is before it, but another journal. ${WAY_OUT}`,
    );
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
      `/simulated/${last}: it begins with line 4 of the journal, but what is before it ends with line 2. ${WAY_OUT}`,
    );
    await refuses(
      changed(disk, FIRST, () => undefined),
      `/simulated/db.json is missing, although journal-000000000003.jsonl continues it. ${WAY_OUT}`,
    );
    await refuses(
      changed(disk, FIRST, (content) => content.slice(0, -5)),
      `/simulated/${FIRST}: line 2 (from byte ${disk.files().get(FIRST)!.indexOf("\n") + 1} on) is damaged. ${WAY_OUT}`,
    );
  });

  it("that continues a snapshot which is missing is refused", async () => {
    const disk = await closedDisk(1, 2);
    const store = await open(disk);
    store.transact((tx) => tx.put(entries, { id: "3", value: 3 }));
    await store.durable();
    await refuses(
      changed(disk, "db.json", () => undefined),
      `/simulated/db.json is missing, although journal-000000000003.jsonl continues it. ${WAY_OUT}`,
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
    assert.deepEqual([...both.files().keys()].sort(), ["committed.json", "db.json"]);
  });

  it("of which a crash has kept an older folded part is passed over, and goes on with the number after the snapshot's", async () => {
    const closed = await closedDisk(1, 2, 3);
    const older = (await crashedDisk(1)).files().get(FIRST)!;
    const disk = new SimulatedDisk(new Map([...closed.files(), [FIRST, older]]));
    const store = await open(disk);
    assert.deepEqual(valuesIn(store), [1, 2, 3]);
    store.transact((tx) => tx.delete(entries, "1"));
    await store.durable();
    assert.deepEqual([...disk.files().keys()].sort(), [
      "committed.json",
      "db.json",
      FIRST,
      "journal-000000000004.jsonl",
    ]);
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

describe("The file that says what was committed", () => {
  it("is one line of JSON, and follows each commit without a flush of its own", async () => {
    const disk = await crashedDisk(1, 2);
    const content = disk.files().get("committed.json")!.toString();
    assert.equal(content.length, 80);
    const { checksum: _, ...committed } = JSON.parse(content) as Record<string, unknown>;
    const last = JSON.parse(disk.files().get(FIRST)!.toString().trimEnd().split("\n")[1]!) as Record<string, unknown>;
    assert.deepEqual(committed, { sequence: 2, line: last["checksum"] });
    assert.deepEqual(disk.operations.slice(disk.operations.indexOf(`append ${FIRST}`)), [
      `append ${FIRST}`,
      `sync ${FIRST}`,
      "syncFolder",
      "overwrite committed.json",
      "sync committed.json",
      `append ${FIRST}`,
      `sync ${FIRST}`,
      "overwrite committed.json",
    ]);
  });

  it("with any single bit changed is refused", async () => {
    for (const { disk } of flips(await crashedDisk(1), "committed.json")) {
      await refuses(disk, `/simulated/committed.json is damaged. ${WAY_OUT}`);
    }
  });

  it("that is missing is refused, beside a snapshot and beside a journal", async () => {
    for (const disk of [await crashedDisk(1), await closedDisk(1)]) {
      await refuses(
        changed(disk, "committed.json", () => undefined),
        `/simulated/committed.json is missing. ${WAY_OUT}`,
      );
    }
  });

  it("that a loss of power has kept at an older line is brought up to date", async () => {
    const disk = await crashedDisk(1, 2, 3);
    const stale = replaced(disk, "committed.json", (await crashedDisk(1)).files().get("committed.json"));
    assert.deepEqual(valuesIn(await open(stale)), [1, 2, 3]);
    assert.deepEqual(stale.files().get("committed.json"), disk.files().get("committed.json"));
  });
});

describe("A folder that an older version wrote", () => {
  /** Written by version 0.1. */
  const OLD = `{
  "format": 1,
  "sequence": 3,
  "collections": {
    "entries": [
      [["1"],{"id":"1","value":1}]
    ]
  }
}
`;
  const OLD_LINE = `{"checksum":"${crc32('"sequence":4,"changes":[["put","entries",["4"],{"id":"4","value":4}]]}').toString(16).padStart(8, "0")}","sequence":4,"changes":[["put","entries",["4"],{"id":"4","value":4}]]}\n`;
  const SAID = [
    "/simulated was written by an older iam-local, whose files had no checksum: it is taken as it is, and has them from now on",
  ];
  beforeEach(() => void warnings.splice(0));

  it("opens, has checksums from then on, and that is said once", async () => {
    for (const journal of [[], [["journal-000000000004.jsonl", OLD_LINE] as const]]) {
      warnings.splice(0);
      const disk = new SimulatedDisk(new Map([["db.json", OLD], ...journal]));
      const values = journal.length === 0 ? [1] : [1, 4];
      const store = await open(disk);
      assert.deepEqual(valuesIn(store), values);
      assert.deepEqual(warnings, SAID);
      assert.deepEqual([...disk.files().keys()].sort(), ["committed.json", "db.json"]);
      await store.close();
      assert.deepEqual(valuesIn(await open(disk)), values);
      assert.deepEqual(warnings, SAID);
      await refuses(
        changed(disk, "db.json", (content) => content.replace('"value":1', '"value":2')),
        `/simulated/db.json does not match its checksum: it was damaged, or edited by hand. ${WAY_OUT}`,
      );
    }
  });

  it("opens where the process is killed at any operation while it gets its checksums", async () => {
    for (let moment = 1; ; moment++) {
      const disk = new SimulatedDisk(
        new Map([
          ["db.json", OLD],
          ["journal-000000000004.jsonl", OLD_LINE],
        ]),
      );
      disk.fault = () => {
        if (disk.operations.length >= moment) throw new Error("killed");
      };
      const through = await open(disk).then(
        () => true,
        () => false,
      );
      if (through) break;
      const found = disk.afterPowerLoss(seededPick(moment));
      assert.deepEqual(valuesIn(await open(found)), [1, 4]);
      assert.deepEqual(valuesIn(await open(found)), [1, 4]);
    }
  });

  it("does not open in place of a newer one", async () => {
    const disk = await closedDisk(1, 2, 3, 4);
    await refuses(
      replaced(disk, "db.json", Buffer.from(OLD)),
      /^\/simulated: line 4 of the journal was committed, but db\.json holds those up to 3/,
    );
    await refuses(
      replaced(disk, "journal-000000000005.jsonl", Buffer.from(OLD_LINE.replace('"sequence":4', '"sequence":5'))),
      /damaged|another journal/,
    );
  });
});

describe("A snapshot", () => {
  it("is readable JSON with a line for each entity, in key order, and ends with a checksum of the text before it", async () => {
    const disk = await closedDisk(2, 10, 1);
    assert.deepEqual([...disk.files().keys()].sort(), ["committed.json", "db.json"]);
    const { line } = JSON.parse(disk.files().get("committed.json")!.toString()) as { line: string };
    const text = `{
  "format": 2,
  "sequence": 3,
  "line": "${line}",
  "collections": {
    "entries": [
      [["1"],{"id":"1","value":1}],
      [["10"],{"id":"10","value":10}],
      [["2"],{"id":"2","value":2}]
    ]
  }`;
    const checksum = createHash("sha256").update(text).digest("hex");
    assert.equal(disk.files().get("db.json")!.toString(), `${text},\n  "checksum": "${checksum}"\n}\n`);
  });

  it("says nothing of a collection that is empty", async () => {
    const disk = await closedDisk(1);
    const store = await open(disk);
    store.transact((tx) => tx.delete(entries, "1"));
    await store.close();
    const { collections } = JSON.parse(disk.files().get("db.json")!.toString()) as { collections: object };
    assert.deepEqual(collections, {});
  });

  it("that is cut at any byte is refused", async () => {
    const disk = await closedDisk(1, 2);
    const whole = disk.files().get("db.json")!;
    for (let length = 0; length < whole.length; length++) {
      await refuses(
        replaced(disk, "db.json", whole.subarray(0, length)),
        /^\/simulated\/db\.json (is not whole JSON|does not match its checksum: .+)\. Nothing was changed\. Restore the whole folder/,
      );
    }
  });

  it("with any single bit changed is refused", async function () {
    this.timeout(10_000);
    for (const { disk } of flips(await closedDisk(1, 2), "db.json")) await refuses(disk, /^\/simulated\/db\.json /);
  });

  it("that was edited by hand is refused, and what to do is said", async () => {
    await refuses(
      changed(await closedDisk(1, 2), "db.json", (content) => content.replace('"value":2', '"value":3')),
      `/simulated/db.json does not match its checksum: it was damaged, or edited by hand. ${WAY_OUT}`,
    );
  });

  it("that is missing is refused", async () => {
    await refuses(
      changed(await closedDisk(1, 2), "db.json", () => undefined),
      `/simulated: line 2 of the journal was committed, but neither db.json nor the journal is there. ${WAY_OUT}`,
    );
  });

  it("that is an older one, or another folder's, is refused", async () => {
    const disk = await closedDisk(1, 2);
    await refuses(
      replaced(disk, "db.json", (await closedDisk(1)).files().get("db.json")),
      "/simulated: line 2 of the journal was committed, but db.json holds those up to 1, and no journal is there: db.json is an older " +
        `one, or the journal was removed. ${WAY_OUT}`,
    );
    await refuses(
      replaced(disk, "db.json", (await closedDisk(7, 8)).files().get("db.json")),
      `/simulated/db.json: line 2 of the journal is not the one that was committed. ${WAY_OUT}`,
    );
  });

  it("of a newer format is refused", async () => {
    await refuses(
      changed(await closedDisk(1), "db.json", (content) => content.replace('"format": 2', '"format": 3')),
      "/simulated/db.json has format 3, which a newer iam-local wrote; this one knows formats up to 2. Nothing was changed. Use the " +
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
        `/simulated/db.json is JSON, but not a snapshot of iam-local. ${WAY_OUT}`,
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
      `/simulated: entries: an entity is stored under ["1"], not its key. ${WAY_OUT}`,
      collection<Entry>("entries", (e) => [e.id, "x"]),
    );
  });
});
