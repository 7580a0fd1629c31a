import { createHash } from "node:crypto";
import type { SharedEra } from "../data/entities/replicas.ts";
import { uuid, type Random } from "../data/random.ts";
import { StoreFailed } from "../data/store.ts";
import { openToken, sealToken } from "../signing/session-token.ts";
import { variableOf } from "./option-table.ts";

/** What the processes share besides entities, and nobody is to read. */
export interface Secrets {
  /** In base64. */
  readonly sealingKey: string;
  /** Made up, for those that are given none. */
  readonly rootPassword: string;
}

/** With what a database's secrets are sealed, if at all: `--store-key`. */
export interface Sealing {
  readonly storeKey?: string | undefined;
}

export const keyIn = ({ sealingKey }: Secrets): Buffer => Buffer.from(sealingKey, "base64");

export const newSecrets = (random: Random): Secrets => ({
  sealingKey: random.bytes(32).toString("base64"),
  rootPassword: random.bytes(15).toString("base64url"),
});

/** A new era with these secrets, sealed if there is a key to do so. */
export function sealed(secrets: Secrets, { storeKey }: Sealing, random: Random): SharedEra {
  const era = { id: "era", number: uuid(random) } as const;
  if (storeKey === undefined) return { ...era, secrets: JSON.stringify(secrets), isSealed: false };
  return { ...era, secrets: sealToken(keyFrom(storeKey), random.bytes(12), secrets), isSealed: true };
}

/** Throws StoreFailed if the secrets are sealed with another key. */
export function opened(
  { number, secrets, isSealed }: SharedEra,
  { storeKey }: Sealing,
): { readonly number: string; readonly secrets: Secrets } {
  if (!isSealed) return { number, secrets: JSON.parse(secrets) as Secrets };
  const open = storeKey === undefined ? undefined : openToken(keyFrom(storeKey), secrets);
  if (open) return { number, secrets: open as Secrets };
  throw new StoreFailed(
    `the database holds a key that is sealed with ${storeKey === undefined ? `a key: give it by ${variableOf("storeKey")}` : `another key than that of ${variableOf("storeKey")}`}. All replicas need the same one.`,
  );
}

/** 32 bytes of a text of any length, which must be as hard to guess as a key. */
const keyFrom = (text: string): Buffer => createHash("sha256").update(text).digest();
