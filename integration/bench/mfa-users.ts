import { totpCode, stepOf } from "../../signing/totp.ts";
import { exchange, sign, type Credentials, type Subject } from "./load.ts";

/** A user with an access key and a device whose codes can be used. */
export interface BenchUser {
  readonly account: string;
  readonly key: Credentials;
  readonly serial: string;
  readonly seed: string;
}

/** Creates users with an access key and a virtual device each, and a role that the first may assume. */
export async function usersWithDevices(subject: Subject, root: Credentials, devices: number): Promise<BenchUser[]> {
  const call = async (parameters: Record<string, string>) => {
    const { status, text } = await exchange(subject.port, sign(subject.port, "iam", parameters, root));
    if (status !== 200) throw new Error(`${parameters.Action}: ${text}`);
    return text;
  };
  const value = (text: string, name: string) => new RegExp(`<${name}>([^<]*)</${name}>`).exec(text)![1]!;
  const account = "000000000000";
  const users: BenchUser[] = [];
  for (let i = 0; i < devices; i++) {
    const name = `bench${i}`;
    await call({ Action: "CreateUser", UserName: name });
    const key = await call({ Action: "CreateAccessKey", UserName: name });
    const device = await call({ Action: "CreateVirtualMFADevice", VirtualMFADeviceName: name });
    const serial = value(device, "SerialNumber");
    const seed = Buffer.from(value(device, "Base32StringSeed"), "base64").toString();
    const step = stepOf(Date.now());
    await call({
      Action: "EnableMFADevice",
      UserName: name,
      SerialNumber: serial,
      AuthenticationCode1: totpCode(seed, step - 1),
      AuthenticationCode2: totpCode(seed, step),
    });
    users.push({
      account,
      serial,
      seed,
      key: { accessKeyId: value(key, "AccessKeyId"), secretAccessKey: value(key, "SecretAccessKey") },
    });
  }
  const allow = (action: string, extra: object) =>
    JSON.stringify({ Version: "2012-10-17", Statement: [{ Effect: "Allow", Action: action, ...extra }] });
  await call({
    Action: "CreateRole",
    RoleName: "bench",
    AssumeRolePolicyDocument: allow("sts:AssumeRole", { Principal: { AWS: `arn:aws:iam::${account}:root` } }),
  });
  await call({
    Action: "PutUserPolicy",
    UserName: "bench0",
    PolicyName: "assume",
    PolicyDocument: allow("sts:AssumeRole", { Resource: "*" }),
  });
  return users;
}
