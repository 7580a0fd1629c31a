import { DataFolderError } from "./data-folder-error.ts";
import { replaceDurably, type Disk } from "./disk.ts";
import type { Random } from "./random.ts";

export const SEALING_KEY = "sealing-key";
const LENGTH = 32;

/**
 * The 32 bytes that seal session tokens. They have their own file, so that no snapshot or export of the state contains
 * them; it is made at the first use. Without a disk the key is new each time. Throws DataFolderError if the file is not
 * a key.
 */
export async function loadSealingKey(random: Random, disk?: Disk): Promise<Buffer> {
  return (disk && (await readSealingKey(disk))) ?? (await replaceSealingKey(random, disk));
}

/** The key in the folder; undefined if there is none yet. Throws DataFolderError if the file is not a key. */
export async function readSealingKey(disk: Disk): Promise<Buffer | undefined> {
  const stored = await disk.read(SEALING_KEY);
  if (stored === undefined) return undefined;
  const key = Buffer.from(stored.toString(), "base64");
  if (key.length === LENGTH) return key;
  throw new DataFolderError(
    `${disk.folder}/${SEALING_KEY} does not hold ${LENGTH} bytes in base64. Restore it from a copy; or remove it, which ends all sessions.`,
  );
}

/** Replaces the key, which ends all sessions. The new key is durable when this settles. */
export async function replaceSealingKey(random: Random, disk?: Disk): Promise<Buffer> {
  const key = random.bytes(LENGTH);
  if (disk) await writeSealingKey(disk, key);
  return key;
}

/** It is durable when this settles. */
export async function writeSealingKey(disk: Disk, key: Buffer): Promise<void> {
  await replaceDurably(disk, SEALING_KEY, [`${key.toString("base64")}\n`]);
}
