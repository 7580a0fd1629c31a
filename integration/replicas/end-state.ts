import {
  ListAccessKeysCommand,
  paginateGetAccountAuthorizationDetails,
  paginateListUsers,
  type UserDetail,
} from "@aws-sdk/client-iam";
import type { Journal } from "./journal.ts";
import { checkRegisters } from "./linearizability.ts";
import { colorOf, existenceOf, type Load } from "./load.ts";
import type { Replica } from "./replica.ts";
import type { World } from "./world.ts";

/** Reads everything at all replicas, and returns in words what should not be: lost, made twice, or not the same everywhere. */
export async function faultsInEndState(world: World, journal: Journal, load: Load): Promise<readonly string[]> {
  const failures = [...journal.surprises];
  const answers: string[] = [];
  const users = new Set(journal.operations.map(({ key }) => key).filter((key) => key.startsWith("user-")));
  for (const replica of world.replicas) {
    const names: string[] = [];
    const details: UserDetail[] = [];
    await journal.read("at the end", async () => {
      details.push(...(await detailsAt(replica)));
      const byName = new Map(details.map((user) => [user.UserName!, user]));
      return Object.fromEntries([...users].flatMap((user) => registersOf(user, byName.get(user))));
    });
    for await (const { Users } of paginateListUsers({ client: replica.iam(), pageSize: 1000 }, {}))
      names.push(...Users!.map(({ UserName }) => UserName!));
    if (new Set(names).size !== names.length) failures.push("ListUsers shows a user twice");
    answers.push(JSON.stringify([names, details]));
  }
  if (new Set(answers).size !== 1) failures.push("replicas answer differently");
  return [...failures, ...checkRegisters(journal.operations), ...(await faultsInKeys(world, load))];
}

async function detailsAt(replica: Replica): Promise<readonly UserDetail[]> {
  const pages = paginateGetAccountAuthorizationDetails({ client: replica.iam(), pageSize: 1000 }, { Filter: ["User"] });
  const details: UserDetail[] = [];
  for await (const { UserDetailList } of pages) details.push(...UserDetailList!);
  return details;
}

function registersOf(user: string, found: UserDetail | undefined): readonly [string, string | null][] {
  if (!found) return [[existenceOf(user), null]];
  return [
    [existenceOf(user), "there"],
    [colorOf(user), found.Tags?.[0]?.Value ?? null],
  ];
}

async function faultsInKeys({ replicas }: World, { accessKeys }: Load): Promise<readonly string[]> {
  const clients = replicas.map((replica) => replica.iam());
  const failures: string[] = [];
  let turn = 0;
  for (const [user, { acknowledged, unknown }] of accessKeys) {
    const iam = clients[turn++ % clients.length]!;
    const { AccessKeyMetadata } = await iam.send(new ListAccessKeysCommand({ UserName: user }));
    const found = AccessKeyMetadata!.map(({ AccessKeyId }) => AccessKeyId!);
    for (const id of acknowledged) if (!found.includes(id)) failures.push(`${user} has lost the access key ${id}`);
    const more = found.length - acknowledged.length;
    if (more > unknown) failures.push(`${user} has ${found.length} access keys of one call`);
  }
  return failures;
}
