import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { STSClient, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { fromNodeProviderChain, fromTokenFile, fromWebToken } from "@aws-sdk/credential-providers";
import { after, afterEach, before, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { createRole, type TestRole } from "../fixtures.ts";
import {
  createProvider,
  sign,
  signingKey,
  claimsOf,
  tokenIssuer,
  trustFederated,
  UNVERIFIED,
} from "../sts/token-issuer.ts";

const VARIABLES = [
  "AWS_WEB_IDENTITY_TOKEN_FILE",
  "AWS_ROLE_ARN",
  "AWS_ROLE_SESSION_NAME",
  "AWS_ENDPOINT_URL_STS",
  "AWS_REGION",
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
] as const;

describe("the SDK's own providers of web identity credentials", () => {
  const emu = emulator();
  const issuer = tokenIssuer();
  const folder = mkdtempSync(join(tmpdir(), "iam-local-token-"));
  const file = join(folder, "token");
  const saved = VARIABLES.map((name) => [name, process.env[name]] as const);
  const clients: STSClient[] = [];
  let role: TestRole;

  before(async () => {
    role = await createRole(emu, "app", { trusts: [trustFederated(await createProvider(emu, issuer.url))] });
    writeFileSync(file, await issuer.token());
  });
  afterEach(() => {
    for (const client of clients.splice(0)) client.destroy();
    for (const [name, value] of saved) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  });
  after(() => rmSync(folder, { recursive: true }));

  const here = () => ({ clientConfig: { endpoint: emu.server.endpoint, region: "us-east-1" } });
  const identity = async (credentials: ReturnType<typeof fromWebToken>) => {
    const sts = new STSClient({ endpoint: emu.server.endpoint, region: "us-east-1", credentials });
    clients.push(sts);
    return (await sts.send(new GetCallerIdentityCommand({}))).Arn;
  };

  it("take a token", async () => {
    const webIdentityToken = await issuer.token();
    const provider = fromWebToken({ ...here(), roleArn: role.arn, roleSessionName: "by-token", webIdentityToken });
    assert.equal(await identity(provider), "arn:aws:sts::000000000000:assumed-role/app/by-token");
  });

  it("take a file", async () => {
    const provider = fromTokenFile({
      ...here(),
      roleArn: role.arn,
      roleSessionName: "by-file",
      webIdentityTokenFile: file,
    });
    assert.equal(await identity(provider), "arn:aws:sts::000000000000:assumed-role/app/by-file");
  });

  it("take what Kubernetes puts into the environment, in an application that knows nothing of it", async () => {
    const environment: Record<(typeof VARIABLES)[number], string> = {
      AWS_WEB_IDENTITY_TOKEN_FILE: file,
      AWS_ROLE_ARN: role.arn,
      AWS_ROLE_SESSION_NAME: "by-environment",
      AWS_ENDPOINT_URL_STS: emu.server.endpoint,
      AWS_REGION: "us-east-1",
      AWS_CONFIG_FILE: join(folder, "none"),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "none"),
    };
    Object.assign(process.env, environment);
    assert.equal(await identity(fromNodeProviderChain()), "arn:aws:sts::000000000000:assumed-role/app/by-environment");
  });

  it("are refused with a token that somebody else has signed", async () => {
    const forged = await sign(claimsOf(issuer.url), { ...(await signingKey()), kid: issuer.key.kid });
    const provider = fromWebToken({
      ...here(),
      roleArn: role.arn,
      roleSessionName: "forger",
      webIdentityToken: forged,
    });
    await assert.rejects(identity(provider), UNVERIFIED);
  });
});
