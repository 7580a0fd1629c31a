import type { GatedResource } from "../../data/entities/gate.ts";

interface Schema {
  readonly IndexName?: unknown;
  readonly KeySchema?: unknown;
}

/** The hash keys in a description of a table, by the names of its indexes, that of the table under the empty one; undefined where it has none. */
export function hashKeysIn(table: Readonly<Record<string, unknown>> | undefined): GatedResource["hashKeys"] {
  const indexes = [table?.["GlobalSecondaryIndexes"], table?.["LocalSecondaryIndexes"]].flat() as (
    | Schema
    | undefined
  )[];
  const schemas = [{ IndexName: "", KeySchema: table?.["KeySchema"] }, ...indexes];
  const keys = schemas.flatMap((schema) => {
    const entries = [schema?.KeySchema].flat() as ({ AttributeName?: unknown; KeyType?: unknown } | undefined)[];
    const hash = entries.find((entry) => entry?.KeyType === "HASH")?.AttributeName;
    const name = schema?.IndexName;
    return typeof hash === "string" && typeof name === "string" ? [[name, hash] as const] : [];
  });
  return keys.length === 0 ? undefined : Object.fromEntries(keys);
}
