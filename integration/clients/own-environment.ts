import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { GetCallerIdentityCommand, STSClient, type STSClientConfig } from "@aws-sdk/client-sts";
import { afterEach, beforeEach } from "mocha";
import type { Credentials, Emulator } from "../emulator.ts";

/** AWS settings of this process during the tests of one `describe`: the emulator's, and none of the developer's. */
export interface OwnEnvironment {
  /** Adds to the environment of the running test. */
  set(variables: Readonly<Record<string, string>>): void;
  /** Writes a file into the running test's home folder and returns its path. */
  write(name: string, text: string): string;
  /** Sets the shared configuration of the running test. Must be its first step, since the SDK reads it once. */
  profiles(text: string): void;
  /** The identity of a provider's credentials, from a client that is configured with nothing but the provider. */
  identity(credentials: STSClientConfig["credentials"]): Promise<string>;
}

export function ownEnvironment(emu: Emulator): OwnEnvironment {
  const ofAws = () => Object.entries(process.env).filter(([name]) => name === "HOME" || name.startsWith("AWS_"));
  const clear = () => {
    for (const [name] of ofAws()) delete process.env[name];
  };
  let saved: [string, string | undefined][] = [];
  let folder = "";
  beforeEach(() => {
    saved = ofAws();
    // A folder for each test, since the SDK caches files by path.
    folder = mkdtempSync(join(tmpdir(), "iam-local-environment-"));
    clear();
    Object.assign(process.env, {
      HOME: folder,
      AWS_ENDPOINT_URL: emu.server.endpoint,
      AWS_REGION: "us-east-1",
      AWS_MAX_ATTEMPTS: "1",
      AWS_CONFIG_FILE: join(folder, "config"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "credentials"),
    });
  });
  afterEach(() => {
    clear();
    Object.assign(process.env, Object.fromEntries(saved));
    rmSync(folder, { recursive: true });
  });
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  return {
    set: (variables) => void Object.assign(process.env, variables),
    write,
    profiles: (text) => void write("config", text),
    async identity(credentials) {
      const sts = new STSClient({ ...(credentials && { credentials }) });
      try {
        return (await sts.send(new GetCallerIdentityCommand({}))).Arn!;
      } finally {
        sts.destroy();
      }
    },
  };
}

/** The variables in which tools look for credentials. */
export const inVariables = ({ accessKeyId, secretAccessKey, sessionToken }: Credentials) => ({
  AWS_ACCESS_KEY_ID: accessKeyId,
  AWS_SECRET_ACCESS_KEY: secretAccessKey,
  ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
});

/** The lines of a profile with these credentials. */
export const inProfile = ({ accessKeyId, secretAccessKey, sessionToken }: Credentials): string =>
  [
    `aws_access_key_id = ${accessKeyId}`,
    `aws_secret_access_key = ${secretAccessKey}`,
    ...(sessionToken === undefined ? [] : [`aws_session_token = ${sessionToken}`]),
  ].join("\n");

/** A command that prints credentials in the form of `credential_process`. */
export function printing({ accessKeyId, secretAccessKey, sessionToken }: Credentials, more: object = {}): string {
  const output = {
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
    ...more,
  };
  return `echo '${JSON.stringify(output)}'`;
}
