import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { openDisk, type Disk } from "./disk.ts";
import { seededRandom } from "./random.ts";
import { loadSealingKey, replaceSealingKey } from "./sealing-key.ts";

describe("The sealing key", () => {
  let folder: string;
  let disk: Disk;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "iam-local-"));
    disk = await openDisk(folder);
  });
  afterEach(async () => {
    await disk.close();
    await rm(folder, { recursive: true });
  });

  it("is made at the first use, 32 bytes, and stays the same", async () => {
    const random = seededRandom("sealing");
    const key = await loadSealingKey(random, disk);
    assert.equal(key.length, 32);
    assert.deepEqual(await loadSealingKey(random, disk), key);
    assert.equal(await readFile(path.join(folder, "sealing-key"), "utf8"), `${key.toString("base64")}\n`);
  });

  it("is replaced for good", async () => {
    const random = seededRandom("sealing");
    const key = await loadSealingKey(random, disk);
    const replaced = await replaceSealingKey(random, disk);
    assert.notDeepEqual(replaced, key);
    assert.deepEqual(await loadSealingKey(random, disk), replaced);
  });

  it("is a new one each time where there is no disk", async () => {
    const random = seededRandom("sealing");
    assert.notDeepEqual(await loadSealingKey(random), await loadSealingKey(random));
  });

  for (const content of ["", "short\n", `${Buffer.alloc(33).toString("base64")}\n`]) {
    it(`is not guessed where its file is damaged: ${JSON.stringify(content)}`, async () => {
      await writeFile(path.join(folder, "sealing-key"), content);
      await assert.rejects(loadSealingKey(seededRandom("sealing"), disk), {
        name: "DataFolderError",
        message: `${folder}/sealing-key does not hold 32 bytes in base64. Restore it from a copy; or remove it, which ends all sessions.`,
      });
      assert.equal(await readFile(path.join(folder, "sealing-key"), "utf8"), content);
    });
  }
});
