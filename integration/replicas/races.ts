import {
  CreateAccessKeyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  DeleteGroupCommand,
  EnableMFADeviceCommand,
} from "@aws-sdk/client-iam";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import type { Result } from "../attack/attack-kind.ts";
import { stepOf, totpCode } from "../../signing/totp.ts";
import { replicaAttack, type World } from "./world.ts";

const ROUNDS = { small: { codes: 20, quotas: 5 }, full: { codes: 500, quotas: 100 } };
/** Requests with one code at each replica: all of them fit into the attempts that a device has in three minutes. */
const AT_EACH = 2;
/** Seconds: a new code, and new attempts. */
const NEXT = 180;

const USED_CODE = "AccessDenied: MultiFactorAuthentication failed with invalid MFA one time pass code. ";
const exceeded = (quota: string, limit: number) => `LimitExceededException: Cannot exceed quota for ${quota}: ${limit}`;

/** Of requests at several replicas at once, of which only one can succeed, exactly one does. */
export const replicaRaces = replicaAttack(
  "One code, and the last place of a quota, wanted at three replicas at once",
  ["--quotas", "UsersPerAccount=1000000,GroupsPerAccount=1"],
  async (world, scale): Promise<Result> => {
    const { codes, quotas } = ROUNDS[scale];
    const failures = [
      ...(await raceForCodes(world, codes)),
      ...(await raceForAccessKeys(world, quotas)),
      ...(await raceForGroups(world, quotas)),
    ];
    return { done: `${codes} codes, ${2 * quotas} last places`, failures };
  },
);

/** One round: all at once; exactly one succeeds, and the others are refused like this. Returns what went wrong, in words. */
async function race(
  what: string,
  refusal: string,
  acts: readonly (() => Promise<unknown>)[],
): Promise<readonly string[]> {
  const settled = await Promise.allSettled(acts.map((act) => act()));
  const refusals = settled.flatMap((one) => {
    const error = one.status === "rejected" ? (one.reason as Error) : undefined;
    return error ? [`${error.name}: ${error.message}`] : [];
  });
  const winners = acts.length - refusals.length;
  return [
    ...(winners === 1 ? [] : [`${what}: ${winners} won`]),
    ...refusals.filter((text) => text !== refusal).map((text) => `${what}: refused by ${text}`),
  ];
}

async function raceForCodes({ replicas }: World, rounds: number): Promise<readonly string[]> {
  const iam = replicas[0]!.iam();
  await iam.send(new CreateUserCommand({ UserName: "racer" }));
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: "racer" }));
  const credentials = { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! };
  const device = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "racer" }));
  const SerialNumber = device.VirtualMFADevice!.SerialNumber!;
  const seed = Buffer.from(device.VirtualMFADevice!.Base32StringSeed!).toString();
  const nowAfter = async (replica: number, move: object) => {
    const { now } = (await replicas[replica]!.control("/clock", move)) as { readonly now: string };
    return Date.parse(now);
  };
  const step = stepOf(await nowAfter(0, { freeze: true }));
  const codes = { AuthenticationCode1: totpCode(seed, step - 1), AuthenticationCode2: totpCode(seed, step) };
  await iam.send(new EnableMFADeviceCommand({ UserName: "racer", SerialNumber, ...codes }));
  const clients = replicas.flatMap((replica) => Array.from({ length: AT_EACH }, () => replica.sts(credentials)));
  const failures: string[] = [];
  for (let round = 0; round < rounds; round++) {
    // Moved at one of them, the clock is moved at all.
    const TokenCode = totpCode(seed, stepOf(await nowAfter(round % replicas.length, { advance: NEXT })));
    const ask = new GetSessionTokenCommand({ SerialNumber, TokenCode });
    failures.push(
      ...(await race(
        `code ${round}`,
        USED_CODE,
        clients.map((sts) => () => sts.send(ask)),
      )),
    );
  }
  await replicas[0]!.control("/clock", { real: true });
  return failures;
}

async function raceForAccessKeys({ replicas }: World, rounds: number): Promise<readonly string[]> {
  const clients = replicas.map((replica) => replica.iam());
  const failures: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const UserName = `second-key-${round}`;
    await clients[0]!.send(new CreateUserCommand({ UserName }));
    await clients[0]!.send(new CreateAccessKeyCommand({ UserName }));
    const create = new CreateAccessKeyCommand({ UserName });
    const acts = clients.map((iam) => () => iam.send(create));
    failures.push(...(await race(`access key ${round}`, exceeded("AccessKeysPerUser", 2), acts)));
  }
  return failures;
}

async function raceForGroups({ replicas }: World, rounds: number): Promise<readonly string[]> {
  const clients = replicas.map((replica) => replica.iam());
  const failures: string[] = [];
  for (let round = 0; round < rounds; round++) {
    const created: string[] = [];
    const acts = clients.map((iam, i) => async () => {
      const GroupName = `group-${round}-${i}`;
      await iam.send(new CreateGroupCommand({ GroupName }));
      created.push(GroupName);
    });
    failures.push(...(await race(`group ${round}`, exceeded("GroupsPerAccount", 1), acts)));
    for (const GroupName of created) await clients[0]!.send(new DeleteGroupCommand({ GroupName }));
  }
  return failures;
}
