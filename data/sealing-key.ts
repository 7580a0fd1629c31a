import { DataFolderError } from "./data-folder-error.ts";
import { replaceDurably, type Disk } from "./disk.ts";
import type { Random } from "./random.ts";

const FILE = "sealing-key";
const LENGTH = 32;

/**
 * The 32 bytes that seal session tokens. They have their own file, so that no snapshot or export of the state contains
 * them; it is made at the first use. Without a disk the key is new each time. Throws DataFolderError if the file is not
 * a key.
 */
export async function loadSealingKey(random: Random, disk?: Disk): Promise<Buffer> {
  const stored = await disk?.read(FILE);
  if (disk === undefined || stored === undefined) return await replaceSealingKey(random, disk);
  const key = Buffer.from(stored.toString(), "base64");
  if (key.length === LENGTH) return key;
  throw new DataFolderError(
    `${disk.folder}/${FILE} does not hold ${LENGTH} bytes in base64. Restore it from a copy; or remove it, which ends all sessions.`,
  );
}

/** Replaces the key, which ends all sessions. The new key is durable when this settles. */
export async function replaceSealingKey(random: Random, disk?: Disk): Promise<Buffer> {
  const key = random.bytes(LENGTH);
  if (disk) await replaceDurably(disk, FILE, [`${key.toString("base64")}\n`]);
  return key;
}
