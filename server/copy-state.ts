import { collections } from "../data/entities/collections.ts";
import { sharedEras, type SharedEra } from "../data/entities/replicas.ts";
import { fillFolder, openFolderAtRest } from "../data/folder-at-rest.ts";
import { fillDatabase, openDatabaseAtRest } from "../data/postgres/at-rest.ts";
import type { Random } from "../data/random.ts";
import { StoreFailed, type Collection } from "../data/store.ts";
import type { Pages, StoredEntity } from "../data/stored-entity.ts";
import { postgresUrl } from "./option-values.ts";
import { keyIn, newSecrets, opened, sealed, type Sealing, type Secrets } from "./shared-secrets.ts";
import { placeOf } from "./state.ts";

/** What was copied, and what was not. */
export interface Copied {
  /** How many entities of each collection. */
  readonly copied: ReadonlyMap<string, number>;
  /** The same of those that live as long as replicas run. */
  readonly left: ReadonlyMap<string, number>;
  /** Whether sessions of before are valid after: there was a key. */
  readonly keepsSessions: boolean;
  /** Whether root's made-up password is the one of before. */
  readonly keepsRootPassword: boolean;
}

/**
 * Copies a state that nothing uses from a folder, or the database of a URL, to another one, which must be empty: all of
 * it, or nothing. `storeKey` opens what a database has sealed, and seals what one is given. Rejects with DataFolderError,
 * StoreFailed or InvalidOption, and with the errors of the file system.
 */
export async function copyState(
  from: string,
  to: string,
  { random, ...sealing }: Sealing & { readonly random: Random },
): Promise<Copied> {
  const source = await (isUrl(from) ? databaseAt(from, sealing) : folderAt(from));
  try {
    const copied = new Map<string, number>();
    const left = new Map<string, number>();
    const pages = kept(source.pages(), nameOf(from), copied, left);
    const secrets = { ...newSecrets(random), ...source.secrets };
    if (isUrl(to)) {
      const era = sealed(secrets, sealing, random);
      await fillDatabase(postgresUrl("store")(to), nameOf(to), EPHEMERAL, followedBy(pages, era));
    } else await fillFolder(to, keyIn(secrets), pages);
    const { sealingKey, rootPassword } = source.secrets;
    return {
      copied,
      left,
      keepsSessions: sealingKey !== undefined,
      keepsRootPassword: rootPassword !== undefined && isUrl(to),
    };
  } finally {
    await source.close();
  }
}

/** A state to copy. */
interface Source {
  readonly secrets: Partial<Secrets>;
  pages(): Pages;
  close(): Promise<void>;
}

const ALL: readonly Collection<never>[] = collections;
const BY_NAME = new Map(ALL.map((collection) => [collection.name, collection]));
const EPHEMERAL = ALL.filter(({ ephemeral }) => ephemeral).map(({ name }) => name);

/** Whether a place is meant as the URL of a database, and no folder. */
const isUrl = (place: string): boolean => place.includes("://");

const nameOf = (place: string): string => (isUrl(place) ? placeOf({ store: place, data: undefined }) : place);

async function folderAt(folder: string): Promise<Source> {
  const { sealingKey, ...rest } = await openFolderAtRest(folder, collections);
  return { secrets: sealingKey ? { sealingKey: sealingKey.toString("base64") } : {}, ...rest };
}

async function databaseAt(url: string, sealing: Sealing): Promise<Source> {
  const database = await openDatabaseAtRest(postgresUrl("store")(url), nameOf(url));
  try {
    const era = (await database.find(sharedEras.name, "era")) as SharedEra | undefined;
    if (era === undefined) throw new StoreFailed(`${nameOf(url)} holds no state.`);
    return { secrets: opened(era, sealing).secrets, pages: () => database.pages(), close: () => database.close() };
  } catch (cause) {
    await database.close();
    throw cause;
  }
}

/** The entities to copy, each of which must be under its own key; counts them, and those that are left. */
async function* kept(pages: Pages, place: string, copied: Map<string, number>, left: Map<string, number>): Pages {
  for await (const page of pages) {
    const chosen: StoredEntity[] = [];
    for (const stored of page) {
      const { ephemeral = false } = collectionOf(stored, place);
      const counts = ephemeral ? left : copied;
      // The target gets a new era with the secrets of this one.
      if (stored.collection === sharedEras.name) continue;
      counts.set(stored.collection, (counts.get(stored.collection) ?? 0) + 1);
      if (!ephemeral) chosen.push(stored);
    }
    yield chosen;
  }
}

/** Throws StoreFailed where an emulator would not take the entity. */
function collectionOf({ collection: name, key, entity }: StoredEntity, place: string): Collection<never> {
  const collection = BY_NAME.get(name);
  if (!collection) {
    throw new StoreFailed(`${place} holds the collection ${JSON.stringify(name)}, which this iam-local does not know.`);
  }
  const own = collection.key(entity as never);
  if (own.length === key.length && own.every((part, i) => part === key[i])) return collection;
  throw new StoreFailed(`${place}: in ${name}, an entity is stored under ${JSON.stringify(key)}, not its key.`);
}

async function* followedBy(pages: Pages, era: SharedEra): Pages {
  yield* pages;
  yield [{ collection: sharedEras.name, key: sharedEras.key(era), entity: era }];
}
