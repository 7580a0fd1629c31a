import assert from "node:assert/strict";
import { AddRoleToInstanceProfileCommand, CreateInstanceProfileCommand } from "@aws-sdk/client-iam";
import { AssumeRoleWithSAMLCommand, AssumeRoleWithWebIdentityCommand } from "@aws-sdk/client-sts";
import { decodeJwt } from "jose";
import { describe, it } from "mocha";
import { applicationIdentity } from "../credentials/application.ts";
import { emulator, type Emulator } from "../emulator.ts";
import { createRole } from "../fixtures.ts";
import { CLI, runCli, withProcess } from "../process.ts";
import { trustProvider } from "../saml-responses.ts";
import { trustTokens } from "./provider.ts";

/** Runs the command line against the emulator; returns its output. */
async function cli(emu: Emulator, ...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await runCli([...args, "--endpoint", emu.server.endpoint]);
  assert.equal(code, 0, stderr);
  return stdout.trim();
}

/** The variables that `export A=b` lines set. */
const exported = (lines: string): Record<string, string> =>
  Object.fromEntries([...lines.matchAll(/^export (\w+)=(.*)$/gm)].map(([, name, value]) => [name, value])) as Record<
    string,
    string
  >;

const GITHUB = "token.actions.githubusercontent.com";

describe("iam-local idp", () => {
  const emu = emulator({ idp: true });

  it("registers, issues a token and assumes a role with it", async () => {
    const provider = await cli(emu, "idp", "register", "--preset", "github-actions");
    assert.equal(provider, `arn:aws:iam::000000000000:oidc-provider/${GITHUB}`);
    const { arn: RoleArn } = await createRole(emu, "deploy", {
      trusts: [trustTokens(provider, { [`${GITHUB}:sub`]: "repo:octo-org/app:environment:prod" })],
    });
    const claims = ["--claim", "repository=octo-org/app", "--claim", "environment=prod"];
    const WebIdentityToken = await cli(emu, "idp", "token", "--preset", "github-actions", ...claims);
    const input = { RoleArn, RoleSessionName: "ci", WebIdentityToken };
    await emu.sts().send(new AssumeRoleWithWebIdentityCommand(input));
  });

  it("prints a token without a line end, so that a file of it is a token file", async () => {
    const { stdout } = await runCli(["idp", "token", "--endpoint", emu.server.endpoint]);
    assert.match(stdout, /^[\w-]+\.[\w-]+\.[\w-]+$/);
    assert.ok(!stdout.endsWith("\n"));
  });

  it("puts all that it is told into a token", async () => {
    const identity = [
      "--sub",
      "ann",
      "--aud",
      "a",
      "--aud",
      "b",
      "--claims",
      '{"groups": ["x"], "n": 1}',
      "--claim",
      "n=2",
    ];
    const session = ["--expires-in", "60", "--source-identity", "ann", "--tag", "team=blue", "--transitive", "team"];
    const token = await cli(emu, "idp", "token", ...identity, ...session);
    const { jti: _, iss: __, ...claims } = decodeJwt(token);
    const now = Date.UTC(2026, 10, 24, 12, 0, 0) / 1000;
    assert.deepEqual(claims, {
      sub: "ann",
      aud: ["a", "b"],
      iat: now,
      nbf: now,
      exp: now + 60,
      groups: ["x"],
      n: "2",
      "https://aws.amazon.com/tags": { principal_tags: { team: ["blue"] }, transitive_tag_keys: ["team"] },
      "https://aws.amazon.com/source_identity": "ann",
    });
  });

  it("issues a SAML response and assumes a role with it", async () => {
    const [, PrincipalArn = ""] = (await cli(emu, "idp", "register")).split("\n");
    assert.equal(PrincipalArn, "arn:aws:iam::000000000000:saml-provider/iam-local");
    const { arn: RoleArn } = await createRole(emu, "sso", { trusts: [trustProvider(PrincipalArn)] });
    const SAMLAssertion = await cli(emu, "idp", "saml", "--role", RoleArn, "--session-name", "ann");
    const { AssumedRoleUser } = await emu
      .sts()
      .send(new AssumeRoleWithSAMLCommand({ RoleArn, PrincipalArn, SAMLAssertion }));
    assert.equal(AssumedRoleUser!.Arn, "arn:aws:sts::000000000000:assumed-role/sso/ann");
  });

  it("says what is wrong", async () => {
    const failed = async (code: number, message: RegExp, ...args: string[]) => {
      const ended = await runCli([...args, "--endpoint", emu.server.endpoint]);
      assert.match(ended.stderr, message);
      assert.equal(ended.code, code);
    };
    await failed(1, /^iam-local: preset must be one of github-actions, /, "idp", "token", "--preset", "x");
    await failed(
      2,
      /--claim <NAME=VALUE>' argument 'x' is invalid\. It takes NAME=VALUE\./,
      "idp",
      "token",
      "--claim",
      "x",
    );
    await failed(2, /It takes a JSON object\./, "idp", "token", "--claims", "[]");
    await failed(2, /required option '--role <ARN>' not specified/, "idp", "saml");
  });
}).timeout(30_000);

describe("iam-local start --idp", () => {
  it("warns that whoever reaches the provider can be anybody", async () => {
    const args = [CLI, "start", "--port", "0", "--idp"];
    const { stdout } = await withProcess(process.execPath, args, {}, async () => {});
    assert.match(stdout, /^ {2}idp {8}http:\/\/127\.0\.0\.1:\d+\/_idp$/m);
    assert.match(stdout, /^ {2}!! The identity provider is on \(--idp\): whoever reaches it can be anybody /m);
  });
}).timeout(30_000);

describe("iam-local idp, where the identity provider is off,", () => {
  const emu = emulator();

  it("says how to have it", async () => {
    const { code, stderr } = await runCli(["idp", "token", "--endpoint", emu.server.endpoint]);
    assert.equal(code, 1);
    assert.match(stderr, /^iam-local: The built-in identity provider is off, .*--idp\.\n$/);
  });
}).timeout(30_000);

describe("iam-local container-credentials and instance-profile", () => {
  const emu = emulator({ now: Date.now() });
  const trustService = (Service: string) => ({
    Principal: { Service },
    Action: ["sts:AssumeRole", "sts:TagSession"],
  });

  it("print the environment in which an application finds its role", async () => {
    await createRole(emu, "task", { trusts: [trustService("ecs-tasks.amazonaws.com")] });
    const task = exported(await cli(emu, "container-credentials", "--role", "task", "--session-name", "one"));
    assert.equal(await applicationIdentity(emu, task), "arn:aws:sts::000000000000:assumed-role/task/one");

    const { arn } = await createRole(emu, "pod", { trusts: [trustService("pods.eks.amazonaws.com")] });
    const pod = exported(await cli(emu, "container-credentials", "--role", arn, "--namespace", "shop"));
    assert.match(
      await applicationIdentity(emu, pod),
      /^arn:aws:sts::000000000000:assumed-role\/pod\/eks-iam-local-pod-/,
    );

    await createRole(emu, "web", { trusts: [trustService("ec2.amazonaws.com")] });
    const InstanceProfileName = "web-profile";
    await emu.iam().send(new CreateInstanceProfileCommand({ InstanceProfileName }));
    await emu.iam().send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: "web" }));
    const web = exported(await cli(emu, "instance-profile", InstanceProfileName));
    assert.match(await applicationIdentity(emu, web), /^arn:aws:sts::000000000000:assumed-role\/web\/i-0[0-9a-f]{16}$/);
  });
}).timeout(60_000);
