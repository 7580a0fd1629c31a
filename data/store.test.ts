import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import assert from "node:assert/strict";
import { openDisk } from "./disk.ts";
import { collections } from "./entities/collections.ts";
import { fileBackend } from "./file-backend.ts";
import { collection, memoryBackend, openStore } from "./store.ts";
import { describeStore } from "./store.contract.ts";

describeStore("memory", { isShared: false }, async () => ({
  outlivesTheStore: false,
  open: async (given, later) => await openStore({ collections: given, backend: memoryBackend(), later }),
  clear: async () => {},
}));

describeStore("files", { isShared: false }, async () => {
  const folder = await mkdtemp(path.join(tmpdir(), "iam-local-"));
  return {
    outlivesTheStore: true,
    open: async (given, later) =>
      await openStore({ collections: given, backend: fileBackend(await openDisk(folder)), later }),
    clear: () => rm(folder, { recursive: true }),
  };
});

describe("openStore", () => {
  it("takes the emulator's own collections", async () => {
    const store = await openStore({ collections, backend: memoryBackend() });
    await store.close();
  });

  it("refuses two collections of one name", async () => {
    const pets = collection("pets", (p: { name: string }) => [p.name]);
    await assert.rejects(
      openStore({ collections: [pets, { ...pets }], backend: memoryBackend() }),
      /^Error: two collections have one name$/,
    );
  });
});
