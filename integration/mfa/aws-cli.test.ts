import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import { createUser } from "../fixtures.ts";
import { run } from "../process.ts";
import { control } from "./control.ts";

describe("a hardware token by the AWS CLI", function () {
  // Each call starts Python.
  this.timeout(60_000);
  // The CLI signs with the machine's clock, which is accepted while the emulator's stands still.
  const emu = emulator();

  before(function () {
    if (spawnSync("aws", ["--version"]).status === 0) return;
    console.warn("    SKIPPED: the AWS CLI is not installed here, so nothing was tried with it");
    this.skip();
  });

  /** Runs the CLI with these keys; what it prints, as JSON, and what it says to standard error. */
  async function aws(credentials: Credentials, ...args: string[]) {
    const { code, stdout, stderr } = await run(
      "aws",
      [...args, "--endpoint-url", emu.server.endpoint, "--output", "json"],
      {
        env: {
          HOME: process.env["HOME"] ?? "/nonexistent",
          AWS_CONFIG_FILE: "/nonexistent",
          AWS_SHARED_CREDENTIALS_FILE: "/nonexistent",
          AWS_EC2_METADATA_DISABLED: "true",
          AWS_MAX_ATTEMPTS: "1",
          AWS_REGION: "us-east-1",
          AWS_DEFAULT_REGION: "us-east-1",
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
        },
      },
    );
    return { code, json: stdout.trim() === "" ? undefined : (JSON.parse(stdout) as unknown), stderr };
  }

  it("is enabled with two codes, gives a session, and is used up code by code", async () => {
    const { credentials } = await createUser(emu, "ann");
    const root = emu.server.rootCredentials;
    const serial = "GAHT12345678";
    await control(emu, "hardware-tokens", { serialNumber: serial });
    const { code, next } = emu.server.mfa.code(serial);

    const enable = (serialNumber: string) => {
      const options = {
        "user-name": "ann",
        "serial-number": serialNumber,
        "authentication-code1": code,
        "authentication-code2": next!,
      };
      return aws(
        root,
        "iam",
        "enable-mfa-device",
        ...Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]),
      );
    };
    const unknown = await enable("GAHT00000000");
    assert.notEqual(unknown.code, 0);
    assert.match(
      unknown.stderr,
      /An error occurred \(NoSuchEntity\) when calling the EnableMFADevice operation: MFA Device with serial number GAHT00000000 does not exist\./,
    );
    const enabling = await enable(serial);
    assert.deepEqual([enabling.code, enabling.stderr.trim()], [0, ""]);

    const { json: listed } = await aws(root, "iam", "list-mfa-devices", "--user-name", "ann");
    const { MFADevices } = listed as { MFADevices: { SerialNumber: string; UserName: string }[] };
    assert.deepEqual(
      MFADevices.map(({ UserName, SerialNumber }) => [UserName, SerialNumber]),
      [["ann", serial]],
    );

    const ask = ["sts", "get-session-token", "--serial-number", serial, "--token-code", code];
    const { json: session } = await aws(credentials, ...ask);
    assert.match((session as { Credentials: { AccessKeyId: string } }).Credentials.AccessKeyId, /^ASIA/);

    const again = await aws(credentials, ...ask);
    assert.notEqual(again.code, 0);
    assert.match(
      again.stderr,
      /An error occurred \(AccessDenied\) when calling the GetSessionToken operation: MultiFactorAuthentication failed with invalid MFA one time pass code\./,
    );
  });
});
