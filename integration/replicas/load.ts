import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  DeleteUserCommand,
  GetUserCommand,
  TagUserCommand,
  type IAMClient,
} from "@aws-sdk/client-iam";
import type { Pick } from "../durability/simulated-disk.ts";
import type { Journal } from "./journal.ts";
import type { World } from "./world.ts";

/** Clients that create users, tag, read and delete them until they are told to end. */
export interface Load {
  /** How many writes were acknowledged so far. */
  readonly acknowledged: () => number;
  /** The access keys of each user: those acknowledged, and how many more there may be. */
  readonly accessKeys: ReadonlyMap<string, AccessKeys>;
  /** Resolves once so many more writes are acknowledged. */
  readonly more: (count: number) => Promise<void>;
  readonly end: () => Promise<void>;
}

export interface AccessKeys {
  readonly acknowledged: readonly string[];
  readonly unknown: number;
}

const CLIENTS = 8;
/** Milliseconds that a client waits after a failure, as people and programs do. */
const PAUSE = 50;

/** A register for each user: whether it exists; and one for its tag. */
export const existenceOf = (user: string): string => user;
export const colorOf = (user: string): string => `color of ${user}`;

export function startLoad(world: World, journal: Journal, pick: Pick): Load {
  const state = { acknowledged: 0, isEnded: false };
  const accessKeys = new Map<string, AccessKeys>();
  const waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  const count = () => {
    state.acknowledged++;
    for (const { resolve } of waiting.filter((one) => one.count === state.acknowledged)) resolve();
  };
  const client = async (number: number) => {
    const name = `client ${number}`;
    const direct = world.replicas.map((replica) => replica.iam());
    // Half of them have one address and try again; the others know all replicas and never do.
    const clients = number % 2 === 0 ? [world.patient.iam()] : direct;
    const any = () => clients[pick(clients.length)]!;
    for (let i = 0; !state.isEnded; i++) {
      await liveOf(`user-${number}-${i}`, {
        name,
        any,
        patient: number % 2 === 0,
        journal,
        accessKeys,
        count,
        turn: i,
      });
    }
  };
  const running = Array.from({ length: CLIENTS }, (_, number) => client(number));
  return {
    accessKeys,
    acknowledged: () => state.acknowledged,
    more: (further) => new Promise((resolve) => waiting.push({ count: state.acknowledged + further, resolve })),
    async end() {
      state.isEnded = true;
      await Promise.all(running);
    },
  };
}

interface Life {
  /** Of the client. */
  readonly name: string;
  readonly any: () => IAMClient;
  readonly patient: boolean;
  readonly journal: Journal;
  readonly accessKeys: Map<string, AccessKeys>;
  readonly count: () => void;
  readonly turn: number;
}

/** The life of one user: created, tagged and read; then it gets a key, or is deleted. */
async function liveOf(user: string, life: Life): Promise<void> {
  const { name, any, journal, count, turn } = life;
  const UserName = user;
  const write = async (key: string, value: string | null, act: () => Promise<unknown>) => {
    const outcome = await journal.write(name, key, value, act);
    if (outcome === "acknowledged") count();
    else await new Promise((resolve) => setTimeout(resolve, PAUSE));
    return outcome;
  };
  const created = await write(existenceOf(user), "there", () =>
    any().send(new CreateUserCommand({ UserName })).catch(unless(life.patient, "EntityAlreadyExistsException")),
  );
  // What may be there is not worked with, but looked for at the end.
  if (created !== "acknowledged") return;
  for (const color of ["red", "blue"]) {
    await write(colorOf(user), `${color} ${turn}`, () =>
      any().send(new TagUserCommand({ UserName, Tags: [{ Key: "color", Value: `${color} ${turn}` }] })),
    );
    await journal.read(name, async () => {
      const { User } = await any().send(new GetUserCommand({ UserName }));
      return { [existenceOf(user)]: "there", [colorOf(user)]: User!.Tags?.[0]?.Value ?? null };
    });
  }
  if (turn % 3 === 2) {
    await write(existenceOf(user), null, () =>
      any().send(new DeleteUserCommand({ UserName })).catch(unless(life.patient, "NoSuchEntityException")),
    );
  } else await giveKey(user, life);
}

/** One call: what it makes has a name that only its answer tells, so that it is seen if it happened twice. */
async function giveKey(user: string, { any, patient, journal, accessKeys, count }: Life): Promise<void> {
  // The SDK's second attempt would make a second key.
  if (patient) return;
  try {
    const { AccessKey } = await any().send(new CreateAccessKeyCommand({ UserName: user }));
    accessKeys.set(user, { acknowledged: [AccessKey!.AccessKeyId!], unknown: 0 });
    count();
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "LimitExceededException") journal.surprises.add(`${user} got ${name}: ${message}`);
    accessKeys.set(user, { acknowledged: [], unknown: 1 });
  }
}

/** Takes a refusal for success, where an earlier attempt of the same call may have succeeded. */
const unless = (patient: boolean, refusal: string) => (error: Error) => {
  if (!patient || error.name !== refusal) throw error;
};
