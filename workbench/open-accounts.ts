import { Clock } from "../data/clock.ts";
import { systemRandom } from "../data/random.ts";
import { DEFAULT_QUOTAS, type Quotas } from "../handlers/quotas.ts";
import { emulationOf } from "../server/emulation.ts";
import { DEFAULTS } from "../server/options.ts";
import { seedFrom } from "../server/seed/seed.ts";
import type { Place } from "../server/seed/place.ts";
import type { ReadSeed } from "../server/seed/source.ts";
import { openState } from "../server/state.ts";
import type { Accounts, ToPath } from "./accounts.ts";
import { addDetails, detailsIn } from "./details.ts";
import { noteDocuments } from "./document-places.ts";
import { accountAt, addEmulator } from "./endpoint.ts";
import { addFolder } from "./policy-folder.ts";
import { fileSource } from "./test-source.ts";

/** The members of a test file of which one says where its accounts come from. */
export const ACCOUNT_MEMBERS = ["seed", "export", "authorizationDetails", "policies", "endpoint"] as const;
type Member = (typeof ACCOUNT_MEMBERS)[number];

export type AccountPlaces = Readonly<Record<Member | "account" | "principals", Place>>;

/**
 * Makes the accounts that a test file is about. Throws SeedError or PolicyTestError with the place of what is wrong.
 */
export async function openAccounts(file: ReadSeed, given: AccountPlaces, toPath: ToPath): Promise<Accounts> {
  const accounts = await accountsFrom(file, given, toPath);
  noteDocuments(file, accounts.places);
  return accounts;
}

async function accountsFrom(file: ReadSeed, given: AccountPlaces, toPath: ToPath): Promise<Accounts> {
  const { root: whole } = file;
  const [member, ...others] = ACCOUNT_MEMBERS.filter((name) => given[name].isGiven);
  if (member === undefined) {
    throw whole.fail(`nothing says whose policies are tested. One of these is needed: ${ACCOUNT_MEMBERS.join(", ")}.`);
  }
  if (others.length > 0) throw given[others[0]!].fail(`there may be only one of ${ACCOUNT_MEMBERS.join(", ")}.`);
  if (given.principals.isGiven && member !== "policies") throw given.principals.fail("goes with policies alone.");
  const place = given[member];
  const account = accountNumber(given.account);
  if (member === "seed") return seeded(place, account ?? DEFAULTS.account, file, toPath);
  if (member === "policies") {
    const accounts = await emptyAccounts(account ?? DEFAULTS.account, WITHOUT_COUNTS);
    await addFolder(place, given.principals, accounts, toPath);
    return accounts;
  }
  if (member === "endpoint") {
    const accounts = await emptyAccounts(account ?? (await accountAt(place)), UNLIMITED);
    await addEmulator(place, whole, accounts);
    return accounts;
  }
  const details = await detailsIn(place, toPath);
  const accounts = await emptyAccounts(account ?? details.keys().next().value ?? DEFAULTS.account, UNLIMITED);
  await addDetails(details, accounts);
  return accounts;
}

function accountNumber(place: Place): string | undefined {
  const account = place.textIfGiven();
  if (account !== undefined && !/^\d{12}$/.test(account)) throw place.fail("must be the 12 digits of an account.");
  return account;
}

/** What exists somewhere else may have been granted larger quotas there. */
const UNLIMITED = Object.fromEntries(Object.keys(DEFAULT_QUOTAS).map((name) => [name, Infinity])) as Quotas;
/** A folder may have more documents than an account; each must have a size that AWS takes. */
const WITHOUT_COUNTS: Quotas = { ...UNLIMITED, PolicySize: DEFAULT_QUOTAS.PolicySize };

/** An emulator without anything in it, which listens nowhere. */
async function emptyAccounts(account: string, quotas: Quotas): Promise<Accounts> {
  const clock = new Clock();
  const state = await openState(DEFAULTS, { clock, random: systemRandom, warn: () => {} });
  const emulation = emulationOf(state, clock, systemRandom, { ...DEFAULTS, account, quotas });
  return { emulation, account, places: new Map(), holders: new Map(), notes: [] };
}

/** From a seed's file, or from the seed that stands in the test file itself. */
async function seeded(place: Place, account: string, file: ReadSeed, toPath: ToPath): Promise<Accounts> {
  const accounts = await emptyAccounts(account, DEFAULT_QUOTAS);
  const source =
    typeof place.value === "string" ? await fileSource(toPath(place.text()), place) : { ...file, root: place };
  const grow = await seedFrom(source, account).prepare(accounts.emulation);
  await accounts.emulation.store.transact(grow);
  noteDocuments(source, accounts.places);
  return accounts;
}
