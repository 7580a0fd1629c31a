import type { Checkpoint } from "../data/store.ts";
import type { Emulation } from "./emulation.ts";
import type { SnapshotInfo } from "./snapshot-info.ts";
import { Conflict, InvalidRequest, NotFound } from "./web/errors.ts";

interface Snapshot extends SnapshotInfo {
  readonly checkpoint: Checkpoint;
  /** Sets the clock as it was. */
  readonly setClock: () => void;
}

const NOT_SHARED =
  "Snapshots are in the memory of one process, and the state is in a database that many may share: there are none. Reset it, and seed it.";

/** More states than tests start from; each slows every write down a little. */
const MOST = 100;

/**
 * Named states of the emulator, of the store and the clock, that can be restored. They are in memory only and end with
 * a reset. Taking one costs nothing; restoring one costs as much as has changed since.
 */
class Snapshots {
  readonly #all = new Map<string, Snapshot>();

  list(): SnapshotInfo[] {
    return [...this.#all.values()].map(({ name, takenAt }) => ({ name, takenAt }));
  }

  /** Throws InvalidRequest for an invalid name, and Conflict for a name that is taken or one snapshot too many. */
  take(name: string, { store, clock, options }: Emulation): SnapshotInfo {
    if (options.store !== undefined) throw Conflict(NOT_SHARED);
    if (!isSnapshotName(name)) {
      throw InvalidRequest("name must be 1 to 128 letters, digits, hyphens, underscores and full stops.");
    }
    if (this.#all.has(name)) throw Conflict(`There is a snapshot ${name} already. Delete it first.`);
    if (this.#all.size === MOST) throw Conflict(`There are ${MOST} snapshots already. Delete one first.`);
    const takenAt = new Date(clock.now()).toISOString();
    this.#all.set(name, { name, takenAt, checkpoint: store.remember(), setClock: clock.remember() });
    return { name, takenAt };
  }

  /** Throws NotFound. */
  async restore(name: string, { store }: Emulation): Promise<SnapshotInfo> {
    const { takenAt, checkpoint, setClock } = this.#get(name);
    await store.goBackTo(checkpoint);
    setClock();
    return { name, takenAt };
  }

  /** Throws NotFound. */
  delete(name: string, { store }: Emulation): void {
    store.forget(this.#get(name).checkpoint);
    this.#all.delete(name);
  }

  #get(name: string): Snapshot {
    const snapshot = this.#all.get(name);
    if (snapshot) return snapshot;
    const names = [...this.#all.keys()];
    throw NotFound(
      `There is no snapshot ${JSON.stringify(name)}${names.length === 0 ? "" : `, but ${names.join(", ")}`}. A reset ends all of them.`,
    );
  }
}

export const isSnapshotName = (text: string): boolean => /^[\w.-]{1,128}$/.test(text);

const make = () => new Snapshots();

/** The snapshots of this era. */
export const snapshotsOf = ({ era }: Emulation): Snapshots => era.memory(make);
