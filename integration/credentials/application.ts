import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../process.ts";
import type { Emulator } from "../emulator.ts";

const WHO_AM_I = `
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
const { Arn } = await new STSClient({}).send(new GetCallerIdentityCommand({}));
console.log(Arn);
`;

/**
 * The identity of an unchanged application that finds endpoint and credentials in its environment alone, through the
 * default provider chain of the AWS SDK for JavaScript. Throws the application's error if it finds none.
 */
export const applicationIdentity = (emu: Emulator, env: Readonly<Record<string, string>>): Promise<string> =>
  identityBy(process.execPath, ["--input-type=module", "-e", WHO_AM_I], emu, env);

/** The same for a Python application, with boto3. */
export const pythonIdentity = (emu: Emulator, env: Readonly<Record<string, string>>): Promise<string> =>
  identityBy("python3", ["-c", "import boto3; print(boto3.client('sts').get_caller_identity()['Arn'])"], emu, env);

/** The same for the AWS CLI. */
export const cliIdentity = (emu: Emulator, env: Readonly<Record<string, string>>): Promise<string> =>
  identityBy("aws", ["sts", "get-caller-identity", "--query", "Arn", "--output", "text"], emu, env);

async function identityBy(
  command: string,
  args: readonly string[],
  emu: Emulator,
  env: Readonly<Record<string, string>>,
): Promise<string> {
  // A separate home, since the AWS CLI would use the credentials that it finds there.
  const home = mkdtempSync(join(tmpdir(), "iam-local-home-"));
  const { code, stdout, stderr } = await run(command, args, {
    env: {
      HOME: home,
      AWS_ENDPOINT_URL: emu.server.endpoint,
      AWS_REGION: "us-east-1",
      AWS_DEFAULT_REGION: "us-east-1",
      AWS_CONFIG_FILE: "/dev/null",
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true",
      ...env,
    },
  });
  rmSync(home, { recursive: true });
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}
