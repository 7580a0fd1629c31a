import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { REAL_TIME } from "../data/clock.ts";
import { collections } from "../data/entities/collections.ts";
import { sharedClocks, sharedEras, type SharedEra } from "../data/entities/replicas.ts";
import { openPostgresLog } from "../data/postgres/log.ts";
import { uuid, type Random } from "../data/random.ts";
import { openSharedStore, type SharedStore } from "../data/shared-store.ts";
import { StoreFailed, type Transaction } from "../data/store.ts";
import { openToken, sealToken } from "../signing/session-token.ts";
import { VERSION } from "./health.ts";
import { flagOf, variableOf } from "./option-table.ts";
import type { Place, State, Surroundings } from "./state.ts";

/** What the processes share besides entities, and nobody is to read. */
interface Secrets {
  /** In base64. */
  readonly sealingKey: string;
  /** Made up, for those that are given none. */
  readonly rootPassword: string;
}

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
const keyIn = ({ sealingKey }: Secrets): Buffer => Buffer.from(sealingKey, "base64");

const newSecrets = (random: Random): Secrets => ({
  sealingKey: random.bytes(32).toString("base64"),
  rootPassword: random.bytes(15).toString("base64url"),
});

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

function sealed(secrets: Secrets, { storeKey }: Place, random: Random): SharedEra {
  const era = { id: "era", number: uuid(random) } as const;
  if (storeKey === undefined) return { ...era, secrets: JSON.stringify(secrets), isSealed: false };
  return { ...era, secrets: sealToken(keyFrom(storeKey), random.bytes(12), secrets), isSealed: true };
}

/** Throws StoreFailed if the secrets are sealed with another key. */
function opened({ number, secrets, isSealed }: SharedEra, { storeKey }: Place): { number: string; secrets: Secrets } {
  if (!isSealed) return { number, secrets: JSON.parse(secrets) as Secrets };
  const open = storeKey === undefined ? undefined : openToken(keyFrom(storeKey), secrets);
  if (open) return { number, secrets: open as Secrets };
  throw new StoreFailed(
    `the database holds a key that is sealed with ${storeKey === undefined ? `a key: give it by ${variableOf("storeKey")}` : `another key than that of ${variableOf("storeKey")}`}. All replicas need the same one.`,
  );
}

/** 32 bytes of a text of any length, which must be as hard to guess as a key. */
const keyFrom = (text: string): Buffer => createHash("sha256").update(text).digest();
