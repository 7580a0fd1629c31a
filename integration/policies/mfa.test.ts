import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  AttachUserPolicyCommand,
  CreateAccessKeyCommand,
  CreatePolicyCommand,
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  EnableMFADeviceCommand,
  GetUserCommand,
  ListAccessKeysCommand,
  ListMFADevicesCommand,
  ListUsersCommand,
} from "@aws-sdk/client-iam";
import { GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { before, describe, it } from "mocha";
import { emulator, type Credentials, type Emulator } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  deny,
  enableMfa,
  notAuthorized,
  trust,
  type TestUser,
  withDetails,
} from "../fixtures.ts";
import { noPolicyAllows } from "../iam/authorization.ts";

const explicitlyDenied = (caller: string, action: string, resource: string) => ({
  name: "AccessDenied",
  message: withDetails(
    `User: ${caller} is not authorized to perform: ${action} on resource: ${resource} with an explicit deny in an identity-based policy`,
  ),
});

/** A session of a user, with a code of its device if there is one. Each session uses a new code. */
async function session(emu: Emulator, user: TestUser, SerialNumber?: string): Promise<Credentials> {
  emu.server.clock.advance(30);
  const TokenCode = SerialNumber && emu.server.mfa.code(SerialNumber).code;
  return credentialsOf(await emu.sts(user.credentials).send(new GetSessionTokenCommand({ SerialNumber, TokenCode })));
}

const USERS = "arn:aws:iam::000000000000:user/";
const PRESENT = { Bool: { "aws:MultiFactorAuthPresent": "true" } };

describe("the published policy that makes users manage their own MFA before all else", () => {
  const emu = emulator();
  let alice: TestUser;
  let serial = "";

  before(async () => {
    const PolicyDocument = readFileSync("integration/policies/force-mfa.json", "utf8");
    const { Policy } = await emu.iam().send(new CreatePolicyCommand({ PolicyName: "force-mfa", PolicyDocument }));
    alice = await createUser(emu, "alice", { statements: [allow("iam:ListUsers")] });
    await emu.iam().send(new AttachUserPolicyCommand({ UserName: "alice", PolicyArn: Policy!.Arn }));
    await createUser(emu, "bob");
  });

  it("denies all else to long-term keys, which lack the key, and to sessions without MFA", async () => {
    const iam = emu.iam(alice.credentials);
    await iam.send(new GetUserCommand({}));
    await assert.rejects(iam.send(new ListUsersCommand({})), explicitlyDenied(alice.arn, "iam:ListUsers", USERS));
    const role = await createRole(emu, "open", { trusts: [trust(alice.arn)] });
    // A session without MFA cannot call IAM at all; STS operations that it may call show the same deny.
    for (const credentials of [alice.credentials, await session(emu, alice)]) {
      await assert.rejects(assume(emu, credentials, role), notAuthorized(alice.arn, "sts:AssumeRole", role.arn));
    }
  });

  it("lets a user enable a device of its own, but not somebody else's", async () => {
    const iam = emu.iam(alice.credentials);
    const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "alice" }));
    serial = VirtualMFADevice!.SerialNumber!;
    const { code, next } = emu.server.mfa.code(serial);
    const codes = { SerialNumber: serial, AuthenticationCode1: code, AuthenticationCode2: next };
    await assert.rejects(
      iam.send(new EnableMFADeviceCommand({ UserName: "bob", ...codes })),
      noPolicyAllows(alice.arn, "iam:EnableMFADevice", `${USERS}bob`),
    );
    await iam.send(new EnableMFADeviceCommand({ UserName: "alice", ...codes }));
    assert.equal((await iam.send(new ListMFADevicesCommand({}))).MFADevices!.length, 1);
  });

  it("opens the user's own keys and devices to a session with MFA", async () => {
    const iam = emu.iam(await session(emu, alice, serial));
    await iam.send(new ListUsersCommand({}));
    await iam.send(new CreateAccessKeyCommand({}));
    assert.equal((await iam.send(new ListAccessKeysCommand({ UserName: "alice" }))).AccessKeyMetadata!.length, 2);
    await assert.rejects(
      iam.send(new ListAccessKeysCommand({ UserName: "bob" })),
      noPolicyAllows(alice.arn, "iam:ListAccessKeys", `${USERS}bob`),
    );
    await iam.send(new DeactivateMFADeviceCommand({ UserName: "alice", SerialNumber: serial }));
  });
});

describe("policies that look at MFA", () => {
  const emu = emulator();
  let alice: TestUser;
  let serial = "";
  before(async () => {
    alice = await createUser(emu, "alice", {
      statements: [
        { ...allow("iam:ListUsers"), Condition: PRESENT },
        { ...allow("iam:GetUser"), Condition: { NumericLessThan: { "aws:MultiFactorAuthAge": "3600" } } },
        allow("iam:ListAccessKeys"),
        { ...deny("iam:ListAccessKeys"), Condition: { Null: { "aws:MultiFactorAuthAge": "true" } } },
      ],
    });
    serial = await enableMfa(emu, "alice");
  });

  it("allow with Bool for sessions with MFA only: long-term keys lack the key", async () => {
    await assert.rejects(
      emu.iam(alice.credentials).send(new ListUsersCommand({})),
      noPolicyAllows(alice.arn, "iam:ListUsers", USERS),
    );
    await emu.iam(await session(emu, alice, serial)).send(new ListUsersCommand({}));
  });

  it("deny with Null to whoever gave no code", async () => {
    await assert.rejects(
      emu.iam(alice.credentials).send(new ListAccessKeysCommand({})),
      explicitlyDenied(alice.arn, "iam:ListAccessKeys", alice.arn),
    );
    await emu.iam(await session(emu, alice, serial)).send(new ListAccessKeysCommand({}));
  });

  it("limit the age of the code with NumericLessThan", async () => {
    const credentials = await session(emu, alice, serial);
    // Each call comes from a new client, since a client keeps the clock offset that it once learnt from the server.
    const getUser = () => emu.iam(credentials).send(new GetUserCommand({}));
    await getUser();
    emu.server.clock.advance(3599);
    await getUser();
    emu.server.clock.advance(1);
    await assert.rejects(getUser(), noPolicyAllows(alice.arn, "iam:GetUser", alice.arn));
    await emu.iam(credentials).send(new ListUsersCommand({}));
  });
});

describe("trust policies that look at MFA", () => {
  const emu = emulator();
  let alice: TestUser;
  let serial = "";
  before(async () => {
    alice = await createUser(emu, "alice", { statements: [allow("sts:AssumeRole")] });
    serial = await enableMfa(emu, "alice");
  });
  const code = () => {
    emu.server.clock.advance(30);
    return { SerialNumber: serial, TokenCode: emu.server.mfa.code(serial).code };
  };

  it("admit whoever gives a code with the call, or has a session with MFA", async () => {
    const role = await createRole(emu, "with-mfa", { trusts: [trust(alice.arn, "sts:AssumeRole", PRESENT)] });
    await assert.rejects(assume(emu, alice.credentials, role), notAuthorized(alice.arn, "sts:AssumeRole", role.arn));
    await assume(emu, alice.credentials, role, code());
    await assume(emu, await session(emu, alice, serial), role);
    await assert.rejects(
      assume(emu, await session(emu, alice), role),
      notAuthorized(alice.arn, "sts:AssumeRole", role.arn),
    );
  });

  it("limit the age of the session's code, and see that of a code in the call as new", async () => {
    const young = { NumericLessThan: { "aws:MultiFactorAuthAge": "300" } };
    const role = await createRole(emu, "young-mfa", { trusts: [trust(alice.arn, "sts:AssumeRole", young)] });
    const credentials = await session(emu, alice, serial);
    await assume(emu, credentials, role);
    emu.server.clock.advance(300);
    await assert.rejects(assume(emu, credentials, role), notAuthorized(alice.arn, "sts:AssumeRole", role.arn));
    await assume(emu, alice.credentials, role, code());
  });

  it("say nothing of what the role may do: its session carries no MFA", async () => {
    const statements = [{ ...allow("iam:ListUsers"), Condition: PRESENT }, allow("iam:GetUser")];
    const role = await createRole(emu, "inside", { trusts: [trust(alice.arn)], statements });
    const iam = emu.iam(await assume(emu, alice.credentials, role, code()));
    const caller = "arn:aws:sts::000000000000:assumed-role/inside/session";
    await assert.rejects(iam.send(new ListUsersCommand({})), noPolicyAllows(caller, "iam:ListUsers", USERS));
    await iam.send(new GetUserCommand({ UserName: "alice" }));
  });
});

describe("cross-account delegation with an external id and MFA", () => {
  const emu = emulator();
  const VENDOR = "111122223333";
  const root: Credentials = { accessKeyId: VENDOR, secretAccessKey: "test" };

  it("needs the external id, the code and the vendor's own permission, all three", async () => {
    const Condition = { StringEquals: { "sts:ExternalId": "customer-7" }, ...PRESENT };
    const role = await createRole(emu, "vendor-access", {
      trusts: [trust(`arn:aws:iam::${VENDOR}:root`, "sts:AssumeRole", Condition)],
      statements: [allow("iam:ListUsers")],
    });
    const operator = await createUser(emu, "operator", { root, statements: [allow("sts:AssumeRole", role.arn)] });
    const SerialNumber = await enableMfaIn(root, "operator");
    const intern = await createUser(emu, "intern", { root });
    const denied = notAuthorized(operator.arn, "sts:AssumeRole", role.arn);
    const code = () => {
      emu.server.clock.advance(30);
      return { SerialNumber, TokenCode: emu.server.mfa.code(SerialNumber).code };
    };
    const ExternalId = "customer-7";

    await assert.rejects(assume(emu, operator.credentials, role, { ExternalId }), denied);
    await assert.rejects(assume(emu, operator.credentials, role, code()), denied);
    await assert.rejects(assume(emu, operator.credentials, role, { ...code(), ExternalId: "customer-8" }), denied);
    const refusal = notAuthorized(intern.arn, "sts:AssumeRole", role.arn);
    await assert.rejects(assume(emu, intern.credentials, role, { ExternalId }), refusal);
    const credentials = await assume(emu, operator.credentials, role, { ...code(), ExternalId });
    await emu.iam(credentials).send(new ListUsersCommand({}));
  });

  async function enableMfaIn(account: Credentials, UserName: string): Promise<string> {
    const iam = emu.iam(account);
    const { VirtualMFADevice } = await iam.send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: UserName }));
    const SerialNumber = VirtualMFADevice!.SerialNumber!;
    const { code, next } = emu.server.mfa.code(SerialNumber);
    const codes = { AuthenticationCode1: code, AuthenticationCode2: next };
    await iam.send(new EnableMFADeviceCommand({ UserName, SerialNumber, ...codes }));
    return SerialNumber;
  }
});
