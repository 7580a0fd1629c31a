import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { withDetails } from "../fixtures.ts";
import { run } from "../process.ts";
import { requireInstalled } from "./installed.ts";

describe("boto3", () => {
  requireInstalled("boto3", "python3", "-c", "import boto3");
  // By this machine's time, since boto3 does not use sessions that have expired by it.
  const emu = emulator({ now: Date.now() });
  const home = mkdtempSync(join(tmpdir(), "iam-local-boto3-"));
  after(() => rmSync(home, { recursive: true }));
  let outcomes: Readonly<Record<string, unknown>>;

  before(async function () {
    this.timeout(60_000);
    const { code, stdout, stderr } = await run("python3", ["-"], {
      cwd: home,
      stdin: readFileSync("integration/clients/flows.py", "utf8"),
      env: {
        HOME: home,
        AWS_CONFIG_FILE: join(home, "config"),
        AWS_SHARED_CREDENTIALS_FILE: join(home, "credentials"),
        AWS_ACCESS_KEY_ID: emu.server.rootCredentials.accessKeyId,
        AWS_SECRET_ACCESS_KEY: emu.server.rootCredentials.secretAccessKey,
        AWS_DEFAULT_REGION: "us-east-1",
        AWS_ENDPOINT_URL: emu.server.endpoint,
        AWS_EC2_METADATA_DISABLED: "true",
      },
    });
    assert.equal(code, 0, stderr);
    outcomes = Object.fromEntries(
      stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as [string, unknown]),
    );
  });

  const ada = "arn:aws:iam::000000000000:user/lab/ada";
  const role = "arn:aws:iam::000000000000:role/lab";
  const serial = "arn:aws:iam::000000000000:mfa/ada";
  const expected: Readonly<Record<string, readonly [step: string, outcome: unknown]>> = {
    "creates a user with tags beyond ASCII": ["create_user", [ada, [{ Key: "team", Value: "grün + co" }], "datetime"]],
    "reads a policy back as it was written": ["get_user_policy", true],
    "lets the user do what the policy allows": ["allowed", "ada"],
    "shows the refusal of what it does not allow": [
      "not allowed",
      withDetails(
        `403 AccessDenied User: ${ada} is not authorized to perform: iam:ListUsers on resource: arn:aws:iam::000000000000:user/ because no identity-based policy allows the iam:ListUsers action`,
      ),
    ],
    "shows that an entity does not exist": [
      "no such user",
      [404, "NoSuchEntity", "The user with name nobody cannot be found."],
    ],
    "raises the exception that is modelled": ["modelled exception", "User with name ada already exists."],
    "creates a virtual MFA device with its seed and a PNG": [
      "create_virtual_mfa_device",
      [serial, 64, "89504e470d0a1a0a"],
    ],
    "gets a session with MFA, which may call IAM": ["session with MFA", "ada"],
    "is refused a code that was used before": [
      "code used before",
      [403, "AccessDenied", "MultiFactorAuthentication failed with invalid MFA one time pass code. "],
    ],
    "is refused by IAM with a session without MFA": [
      "session without MFA at IAM",
      [403, "InvalidClientTokenId", "The security token included in the request is invalid"],
    ],
    "is refused a role that demands MFA": [
      "role without MFA",
      [403, "AccessDenied", `User: ${ada} is not authorized to perform: sts:AssumeRole on resource: ${role}`],
    ],
    "assumes it by a profile with mfa_serial": [
      "profile with mfa_serial",
      "arn:aws:sts::000000000000:assumed-role/lab",
    ],
    "reads lists page by page": ["pages", ["ada", "ben"]],
    "calls by a presigned URL": ["presigned", 200],
  };

  for (const [sentence, [step, outcome]] of Object.entries(expected)) {
    it(sentence, () => {
      // A regular expression matches outcomes that differ each time.
      if (outcome instanceof RegExp) assert.match((outcomes[step] as unknown[]).join(" "), outcome);
      else assert.deepEqual(outcomes[step], outcome);
    });
  }

  it("has no step that is not looked at", () => {
    assert.deepEqual(
      Object.keys(outcomes),
      Object.values(expected).map(([step]) => step),
    );
  });
});
