import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "mocha";
import { requireInstalled } from "../clients/installed.ts";
import { signedInRoot } from "../console/visitors.ts";
import { applicationIdentity, cliIdentity, pythonIdentity } from "../credentials/application.ts";
import { emulator } from "../emulator.ts";
import { CLI } from "../process.ts";
import { agreeing, home, logIn } from "./login-command.ts";

const ROOT = "arn:aws:iam::000000000000:root";
/** Each test starts processes, and machines may be busy. */
const TIMEOUT = 60_000;

describe("iam-local login --process as a credential_process", () => {
  const emu = emulator();
  const at = home(emu);
  const env = () => ({ ...at.env, AWS_CONFIG_FILE: join(at.folder, "processes"), AWS_PROFILE: "for-all" });

  before(async () => {
    const { code, stderr } = await logIn(at, [], agreeing(await signedInRoot(emu)));
    assert.equal(code, 0, stderr);
    const script = join(at.folder, "process.sh");
    const command = `AWS_CONFIG_FILE='${at.config}' exec '${process.execPath}' '${CLI}' login --process`;
    writeFileSync(script, `#!/bin/sh\n${command}\n`, { mode: 0o700 });
    writeFileSync(join(at.folder, "processes"), `[profile for-all]\ncredential_process = ${script}\n`);
  });

  it("serves the AWS SDK for JavaScript", async () => {
    assert.equal(await applicationIdentity(emu, env()), ROOT);
  });

  describe("of Python", () => {
    requireInstalled("boto3", "python3", "-c", "import boto3");
    it("serves boto3", async () => {
      assert.equal(await pythonIdentity(emu, env()), ROOT);
    });
  });

  describe("of a shell", () => {
    requireInstalled("the AWS CLI", "aws", "--version");
    it("serves the AWS CLI", async () => {
      assert.equal(await cliIdentity(emu, env()), ROOT);
    });
  });
}).timeout(TIMEOUT);
