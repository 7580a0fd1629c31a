import { tokenSigningKeys, type Jwk, type TokenSigningKey } from "../data/entities/web-identity.ts";
import type { Transaction } from "../data/store.ts";
import { generatePrivateKey, publicPart } from "../signing/key-pair.ts";
import type { Context, Tools } from "./operation.ts";

export type TokenAlgorithm = TokenSigningKey["algorithm"];

/** The prefixes of AWS's key ids (evidence: outbound-keys). */
const KID_PREFIX: Readonly<Record<TokenAlgorithm, string>> = { RS256: "RSA_", ES384: "EC384_" };
const ALGORITHMS = Object.keys(KID_PREFIX) as TokenAlgorithm[];

/** How long a key stays published after its last token: the longest life of a token, plus the tolerance for clocks. */
const AFTERLIFE_MS = (3600 + 300) * 1000;

/** A new private key for each algorithm. */
export type NewKeys = Readonly<Record<TokenAlgorithm, Jwk>>;

/** Makes keys for `installKeys`, in threads of its own; it takes a fraction of a second. */
export async function generateKeys(): Promise<NewKeys> {
  const [RS256, ES384] = await Promise.all([generatePrivateKey("RS256"), generatePrivateKey("ES384")]);
  return { RS256, ES384 };
}

/** For `prepare`: new keys if the account has none yet. */
export async function missingKeys({ account, read }: Pick<Tools, "account" | "read">): Promise<NewKeys | undefined> {
  return read((tx) => signingKeyOf(account, "RS256", tx)) ? undefined : generateKeys();
}

/** For `handle`: stores the keys that `missingKeys` has made, unless another request was faster. */
export function keepKeys(keys: NewKeys | undefined, { account, tx, now }: Context): void {
  if (keys && !signingKeyOf(account, "RS256", tx)) installKeys(account, keys, { tx, now });
}

/** The account's current signing key. */
export function signingKeyOf(account: string, algorithm: TokenAlgorithm, tx: Transaction): TokenSigningKey | undefined {
  return [...tx.list(tokenSigningKeys, [account])].find(
    (key) => key.algorithm === algorithm && key.retiredAt === undefined,
  );
}

/**
 * Signs with new keys from now on. The former ones stay published as long as their tokens may live, and are then
 * removed.
 */
export function installKeys(account: string, keys: NewKeys, { tx, now }: { tx: Transaction; now: number }): void {
  const former = [...tx.list(tokenSigningKeys, [account])];
  for (const key of former) {
    if (key.retiredAt === undefined) tx.put(tokenSigningKeys, { ...key, retiredAt: now });
    else if (!isPublished(key, now)) tx.delete(tokenSigningKeys, account, key.kid);
  }
  for (const algorithm of ALGORITHMS) {
    const numbers = former.filter((key) => key.algorithm === algorithm).map(({ kid }) => Number(kid.split("_")[1]));
    const kid = `${KID_PREFIX[algorithm]}${Math.max(-1, ...numbers) + 1}`;
    tx.put(tokenSigningKeys, { account, kid, algorithm, privateKey: keys[algorithm], createdAt: now });
  }
}

/** The account's JWKS (RFC 7517), with which relying parties verify its tokens. */
export function publishedKeys(account: string, { tx, now }: { tx: Transaction; now: number }): { keys: Jwk[] } {
  const keys = [...tx.list(tokenSigningKeys, [account])].filter((key) => isPublished(key, now));
  return {
    keys: keys.map(({ kid, algorithm, privateKey }) => ({
      kid,
      use: "sig",
      alg: algorithm,
      ...publicPart(privateKey),
    })),
  };
}

const isPublished = ({ retiredAt }: TokenSigningKey, now: number): boolean =>
  retiredAt === undefined || now < retiredAt + AFTERLIFE_MS;
