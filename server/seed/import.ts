import type { Emulation } from "../emulation.ts";
import { ensureAccount } from "../authenticate.ts";
import { accountsIn, DETAIL_LISTS, entitiesOf, type Entity } from "./authorization-details.ts";
import { Move } from "./other-account.ts";
import type { Place } from "./place.ts";
import { Plan, prepareSteps, StepRefused } from "./plan.ts";

/** What became of an import. */
export interface ImportSummary {
  /** The account that the entities are in now, and the one that they came from. */
  readonly account: string;
  readonly from: string;
  readonly made: Readonly<Record<Entity["kind"], number>>;
  readonly failed: readonly Failure[];
  /** The documents that still name the account they came from, such as `role/deploy: AssumeRolePolicyDocument`. */
  readonly documentsNamingFormerAccount: readonly string[];
}

interface Failure {
  /** Such as `user/alice`. Nothing was made of it. */
  readonly entity: string;
  readonly code: string;
  readonly message: string;
}

/**
 * Makes the entities of authorization details in `account`, each with all that belongs to it or not at all. Ids and dates
 * are new. Rejects with SeedError where the details are not what they should be, and then nothing is made.
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
  emulation.store.transact((tx) => ensureAccount(account, tx, emulation.clock.now()));
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

/** Makes what can be made. What fails is tried again as long as others succeed, since it may need them. */
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
  // Roles that trust one another can be made together only.
  const untrusted = Array.from(failures).filter(([{ kind }, { refusal }]) => kind === "role" && isAboutTrust(refusal));
  const knot = untrusted.map(([role]) => role);
  if (knot.length < 2 || (await make(knot, emulation))) return failures;
  return new Map(Array.from(failures).filter(([entity]) => !knot.includes(entity)));
}

const isAboutTrust = ({ code, message }: StepRefused["refusal"]): boolean =>
  code === "MalformedPolicyDocument" && message.startsWith("Invalid principal in policy");

/** Makes entities together, or none of them; what refused them, if anything did. */
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
    run();
  } catch (cause) {
    if (cause instanceof StepRefused) return cause;
    throw cause;
  }
  return undefined;
}
