import { GetUserCommand, TagUserCommand, CreateUserCommand, paginateListUsers } from "@aws-sdk/client-iam";
import type { Result, Scale } from "../attack/attack-kind.ts";
import { seededPick, type Pick } from "../durability/simulated-disk.ts";
import { FAULTS, type Fault } from "./adversary.ts";
import { faultsInEndState } from "./end-state.ts";
import { newJournal, type Journal } from "./journal.ts";
import { existenceOf, startLoad } from "./load.ts";
import { replicaAttack, type World } from "./world.ts";

const ROUNDS = { small: 3, full: 50 };
/** Milliseconds after which replicas that do not answer again have not survived. */
const RECOVERY = 30_000;
const CANARY = "canary";

/** What became of the faults of one kind. */
interface Row {
  tried: number;
  survived: number;
  lost: number;
  longest: number;
}

/** Three replicas under load, of which one, or the database, fails and comes back, in a random order. */
export const replicaFaults = replicaAttack(
  "Replicas and their database killed and halted under load",
  ["--quotas", "UsersPerAccount=1000000"],
  async (world, scale): Promise<Result> => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    const pick = seededPick(seed);
    const journal = newJournal();
    await world.replicas[0]!.iam().send(new CreateUserCommand({ UserName: CANARY }));
    const load = startLoad(world, journal, seededPick(seed + 1));
    const rows = new Map(
      FAULTS.map(({ name }): [string, Row] => [name, { tried: 0, survived: 0, lost: 0, longest: 0 }]),
    );
    const failures: string[] = [];
    try {
      for (const [round, fault] of deck(pick, scale).entries()) {
        await load.more(10 + pick(90));
        const found = await strike(world, fault, rows.get(fault.name)!, { round, pick, journal });
        failures.push(...found.map((failure) => `round ${round}, ${fault.name}: ${failure}`));
      }
    } finally {
      await load.end();
    }
    failures.push(...(await faultsInEndState(world, journal, load)));
    if (scale === "full") print(rows);
    return {
      done: `${ROUNDS[scale]} faults, ${load.acknowledged().toLocaleString("en")} acknowledged writes`,
      failures: failures.map((failure) => `${failure} (SEED=${seed})`),
      longestWait: journal.longestWait(),
    };
  },
);

interface Round {
  readonly round: number;
  readonly pick: Pick;
  readonly journal: Journal;
}

/** One round; its result goes into the row, and what went wrong is returned in words. */
async function strike(
  world: World,
  fault: Fault,
  row: Row,
  { round, pick, journal }: Round,
): Promise<readonly string[]> {
  const failures: string[] = [];
  row.tried++;
  try {
    await fault.strike(world, pick);
    row.longest = Math.max(row.longest, await recovery(world, round));
    row.survived++;
  } catch (cause) {
    failures.push((cause as Error).message);
  }
  const lost = await lostUsers(world, journal, pick);
  row.lost += lost.length;
  return [...failures, ...lost.map((user) => `${user} is lost`)];
}

/** All faults in a random order, again and again; at small scale, the first ones. */
function deck(pick: Pick, scale: Scale): readonly Fault[] {
  if (scale === "small") return FAULTS.slice(0, ROUNDS.small);
  const drawn: Fault[] = [];
  let left: Fault[] = [];
  while (drawn.length < ROUNDS.full) {
    if (left.length === 0) left = [...FAULTS];
    drawn.push(...left.splice(pick(left.length), 1));
  }
  return drawn;
}

/** Writes at each replica until it succeeds, and reads it at all. Resolves with how long it took, in milliseconds. */
async function recovery({ replicas }: World, round: number): Promise<number> {
  const began = performance.now();
  const clients = replicas.map((replica) => replica.iam());
  for (const [i, client] of clients.entries()) {
    const Value = `${round} at ${i}`;
    const tag = new TagUserCommand({ UserName: CANARY, Tags: [{ Key: "round", Value }] });
    await untilSuccess(() => client.send(tag), began);
    for (const reader of clients) {
      const { User } = await untilSuccess(() => reader.send(new GetUserCommand({ UserName: CANARY })), began);
      const read = User!.Tags?.[0]?.Value;
      if (read !== Value) throw new Error(`${read} was read after ${Value} was written`);
    }
  }
  return performance.now() - began;
}

async function untilSuccess<T>(act: () => Promise<T>, began: number): Promise<T> {
  for (;;) {
    try {
      return await act();
    } catch (cause) {
      if (performance.now() - began > RECOVERY) throw cause;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

/** The users whose creation is acknowledged, that nobody has tried to delete, and that a replica does not list. */
async function lostUsers({ replicas }: World, { operations }: Journal, pick: Pick): Promise<readonly string[]> {
  const created = operations.filter(({ kind, value, completed }) => kind === "write" && value === "there" && completed);
  const found = new Set<string>();
  const client = replicas[pick(replicas.length)]!.iam();
  for await (const { Users } of paginateListUsers({ client, pageSize: 1000 }, {}))
    for (const { UserName } of Users!) found.add(existenceOf(UserName!));
  const missing = created.map(({ key }) => key).filter((key) => !found.has(key));
  return missing.filter(
    (user) => !operations.some(({ key, kind, value }) => key === user && kind === "write" && value === null),
  );
}

function print(rows: ReadonlyMap<string, Row>): void {
  console.log("| Fault | Tried | Survived | Writes lost | All answered again after at most |");
  console.log("| --- | --- | --- | --- | --- |");
  for (const [name, { tried, survived, lost, longest }] of rows)
    console.log(`| ${name} | ${tried} | ${survived} | ${lost} | ${longest.toFixed(0)} ms |`);
}

/** For a closer look, with all of the table: `node dist/integration/replicas/faults.js [small|full]`. */
if (process.argv[1]?.endsWith("replicas/faults.js")) {
  console.log(await replicaFaults.run((process.argv[2] as Scale | undefined) ?? "full"));
}
