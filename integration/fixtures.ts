import {
  CreateAccessKeyCommand,
  CreateRoleCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GenerateServiceLastAccessedDetailsCommand,
  GetServiceLastAccessedDetailsCommand,
  PutRolePolicyCommand,
  PutUserPolicyCommand,
  type CreateRoleCommandInput,
  type CreateUserCommandInput,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, type AssumeRoleCommandInput } from "@aws-sdk/client-sts";
import type { Credentials, Emulator } from "./emulator.ts";

/** One statement of a policy; `Effect` is Allow unless given. */
export type Statement = Readonly<Record<string, unknown>>;

export const document = (...statements: readonly Statement[]): string =>
  JSON.stringify({
    Version: "2012-10-17",
    Statement: statements.map((statement) => ({ Effect: "Allow", ...statement })),
  });

export const allow = (Action: string | readonly string[], Resource: string | readonly string[] = "*"): Statement => ({
  Action,
  Resource,
});

export const deny = (Action: string, Resource = "*"): Statement => ({ Effect: "Deny", Action, Resource });

/** A statement of a trust policy. */
export const trust = (
  AWS: string | readonly string[],
  Action: string | readonly string[] = "sts:AssumeRole",
  Condition?: object,
): Statement => ({ Principal: { AWS }, Action, ...(Condition && { Condition }) });

export interface TestUser {
  readonly name: string;
  readonly arn: string;
  readonly id: string;
  readonly credentials: Credentials;
}

interface UserOptions extends Partial<CreateUserCommandInput> {
  readonly statements?: readonly Statement[];
  /** Root keys of the account; absent for the default account. */
  readonly root?: Credentials;
}

/** A user with an access key and, if there are statements, an inline policy. */
export async function createUser(
  emu: Emulator,
  name: string,
  { statements = [], root, ...rest }: UserOptions = {},
): Promise<TestUser> {
  const iam = emu.iam(root);
  const { User } = await iam.send(new CreateUserCommand({ UserName: name, ...rest }));
  if (statements.length > 0) {
    await iam.send(
      new PutUserPolicyCommand({ UserName: name, PolicyName: "test", PolicyDocument: document(...statements) }),
    );
  }
  const { AccessKey } = await iam.send(new CreateAccessKeyCommand({ UserName: name }));
  return {
    name,
    arn: User!.Arn!,
    id: User!.UserId!,
    credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
  };
}

export interface TestRole {
  readonly arn: string;
  readonly id: string;
}

interface RoleOptions extends Partial<CreateRoleCommandInput> {
  readonly trusts: readonly Statement[];
  readonly statements?: readonly Statement[];
  readonly root?: Credentials;
}

/** A role with a trust policy and, if there are statements, an inline policy. */
export async function createRole(
  emu: Emulator,
  name: string,
  { trusts, statements = [], root, ...rest }: RoleOptions,
): Promise<TestRole> {
  const iam = emu.iam(root);
  const { Role } = await iam.send(
    new CreateRoleCommand({ RoleName: name, AssumeRolePolicyDocument: document(...trusts), ...rest }),
  );
  if (statements.length > 0) {
    await iam.send(
      new PutRolePolicyCommand({ RoleName: name, PolicyName: "test", PolicyDocument: document(...statements) }),
    );
  }
  return { arn: Role!.Arn!, id: Role!.RoleId! };
}

/** Gives a user a virtual MFA device and returns its serial number. */
export async function enableMfa(emu: Emulator, userName: string): Promise<string> {
  const iam = emu.iam();
  const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: userName }));
  const serial = VirtualMFADevice!.SerialNumber!;
  const { code, next } = emu.server.mfa.code(serial);
  await iam.send(
    new EnableMFADeviceCommand({
      UserName: userName,
      SerialNumber: serial,
      AuthenticationCode1: code,
      AuthenticationCode2: next,
    }),
  );
  return serial;
}

/** The credentials in an answer of STS, in the form for clients. */
export const credentialsOf = ({
  Credentials: issued,
}: {
  readonly Credentials?:
    | {
        readonly AccessKeyId: string | undefined;
        readonly SecretAccessKey: string | undefined;
        readonly SessionToken: string | undefined;
      }
    | undefined;
}): Credentials => ({
  accessKeyId: issued!.AccessKeyId!,
  secretAccessKey: issued!.SecretAccessKey!,
  sessionToken: issued!.SessionToken!,
});

/** Assumes a role and returns its credentials. */
export async function assume(
  emu: Emulator,
  credentials: Credentials,
  role: TestRole,
  more: Partial<AssumeRoleCommandInput> = {},
): Promise<Credentials> {
  const input = { RoleArn: role.arn, RoleSessionName: "session", ...more };
  return credentialsOf(await emu.sts(credentials).send(new AssumeRoleCommand(input)));
}

/** For assert.rejects: STS's refusal of an action that policies do not allow. */
export const notAuthorized = (caller: string, action: string, resource: string) => ({
  name: "AccessDenied",
  message: `User: ${caller} is not authorized to perform: ${action} on resource: ${resource}`,
});

/** When the user or role last used each of the services that its policies grant access to, by namespace. */
export async function lastUses({ iam }: Emulator, Arn: string): Promise<Record<string, Date | undefined>> {
  const { JobId } = await iam().send(new GenerateServiceLastAccessedDetailsCommand({ Arn }));
  const ask = () => iam().send(new GetServiceLastAccessedDetailsCommand({ JobId }));
  // The first answer is that the job is in progress.
  await ask();
  const { ServicesLastAccessed } = await ask();
  return Object.fromEntries(ServicesLastAccessed!.map((use) => [use.ServiceNamespace!, use.LastAuthenticated]));
}

/**
 * For assert.rejects: the text of a refusal, and the sentence about authorization details with which most of IAM's end.
 */
export function withDetails(refusal: string): RegExp {
  const hasDetails = /perform: iam:(?!\w*Organizations(?:Root|Features))/.test(refusal);
  const text = refusal.replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${text}${hasDetails ? DETAILS : ""}$`);
}

const DETAILS = String.raw`\. Go to https://us-east-1\.console\.aws\.amazon\.com/iam/home\?region=us-east-1#/authorization-details/([0-9a-z]{25}) for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: \1`;
