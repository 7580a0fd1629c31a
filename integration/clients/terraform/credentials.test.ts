import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "mocha";
import { emulator, type Credentials } from "../../emulator.ts";
import { allow, createRole, createUser, enableMfa, trust, withDetails } from "../../fixtures.ts";
import { ask, issue, trustTokens } from "../../idp/provider.ts";
import { BUILD } from "../../process.ts";
import { requireTerraform, Workspace } from "./terraform.ts";

const ISSUER = "https://token.actions.githubusercontent.com";
const AUDIENCE = "sts.amazonaws.com";
const SUBJECT = "repo:octo-org/app:ref:refs/heads/main";
const ACCOUNT = "arn:aws:iam::000000000000";

describe("Terraform's ways to credentials", function () {
  // A command takes ten seconds on two idle cores, mostly for starting the provider.
  this.timeout(300_000);
  requireTerraform();
  // By this machine's time, with which the provider signs.
  const emu = emulator({ now: Date.now(), idp: true });
  let workspace: Workspace;

  before(async () => {
    const jane = await createUser(emu, "Jane", {
      statements: [allow(["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"])],
    });
    await createUser(emu, "Joe");
    await createRole(emu, "deploy", {
      trusts: [
        trust(jane.arn, ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"], {
          Bool: { "aws:MultiFactorAuthPresent": "true" },
          StringEquals: { "sts:ExternalId": "contract-7", "aws:RequestTag/team": "blue" },
        }),
      ],
      statements: [allow("iam:*")],
    });
    const { oidcProviderArn: arn } = await ask(emu, "providers", { issuer: ISSUER, clientIds: [AUDIENCE] });
    const claims = {
      "token.actions.githubusercontent.com:aud": AUDIENCE,
      "token.actions.githubusercontent.com:sub": SUBJECT,
    };
    await createRole(emu, "ci", { trusts: [trustTokens(arn, claims)] });

    const configFile = "config";
    workspace = new Workspace("credentials", { AWS_CONFIG_FILE: configFile, AWS_ENDPOINT_URL: emu.server.endpoint });
    const command = [
      process.execPath,
      join(BUILD, "integration/clients/terraform/session-with-mfa.js"),
      emu.server.endpoint,
    ];
    workspace.write(
      configFile,
      `[profile with-mfa]\ncredential_process = ${credentialProcess(command, await enableMfa(emu, "Jane"), jane.credentials)}\n` +
        `[profile without-mfa]\naws_access_key_id = ${jane.credentials.accessKeyId}\naws_secret_access_key = ${jane.credentials.secretAccessKey}\n`,
    );
    await workspace.initialize();
  });
  after(() => workspace?.remove());

  const credentialProcess = (command: readonly string[], serial: string, keys: Credentials) =>
    `env AWS_ACCESS_KEY_ID=${keys.accessKeyId} AWS_SECRET_ACCESS_KEY=${keys.secretAccessKey} ${[...command, serial].join(" ")}`;

  /** The refusals of a plan with this profile and a token for this subject. */
  async function refusals(profile: string, sub: string): Promise<readonly string[]> {
    workspace.write("token", await issue(emu, { issuer: ISSUER, aud: AUDIENCE, sub }));
    workspace.set({ profile, web_identity_token_file: "token" });
    return (await workspace.plan()).errors;
  }

  it("are a process that gives a session with MFA, a role with external id, tags and a session policy, and a token", async () => {
    // Enabling the device used the codes of now and of the next half minute.
    emu.server.clock.advance(60);
    const [refusal, ...others] = await refusals("with-mfa", SUBJECT);
    assert.deepEqual(others, []);
    assert.match(
      refusal!,
      withDetails(
        "getting user: operation error IAM: GetUser, https response error StatusCode: 403, api error AccessDenied: " +
          "User: arn:aws:sts::000000000000:assumed-role/deploy/terraform is not authorized to perform: iam:GetUser on resource: " +
          `${ACCOUNT}:user/Joe because no session policy allows the iam:GetUser action`,
      ),
    );
    const succeeded = emu.server
      .trail()
      .filter(({ errorCode }) => errorCode === undefined)
      .map(({ eventName, userIdentity }) => `${eventName} ${userIdentity?.arn}`);
    const calls = [
      `GetSessionToken ${ACCOUNT}:user/Jane`,
      `AssumeRole ${ACCOUNT}:user/Jane`,
      "GetCallerIdentity arn:aws:sts::000000000000:assumed-role/deploy/terraform",
      "GetUser arn:aws:sts::000000000000:assumed-role/deploy/terraform",
      "GetCallerIdentity arn:aws:sts::000000000000:assumed-role/ci/workflow",
    ];
    assert.deepEqual(
      calls.filter((call) => !succeeded.includes(call)),
      [],
    );
    const assumed = emu.server.trail().find(({ eventName }) => eventName === "AssumeRole")!;
    const { policy, ...parameters } = assumed.requestParameters as { policy: string };
    assert.deepEqual(parameters, {
      roleArn: `${ACCOUNT}:role/deploy`,
      roleSessionName: "terraform",
      externalId: "contract-7",
      durationSeconds: 3600,
      sourceIdentity: "jane",
      tags: [{ Key: "team", Value: "blue" }],
      transitiveTagKeys: ["team"],
    });
    assert.equal(JSON.parse(policy).Statement[0].Action, "iam:GetUser");
  });

  it("are refused without MFA, and with a token for somebody else", async () => {
    const errors = await refusals("without-mfa", "repo:octo-org/app:pull_request");
    assert.deepEqual(errors.map((error) => error.replace(/^[^]*\n/, "")).toSorted(), [
      "Error: failed to retrieve credentials, operation error STS: AssumeRoleWithWebIdentity, https response error " +
        "StatusCode: 403, api error AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity",
      "Error: operation error STS: AssumeRole, https response error StatusCode: 403, api error AccessDenied: " +
        `User: ${ACCOUNT}:user/Jane is not authorized to perform: sts:AssumeRole on resource: ${ACCOUNT}:role/deploy`,
    ]);
  });
});
