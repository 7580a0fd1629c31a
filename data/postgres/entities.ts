import type { Key } from "../contract.ts";
import type { Pages, StoredEntity } from "../stored-entity.ts";
import type { Session } from "./connection.ts";

/** How many entities are read at once, so that reading takes memory for what is done with them only. */
const PAGE = 2000;

/** All entities, in the transaction that is under way. */
export async function* storedEntities(session: Session): Pages {
  await session.query(
    "DECLARE all_entities NO SCROLL CURSOR FOR SELECT collection, key, value FROM iam_local.entity ORDER BY collection, key",
  );
  for (;;) {
    const { rows } = await session.query(`FETCH ${PAGE} FROM all_entities`);
    if (rows.length === 0) return;
    yield (rows as readonly StoredRow[]).map(entityOf);
  }
}

interface StoredRow {
  readonly collection: string;
  readonly key: string;
  readonly value: string;
}

const entityOf = ({ collection, key, value }: StoredRow): StoredEntity => ({
  collection,
  key: JSON.parse(key) as Key,
  entity: JSON.parse(value),
});

/** Stores entities that are not there yet, in the transaction that is under way. */
export async function insertEntities(session: Session, page: readonly StoredEntity[]): Promise<void> {
  await session.query({
    name: "insert-entities",
    text: "INSERT INTO iam_local.entity (collection, key, value) SELECT * FROM unnest($1::text[], $2::text[], $3::text[])",
    values: [
      page.map(({ collection }) => collection),
      page.map(({ key }) => JSON.stringify(key)),
      page.map(({ entity }) => JSON.stringify(entity)),
    ],
  });
}
