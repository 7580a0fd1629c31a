import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromIni, fromTemporaryCredentials } from "@aws-sdk/credential-providers";
import { IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { after, before, beforeEach, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, enableMfa, trust, type TestUser } from "../fixtures.ts";

type Provider = ReturnType<typeof fromIni>;

describe("the AWS SDK for JavaScript, v3", () => {
  // By this machine's time, since the SDK renews credentials that have expired by it.
  const emu = emulator({ now: Date.now() });
  let jane: TestUser;
  let serial: string;
  let roleArn: string;

  before(async () => {
    jane = await createUser(emu, "jane", { statements: [allow("sts:AssumeRole")] });
    serial = await enableMfa(emu, "jane");
    const mfa = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
    ({ arn: roleArn } = await createRole(emu, "admin", {
      trusts: [trust(jane.arn, "sts:AssumeRole", mfa)],
      statements: [allow("iam:ListUsers")],
    }));
  });
  beforeEach(() => emu.server.clock.advance(30));

  const clientConfig = () => ({ endpoint: emu.server.endpoint, region: "us-east-1", maxAttempts: 1 });
  const asked: string[] = [];
  const mfaCodeProvider = async (device: string) => {
    asked.push(device);
    return emu.server.mfa.code(device).code;
  };

  /** The identity of the credentials; checks that they may do what the role may. */
  async function identity(credentials: Provider): Promise<string> {
    const iam = new IAMClient({ ...clientConfig(), credentials });
    // The credentials that the first client has cached, since a code can be used once.
    const sts = new STSClient({ ...clientConfig(), credentials: iam.config.credentials });
    try {
      await iam.send(new ListUsersCommand({}));
      return (await sts.send(new GetCallerIdentityCommand({}))).Arn!;
    } finally {
      sts.destroy();
      iam.destroy();
    }
  }

  describe("fromTemporaryCredentials", () => {
    const provider = (code: (device: string) => Promise<string>) =>
      fromTemporaryCredentials({
        masterCredentials: jane.credentials,
        params: { RoleArn: roleArn, RoleSessionName: "work", SerialNumber: serial },
        mfaCodeProvider: code,
        clientConfig: clientConfig(),
      });

    it("assumes a role that demands MFA, and asks for the code", async () => {
      asked.length = 0;
      assert.equal(await identity(provider(mfaCodeProvider)), "arn:aws:sts::000000000000:assumed-role/admin/work");
      assert.deepEqual(asked, [serial]);
    });

    it("is refused for a wrong code", async () => {
      const wrong = emu.server.mfa.code(serial).code.replace(/./g, (digit) => String((Number(digit) + 1) % 10));
      await assert.rejects(provider(async () => wrong)(), {
        name: "AccessDenied",
        message: "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
      });
    });

    it("is refused the role without MFA", async () => {
      const withoutMfa = fromTemporaryCredentials({
        masterCredentials: jane.credentials,
        params: { RoleArn: roleArn, RoleSessionName: "work" },
        clientConfig: clientConfig(),
      });
      await assert.rejects(withoutMfa(), {
        name: "AccessDenied",
        message: `User: ${jane.arn} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
      });
    });
  });

  describe("a shared-config profile with role_arn, source_profile and mfa_serial", () => {
    const home = mkdtempSync(join(tmpdir(), "iam-local-sdk-"));
    after(() => rmSync(home, { recursive: true }));

    it("assumes the role, and asks for the code", async () => {
      const configFilepath = join(home, "config");
      const filepath = join(home, "credentials");
      writeFileSync(
        configFilepath,
        `[profile admin]\nrole_arn = ${roleArn}\nrole_session_name = profile\nsource_profile = jane\nmfa_serial = ${serial}\n`,
      );
      writeFileSync(
        filepath,
        `[jane]\naws_access_key_id = ${jane.credentials.accessKeyId}\naws_secret_access_key = ${jane.credentials.secretAccessKey}\n`,
      );
      asked.length = 0;
      const provider = fromIni({
        profile: "admin",
        configFilepath,
        filepath,
        mfaCodeProvider,
        clientConfig: clientConfig(),
      });
      assert.equal(await identity(provider), "arn:aws:sts::000000000000:assumed-role/admin/profile");
      assert.deepEqual(asked, [serial]);
    });
  });
});
