import { CreateUserCommand, ListUserTagsCommand, TagUserCommand, UntagUserCommand } from "@aws-sdk/client-iam";
import type { Result } from "../attack/attack-kind.ts";
import { seededPick, type Pick } from "../durability/simulated-disk.ts";
import { newJournal } from "./journal.ts";
import { checkRegisters } from "./linearizability.ts";
import { replicaAttack, type World } from "./world.ts";

const HISTORIES = { small: 2, full: 50 };
const CLIENTS = 6;
const OPERATIONS = 15;

/** Many clients write and read one tag at all replicas while one of these is killed: what they saw has an order. */
export const replicaRegisters = replicaAttack(
  "One tag written and read at three replicas, one of which is killed",
  [],
  async (world, scale): Promise<Result> => {
    const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
    const pick = seededPick(seed);
    const failures: string[] = [];
    let [operations, unknown] = [0, 0];
    for (let history = 0; history < HISTORIES[scale]; history++) {
      const journal = await historyOf(world, `register-${history}`, pick);
      failures.push(...journal.surprises, ...checkRegisters(journal.operations));
      operations += journal.operations.length;
      unknown += journal.operations.filter(({ completed }) => completed === null).length;
    }
    return {
      done: `${HISTORIES[scale]} histories, ${operations} operations, ${unknown} of unknown outcome`,
      failures: failures.map((failure) => `${failure} (SEED=${seed})`),
    };
  },
);

async function historyOf({ replicas }: World, UserName: string, pick: Pick) {
  const journal = newJournal();
  const clients = replicas.map((replica) => replica.iam());
  await clients[0]!.send(new CreateUserCommand({ UserName }));
  const killAt = pick((CLIENTS * OPERATIONS) / 2);
  let [done, restarted] = [0, Promise.resolve()];
  const killOne = async () => {
    const replica = replicas[pick(replicas.length)]!;
    await replica.kill();
    await replica.restart();
  };
  const client = async (number: number) => {
    for (let i = 0; i < OPERATIONS; i++) {
      if (done++ === killAt) restarted = killOne();
      const iam = clients[pick(clients.length)]!;
      const Value = `${number}-${i}`;
      const kind = pick(5);
      if (kind < 2) {
        const tag = new TagUserCommand({ UserName, Tags: [{ Key: "register", Value }] });
        await journal.write(`client ${number}`, UserName, Value, () => iam.send(tag));
      } else if (kind === 2) {
        const untag = new UntagUserCommand({ UserName, TagKeys: ["register"] });
        await journal.write(`client ${number}`, UserName, null, () => iam.send(untag));
      } else {
        await journal.read(`client ${number}`, async () => {
          const { Tags } = await iam.send(new ListUserTagsCommand({ UserName }));
          return { [UserName]: Tags![0]?.Value ?? null };
        });
      }
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  await restarted;
  return journal;
}
