import { hostname } from "node:os";
import { REAL_TIME } from "../data/clock.ts";
import { collections } from "../data/entities/collections.ts";
import { sharedClocks, sharedEras } from "../data/entities/replicas.ts";
import { openPostgresLog } from "../data/postgres/log.ts";
import { uuid, type Random } from "../data/random.ts";
import { openSharedStore, type SharedStore } from "../data/shared-store.ts";
import type { Transaction } from "../data/store.ts";
import { VERSION } from "./health.ts";
import { flagOf } from "./option-table.ts";
import { keyIn, newSecrets, opened, sealed } from "./shared-secrets.ts";
import type { Place, State, Surroundings } from "./state.ts";

/**
 * Opens the state in a PostgreSQL database that other processes may use at the same time: entities, the sealing key,
 * root's password where none is given, the clock, and resets. Rejects with StoreFailed.
 */
export async function openSharedState(url: string, place: Place, surroundings: Surroundings): Promise<State> {
  const { clock, random, warn } = surroundings;
  const name = `${hostname()}/${process.pid}`;
  const log = await openPostgresLog(url, { id: uuid(random), name, product: VERSION });
  const store = await openSharedStore({ collections, random, log }).catch(async (cause: unknown) => {
    await log.close();
    throw cause;
  });
  try {
    if (place.storeKey === undefined) warn(UNSEALED);
    let { number, secrets } = await eraIn(store, place, random);

    const [moved] = store.read((tx) => [...tx.list(sharedClocks, [])]);
    clock.apply(moved ?? REAL_TIME);
    store.watch(sharedClocks, (settings) => clock.apply(settings));
    clock.share(async (move) => {
      await store.transact((tx) => tx.put(sharedClocks, { id: "clock", ...move(clockIn(tx)) }));
    });

    let listener: (sealingKey: Buffer) => void = () => {};
    store.watch(sharedEras, (era) => {
      if (era.number === number) return;
      ({ number, secrets } = opened(era, place));
      clock.apply(REAL_TIME);
      listener(keyIn(secrets));
    });
    return {
      store,
      sealingKey: keyIn(secrets),
      rootPassword: secrets.rootPassword,
      replicas: { name, ask: (question) => log.ask(question), onQuestion: (answer) => log.onQuestion(answer) },
      async reset(grow) {
        const era = sealed({ ...newSecrets(random), rootPassword: secrets.rootPassword }, place, random);
        await store.reset((tx) => {
          tx.put(sharedEras, era);
          tx.put(sharedClocks, { id: "clock", ...clock.settings });
          grow?.(tx);
        });
      },
      onReset(given) {
        listener = given;
      },
    };
  } catch (cause) {
    await store.close();
    throw cause;
  }
}

const UNSEALED = `iam-local: the key that seals sessions is in the database as it is; ${flagOf("storeKey")} seals it`;

const clockIn = (tx: Transaction) => tx.get(sharedClocks, "clock") ?? REAL_TIME;

/** What the first process has made, sealed from now on if it was not and a key is given. Rejects with StoreFailed. */
async function eraIn(store: SharedStore, place: Place, random: Random) {
  const made = sealed(newSecrets(random), place, random);
  const era = await store.transact((tx) => {
    const stored = tx.get(sharedEras, "era");
    const isToSeal = stored && !stored.isSealed && place.storeKey !== undefined;
    if (stored && !isToSeal) return stored;
    const kept = stored ? { ...sealed(opened(stored, place).secrets, place, random), number: stored.number } : made;
    tx.put(sharedEras, kept);
    return kept;
  });
  return opened(era, place);
}
