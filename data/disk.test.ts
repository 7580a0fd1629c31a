import assert from "node:assert/strict";
import { chmod, mkdir, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { DataFolderError } from "./data-folder-error.ts";
import { openDisk, replaceDurably } from "./disk.ts";
import { fileBackend } from "./file-backend.ts";
import { systemRandom } from "./random.ts";
import { loadSealingKey } from "./sealing-key.ts";
import { collection, openStore } from "./store.ts";

const entries = collection("entries", (e: { readonly id: string }) => [e.id]);

describe("The folder of the state", () => {
  let parent: string;
  beforeEach(async () => {
    parent = await mkdtemp(path.join(tmpdir(), "iam-local-"));
  });
  afterEach(() => rm(parent, { recursive: true }));

  const modeOf = async (...parts: string[]) => ((await stat(path.join(parent, ...parts))).mode & 0o777).toString(8);

  it("is created with all folders above it, private as all its files are", async () => {
    const disk = await openDisk(path.join(parent, "a", "b"));
    await loadSealingKey(systemRandom, disk);
    const store = await openStore({ collections: [entries], backend: fileBackend(disk) });
    store.transact((tx) => tx.put(entries, { id: "1" }));
    await store.durable();
    const files = await readdir(path.join(parent, "a", "b"));
    assert.deepEqual(files.sort(), ["committed.json", "journal-000000000001.jsonl", "lock", "sealing-key"]);
    assert.equal(await modeOf("a", "b"), "700");
    for (const file of files) assert.equal(await modeOf("a", "b", file), "600", file);
    await store.close();
    assert.deepEqual((await readdir(path.join(parent, "a", "b"))).sort(), ["committed.json", "db.json", "sealing-key"]);
    assert.equal(await modeOf("a", "b", "db.json"), "600");
  });

  it("is made private where it is there and empty, or ours already", async () => {
    for (const file of [undefined, "db.json"]) {
      const folder = path.join(parent, file ?? "empty");
      await mkdir(folder);
      await chmod(folder, 0o755);
      if (file !== undefined) await writeFile(path.join(folder, file), "");
      await (await openDisk(folder)).close();
      assert.equal(await modeOf(file ?? "empty"), "700");
    }
  });

  it("keeps its mode where it holds other files", async () => {
    await writeFile(path.join(parent, "package.json"), "{}");
    await chmod(parent, 0o755);
    await (await openDisk(parent)).close();
    assert.equal(await modeOf("."), "755");
  });

  it("is of one store at a time, and free again after its close and after a failed start", async () => {
    const open = async () => await openStore({ collections: [entries], backend: fileBackend(await openDisk(parent)) });
    const store = await open();
    await assert.rejects(open(), DataFolderError);
    await store.close();
    await (await open()).close();
    await writeFile(path.join(parent, "db.json"), "{");
    await assert.rejects(open(), /db\.json is not whole JSON/);
    await rm(path.join(parent, "db.json"));
    await (await open()).close();
  });
});

describe("The disk of a folder", () => {
  it("reads, appends, cuts, replaces, renames and removes files", async () => {
    const folder = await mkdtemp(path.join(tmpdir(), "iam-local-"));
    const disk = await openDisk(folder);
    const read = async (file: string) => (await disk.read(file))?.toString();
    assert.equal(disk.folder, folder);
    assert.equal(await read("a"), undefined);
    await disk.append("a", "ä1\n");
    await disk.append("a", "2\n");
    await disk.sync("a");
    assert.equal(await read("a"), "ä1\n2\n");
    await disk.truncate("a", 4);
    await disk.append("a", "3\n");
    assert.equal(await read("a"), "ä1\n3\n");
    await disk.write("a", ["n", "ew"]);
    await disk.write("a", ["newer"]);
    assert.equal(await read("a"), "newer");
    await replaceDurably(disk, "b", ["1", "2"]);
    await replaceDurably(disk, "b", ["3"]);
    assert.equal(await read("b"), "3");
    await disk.rename("a", "c");
    assert.deepEqual([...(await disk.list())].sort(), ["b", "c", "lock"]);
    await disk.remove("c");
    await disk.remove("c");
    await disk.sync("b");
    await disk.append("b", "4");
    assert.equal(await read("b"), "34");
    await disk.write("d", ["one"]);
    await disk.overwrite("d", "tw");
    await disk.overwrite("d", "T");
    assert.equal(await read("d"), "Twe");
    await disk.remove("d");
    await disk.close();
    assert.deepEqual(await readdir(folder), ["b"]);
    await rm(folder, { recursive: true });
  });
});
