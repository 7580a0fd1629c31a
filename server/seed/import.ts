import type { Emulation } from "../emulation.ts";
import { ensureAccount } from "../authenticate.ts";
import { accountsIn, DETAIL_LISTS, entitiesOf, type Entity } from "./authorization-details.ts";
import { Move } from "./other-account.ts";
import type { Place } from "./place.ts";
import { Plan, prepareSteps, StepRefused } from "./plan.ts";

/** The result of an import. */
export interface ImportSummary {
  /** The account that the entities are in now, and the one that they came from. */
  readonly account: string;
  readonly from: string;
  readonly made: Readonly<Record<Entity["kind"], number>>;
  readonly failed: readonly Failure[];
  /** Documents that still name the account that they came from, such as `role/deploy: AssumeRolePolicyDocument`. */
  readonly documentsNamingFormerAccount: readonly string[];
}

interface Failure {
  /** Such as `user/alice`. Nothing of it was created. */
  readonly entity: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Creates the entities of authorization details in `account`, each with everything that belongs to it, or not at all.
 * Ids and dates are new. If the details are malformed, rejects with SeedError and creates nothing.
 */
export async function importDetails(
  details: Place,
  account: string,
  rewriteDocuments: boolean,
  emulation: Emulation,
): Promise<ImportSummary> {
  if (details.at("IsTruncated").value === true || details.at("NextToken").isGiven) {
    throw details.fail("These are not all pages of the details. Give all of them at once.");
  }
  if (!DETAIL_LISTS.some((list) => details.at(list).isGiven)) {
    throw details.fail(`These are no authorization details: they have none of ${DETAIL_LISTS.join(", ")}.`);
  }
  const [from = account, ...others] = accountsIn(details);
  if (others.length > 0) throw details.fail(`The details are of several accounts: ${[from, ...others].join(", ")}.`);
  const move = new Move(from, account, rewriteDocuments);
  const entities = entitiesOf(details, move);
  await emulation.store.transact((tx) => ensureAccount(account, tx, emulation.clock.now()));
  const failures = await makeAll(entities, emulation);
  await emulation.store.durable();

  const made = { policy: 0, group: 0, user: 0, role: 0, "instance-profile": 0 };
  for (const entity of entities) if (!failures.has(entity)) made[entity.kind]++;
  const failed = Array.from(failures, ([{ name }, { refusal }]) => ({
    entity: name,
    code: refusal.code,
    message: refusal.message,
  }));
  return { account, from, made, failed, documentsNamingFormerAccount: move.namesFormer };
}

type Failures = ReadonlyMap<Entity, StepRefused>;

/**
 * Creates what can be created. Failed entities are tried again as long as others succeed, since they may depend on
 * those.
 */
async function makeAll(entities: readonly Entity[], emulation: Emulation): Promise<Failures> {
  let failures: Failures = new Map();
  let left = entities;
  while (left.length > 0) {
    const failedNow = new Map<Entity, StepRefused>();
    for (const entity of left) {
      const refused = await make([entity], emulation);
      if (refused) failedNow.set(entity, refused);
    }
    failures = failedNow;
    if (failedNow.size === left.length) break;
    left = [...failedNow.keys()];
  }
  // Roles that trust each other can only be created together.
  const untrusted = Array.from(failures).filter(([{ kind }, { refusal }]) => kind === "role" && isAboutTrust(refusal));
  const knot = untrusted.map(([role]) => role);
  if (knot.length < 2 || (await make(knot, emulation))) return failures;
  return new Map(Array.from(failures).filter(([entity]) => !knot.includes(entity)));
}

const isAboutTrust = ({ code, message }: StepRefused["refusal"]): boolean =>
  code === "MalformedPolicyDocument" && message.startsWith("Invalid principal in policy");

/** Creates entities together, or none of them; returns the refusal, if any. */
async function make(entities: readonly Entity[], emulation: Emulation): Promise<StepRefused | undefined> {
  const plans: readonly (Plan | undefined)[] = [
    ...entities.map(({ plan }) => plan),
    ...entities.map(({ trust }) => trust),
  ];
  try {
    const run = await prepareSteps(
      plans.flatMap((plan) => plan?.steps ?? []),
      emulation,
    );
    await emulation.store.transact(run);
  } catch (cause) {
    if (cause instanceof StepRefused) return cause;
    throw cause;
  }
  return undefined;
}
