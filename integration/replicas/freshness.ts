import { CreateUserCommand, GetUserCommand, TagUserCommand } from "@aws-sdk/client-iam";
import type { Result } from "../attack/attack-kind.ts";
import { replicaAttack, type World } from "./world.ts";

const COUNTS = { small: { pairs: 200, moves: 6 }, full: { pairs: 10_000, moves: 300 } };
const CLIENTS = 8;

/** What is acknowledged at one replica is seen at once at another. */
export const replicaFreshness = replicaAttack(
  "Written at one replica, read at another at once",
  [],
  async (world, scale): Promise<Result> => {
    const { pairs, moves } = COUNTS[scale];
    const failures = [...(await writesSeen(world, pairs)), ...(await movesSeen(world, moves))];
    return { done: `${pairs.toLocaleString("en")} pairs, the clock moved ${moves} times`, failures };
  },
);

async function writesSeen({ replicas }: World, pairs: number): Promise<readonly string[]> {
  const clients = replicas.map((replica) => replica.iam());
  const failures: string[] = [];
  let begun = 0;
  const client = async (number: number) => {
    const UserName = `reader-${number}`;
    await clients[0]!.send(new CreateUserCommand({ UserName }));
    while (begun < pairs) {
      const pair = begun++;
      const writer = pair % clients.length;
      const reader = (writer + 1 + (pair % (clients.length - 1))) % clients.length;
      const Value = String(pair);
      await clients[writer]!.send(new TagUserCommand({ UserName, Tags: [{ Key: "pair", Value }] }));
      const { User } = await clients[reader]!.send(new GetUserCommand({ UserName }));
      const read = User!.Tags?.[0]?.Value;
      if (read !== Value) failures.push(`replica ${reader} read ${read} after ${Value} was written at ${writer}`);
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, (_, number) => client(number)));
  return failures;
}

async function movesSeen({ replicas }: World, moves: number): Promise<readonly string[]> {
  const failures: string[] = [];
  const nowAt = async (replica: number, move?: object) =>
    ((await replicas[replica]!.control("/clock", move)) as { readonly now: string }).now;
  await nowAt(0, { freeze: true });
  for (let move = 0; move < moves; move++) {
    const moved = await nowAt(move % replicas.length, { advance: 1 });
    for (const i of replicas.keys()) {
      const now = await nowAt(i);
      if (now !== moved) failures.push(`it was ${now} at replica ${i} after the clock was moved to ${moved}`);
    }
  }
  await nowAt(0, { real: true });
  return failures;
}
