import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  CreateAccessKeyCommand,
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetUserCommand,
  IAMClient,
  ListMFADevicesCommand,
  ResyncMFADeviceCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetSessionTokenCommand, STSClient } from "@aws-sdk/client-sts";
import { start, type IamLocal } from "../server/index.ts";
import type { Credentials } from "./emulator.ts";

const NOON = Date.UTC(2026, 10, 24, 12, 0, 0);

describe("State in a folder", () => {
  let folder: string;
  let server: IamLocal;

  const begin = async () => {
    server = await start({ port: 0, data: folder, now: NOON, log: () => {} });
    server.clock.freeze();
  };
  const restart = async () => {
    const now = server.clock.now();
    await server.close();
    await begin();
    server.clock.set(now);
  };
  const config = (credentials: Credentials = server.rootCredentials) => ({
    endpoint: server.endpoint,
    region: "us-east-1",
    maxAttempts: 1,
    credentials: credentials as { accessKeyId: string; secretAccessKey: string; sessionToken?: string },
  });
  const iam = (credentials?: Credentials) => new IAMClient(config(credentials));
  const sts = (credentials?: Credentials) => new STSClient(config(credentials));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "iam-local-state-"));
    await begin();
  });
  afterEach(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  /** A user with a key and an enabled virtual device. */
  const holder = async () => {
    await iam().send(new CreateUserCommand({ UserName: "ann" }));
    const { AccessKey } = await iam().send(new CreateAccessKeyCommand({ UserName: "ann" }));
    const { VirtualMFADevice } = await iam().send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "ann" }));
    const SerialNumber = VirtualMFADevice!.SerialNumber!;
    const { code, next } = server.mfa.code(SerialNumber);
    const pair = { UserName: "ann", SerialNumber, AuthenticationCode1: code, AuthenticationCode2: next! };
    await iam().send(new EnableMFADeviceCommand(pair));
    return {
      SerialNumber,
      pair,
      credentials: { accessKeyId: AccessKey!.AccessKeyId!, secretAccessKey: AccessKey!.SecretAccessKey! },
    };
  };

  it("keeps users, keys and devices over a restart", async () => {
    const { SerialNumber, credentials } = await holder();
    const before = await iam().send(new GetUserCommand({ UserName: "ann" }));
    await restart();
    assert.deepEqual((await iam().send(new GetUserCommand({ UserName: "ann" }))).User, before.User);
    assert.equal((await sts(credentials).send(new GetCallerIdentityCommand({}))).UserId, before.User!.UserId);
    const { MFADevices } = await iam().send(new ListMFADevicesCommand({ UserName: "ann" }));
    assert.deepEqual(
      MFADevices!.map((device) => device.SerialNumber),
      [SerialNumber],
    );
  });

  it("refuses a code after a restart that was used before it, and takes the next", async () => {
    const { SerialNumber, credentials } = await holder();
    server.clock.advance(300);
    const TokenCode = server.mfa.code(SerialNumber).code;
    const use = (code: string) => sts(credentials).send(new GetSessionTokenCommand({ SerialNumber, TokenCode: code }));
    await use(TokenCode);
    await restart();
    await assert.rejects(use(TokenCode), {
      name: "AccessDenied",
      message: "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
    });
    await use(server.mfa.code(SerialNumber).next!);
  });

  it("refuses a used code also when the process died right after the answer", async () => {
    const { SerialNumber, credentials } = await holder();
    server.clock.advance(300);
    const TokenCode = server.mfa.code(SerialNumber).code;
    await sts(credentials).send(new GetSessionTokenCommand({ SerialNumber, TokenCode }));
    // A killed process leaves only what is on the disk at this moment.
    const journal = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), "utf8"))
      .join("");
    assert.ok(journal.includes("used-codes"), "the used code is not on the disk when the answer is out");
  });

  it("remembers the attempt budget and the last pair of codes of a device", async () => {
    const { SerialNumber, pair, credentials } = await holder();
    const attempt = () => sts(credentials).send(new GetSessionTokenCommand({ SerialNumber, TokenCode: "000000" }));
    for (let i = 0; i < 9; i++) await assert.rejects(attempt(), { name: "AccessDenied" });
    await restart();
    await assert.rejects(
      sts(credentials).send(
        new GetSessionTokenCommand({ SerialNumber, TokenCode: server.mfa.code(SerialNumber).code }),
      ),
      {
        name: "AccessDenied",
        message:
          "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
      },
    );
    await assert.rejects(iam().send(new ResyncMFADeviceCommand(pair)), {
      name: "InvalidAuthenticationCodeException",
      message: "Authentication code for device is not valid.",
    });
  });

  it("keeps sessions over a restart, and ends them with a reset", async () => {
    const { credentials } = await holder();
    const { Credentials: issued } = await sts(credentials).send(new GetSessionTokenCommand({}));
    const session = {
      accessKeyId: issued!.AccessKeyId!,
      secretAccessKey: issued!.SecretAccessKey!,
      sessionToken: issued!.SessionToken!,
    };
    await restart();
    await sts(session).send(new GetCallerIdentityCommand({}));
    await server.reset();
    await assert.rejects(sts(session).send(new GetCallerIdentityCommand({})), {
      name: "InvalidClientTokenId",
      message: "The security token included in the request is invalid",
    });
    await assert.rejects(iam().send(new GetUserCommand({ UserName: "ann" })), { name: "NoSuchEntityException" });
    assert.equal((await sts().send(new GetCallerIdentityCommand({}))).Arn, "arn:aws:iam::000000000000:root");
  });

  it("is forgotten for good by a reset", async () => {
    await holder();
    await server.reset();
    await restart();
    await assert.rejects(iam().send(new GetUserCommand({ UserName: "ann" })), { name: "NoSuchEntityException" });
  });

  it("is private, and does not hold the sealing key in its snapshot", async () => {
    await holder();
    await server.close();
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    const key = readFileSync(join(folder, "sealing-key"), "utf8").trim();
    for (const name of readdirSync(folder)) {
      assert.equal(statSync(join(folder, name)).mode & 0o777, 0o600, name);
      if (name !== "sealing-key") assert.ok(!readFileSync(join(folder, name), "utf8").includes(key), name);
    }
    await begin();
  });

  it("is refused to a second emulator", async () => {
    await assert.rejects(start({ port: 0, data: folder, log: () => {} }), /process/);
  });
});
