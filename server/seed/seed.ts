import { createHash } from "node:crypto";
import { collections } from "../../data/entities/collections.ts";
import { appliedSeeds, type AppliedSeed } from "../../data/entities/seeds.ts";
import type { Collection, Transaction } from "../../data/store.ts";
import { ensureAccount } from "../authenticate.ts";
import type { Emulation } from "../emulation.ts";
import { placeOf } from "../state.ts";
import { accountsOf, addManagedPolicies, addServerCertificates, addSettings, type AccountSeed } from "./accounts.ts";
import { addUnusedTokens } from "./mfa-devices.ts";
import { addOrganization } from "./organization.ts";
import type { Place } from "./place.ts";
import { Plan, prepareSteps, StepRefused, type Step } from "./plan.ts";
import { addGroups, addInstanceProfiles, addRoles, addRoot, addTrust, addUsers } from "./principals.ts";
import { addOidcProviders, addSamlProviders } from "./providers.ts";
import { SeedError } from "./seed-error.ts";
import { type ReadSeed, readSource, textSource } from "./source.ts";

/**
 * The parts of an account. Each part is added to all accounts before the next one, since it may refer to earlier parts.
 */
const PARTS: readonly ((account: AccountSeed, plan: Plan) => void)[] = [
  addSettings,
  addManagedPolicies,
  addSamlProviders,
  addOidcProviders,
  addServerCertificates,
  addGroups,
  addUsers,
  addRoles,
  addTrust,
  addInstanceProfiles,
  addRoot,
];

/** What fills the state within a transaction. */
export type Grow = (tx: Transaction) => void;

/** A seed that was read; it may still be refused when it is applied to the state. */
export interface Seed {
  /**
   * Applies the seed to an empty state, all of it or nothing. A state that was made from the same seed stays as it is,
   * and `log` is told. Rejects with SeedError if the seed is refused or the state was made otherwise.
   */
  atStart(emulation: Emulation, log: (line: string) => void): Promise<void>;
  /**
   * Does what must wait, and resolves to a transaction's work that fills an empty state from the seed, or one account
   * that has nothing. Either fails with SeedError.
   */
  prepare(emulation: Emulation, account?: string): Promise<Grow>;
  /** Adds the seed to the existing state: all of it or nothing. Rejects with SeedError. */
  add(emulation: Emulation): Promise<void>;
}

/** Reads a seed from a file or an object; `account` is the emulator's own. Rejects with SeedError. */
export const readSeed = async (seed: string | object, account: string): Promise<Seed> =>
  seedFrom(await readSource(seed), account);

/** Reads a seed that was sent as text, YAML or JSON, and which may not name files. Rejects with SeedError. */
export const readSentSeed = async (text: string, account: string): Promise<Seed> =>
  seedFrom(await textSource(text, "the seed", { readFile: noFile }), account);

const noFile = () => {
  throw Object.assign(new Error(), { code: "no files are read for a seed that is sent" });
};

/** The seed in what was read. Throws SeedError. */
export function seedFrom({ root, name, files }: ReadSeed, account: string): Seed {
  const { common, ofAccounts, last } = stepsOf(root, account);
  // The content counts, and not how it is written or by which version of the emulator it was applied.
  const content = JSON.stringify([account, root.value, files.map(({ text }) => text)]);
  const fingerprint = createHash("sha256").update(content).digest("base64");
  const mark = new Plan(account);
  mark.do(root, ({ tx, now }) => tx.put(appliedSeeds, { fingerprint, appliedAt: now }));
  const whole = [...common, ...ofAccounts, ...last, ...mark.steps];
  const prepare = (emulation: Emulation, only?: string) =>
    prepareSeed(only === undefined ? whole : ofAccounts.filter((step) => step.account === only), emulation);
  return {
    async atStart(emulation, log) {
      const { store, options } = emulation;
      const grow = store.read(stateOf) === "empty" ? await prepare(emulation) : undefined;
      // Another process may have seeded a shared state meanwhile.
      const former = await store.transact((tx) => {
        const state = stateOf(tx);
        if (state === "empty") grow?.(tx);
        return state;
      });
      await store.durable();
      // Where a reset has come in between, there is still nothing.
      if (former === "empty") return grow ? undefined : await this.atStart(emulation, log);
      const place = placeOf(options);
      if (former?.fingerprint === fingerprint) {
        const since = new Date(former.appliedAt).toISOString();
        log(`iam-local: ${place} was seeded from ${name} at ${since}, and is left as it has become`);
      } else {
        const origin = former ? "was seeded from something else, or from this before it was changed" : "was not seeded";
        throw new SeedError(
          `${name}: the state in ${place} ${origin}. Start without --seed to go on with it, or empty ${options.data === undefined ? "it" : "the folder"} to start anew.`,
        );
      }
    },
    prepare,
    async add(emulation) {
      await emulation.store.transact(await prepareSeed([...common, ...ofAccounts, ...last], emulation));
    },
  };
}

/** Whether there is any state, and which seed it was made from. */
function stateOf(tx: Transaction): AppliedSeed | "empty" | undefined {
  for (const seed of tx.list(appliedSeeds, [])) return seed;
  const isEmpty = (collection: Collection<never>) => collection.ephemeral === true || tx.count(collection) === 0;
  return collections.every(isEmpty) ? "empty" : undefined;
}

/**
 * What comes before the accounts, the accounts' parts, and what comes after, since its policies would already apply.
 */
function stepsOf(root: Place, own: string): Readonly<Record<"common" | "ofAccounts" | "last", Step[]>> {
  const { accounts, hardwareTokens, organization } = accountsOf(root, own);
  const planned = (id: string, add: (plan: Plan) => void): Step[] => {
    const plan = new Plan(id);
    add(plan);
    return plan.steps;
  };
  return {
    common: planned(own, (plan) => addUnusedTokens(hardwareTokens, plan)),
    ofAccounts: [
      ...accounts.flatMap(({ id }) =>
        planned(id, (plan) => plan.do(root, ({ tx, now }) => ensureAccount(id, tx, now))),
      ),
      ...PARTS.flatMap((add) => accounts.flatMap((account) => planned(account.id, (plan) => add(account, plan)))),
    ],
    last: planned(own, (plan) => addOrganization(organization, plan)),
  };
}

async function prepareSeed(steps: readonly Step[], emulation: Emulation): Promise<Grow> {
  const run = await prepareSteps(steps, emulation).catch(seedError);
  return (tx) => {
    try {
      run(tx);
    } catch (cause) {
      seedError(cause);
    }
  };
}

/** Rethrows a refusal with its place in the seed. */
function seedError(cause: unknown): never {
  throw cause instanceof StepRefused ? cause.step.place.fail(cause.message) : cause;
}
