import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ListUsersCommand } from "@aws-sdk/client-iam";
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { fromTokenFile, fromWebToken } from "@aws-sdk/credential-providers";
import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { after, before, describe, it } from "mocha";
import { requireInstalled } from "../clients/installed.ts";
import { applicationIdentity, cliIdentity, pythonIdentity } from "../credentials/application.ts";
import { emulator, type Emulator } from "../emulator.ts";
import { allow, createRole, credentialsOf } from "../fixtures.ts";
import { ask, issue, trustTokens } from "./provider.ts";

const assume = (emu: Emulator, RoleArn: string, WebIdentityToken: string) =>
  emu.sts().send(new AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: "session", WebIdentityToken }));

const NOT_AUTHORIZED = {
  name: "AccessDenied",
  message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
};

describe("the built-in identity provider's tokens", () => {
  const emu = emulator({ idp: true });
  const issuer = () => `${emu.server.endpoint}/_idp`;
  const keyPrefix = () => issuer().slice("http://".length);

  it("are verified by a stock JWT library, by discovery", async () => {
    const discovery = await fetch(`${issuer()}/.well-known/openid-configuration`);
    const { issuer: named, jwks_uri: keys } = (await discovery.json()) as { issuer: string; jwks_uri: string };
    const token = await issue(emu, { sub: "ann", aud: "app" });
    const { payload, protectedHeader } = await jwtVerify(token, createRemoteJWKSet(new URL(keys)), {
      issuer: named,
      audience: "app",
      currentDate: new Date(emu.server.clock.now()),
    });
    assert.equal(named, issuer());
    assert.equal(protectedHeader.alg, "RS256");
    const { jti, ...claims } = payload;
    assert.match(jti!, /^[0-9a-f-]{36}$/);
    const now = Date.UTC(2026, 10, 24, 12, 0, 0) / 1000;
    assert.deepEqual(claims, { iss: issuer(), sub: "ann", aud: "app", iat: now, nbf: now, exp: now + 3600 });
  });

  it("assume a role once the account trusts the provider, which takes one call", async () => {
    const { oidcProviderArn } = await ask(emu, "providers", { clientIds: ["app"] });
    assert.equal(oidcProviderArn, `arn:aws:iam::000000000000:oidc-provider/${keyPrefix()}`);
    const { arn } = await createRole(emu, "app", {
      trusts: [trustTokens(oidcProviderArn, { [`${keyPrefix()}:sub`]: "ann", [`${keyPrefix()}:aud`]: "app" })],
      statements: [allow("iam:ListUsers")],
    });
    const assumed = await assume(emu, arn, await issue(emu, { sub: "ann", aud: "app" }));
    assert.equal(assumed.SubjectFromWebIdentityToken, "ann");
    await emu.iam(credentialsOf(assumed)).send(new ListUsersCommand({}));
    await assert.rejects(assume(emu, arn, await issue(emu, { sub: "bob", aud: "app" })), NOT_AUTHORIZED);
    await assert.rejects(assume(emu, arn, await issue(emu, { sub: "ann", aud: "other" })), {
      name: "InvalidIdentityTokenException",
      message: "Incorrect token audience",
    });
  });

  it("bring session tags and a source identity", async () => {
    const { oidcProviderArn } = await ask(emu, "providers");
    const condition = (team: string) => ({
      StringEquals: { "aws:PrincipalTag/team": team, "aws:SourceIdentity": "ann" },
    });
    const { arn } = await createRole(emu, "tagged", {
      trusts: [
        trustTokens(oidcProviderArn, { [`${keyPrefix()}:sub`]: "ann" }, [
          "sts:AssumeRoleWithWebIdentity",
          "sts:TagSession",
          "sts:SetSourceIdentity",
        ]),
      ],
      statements: [{ ...allow("iam:ListUsers"), Condition: condition("blue") }],
    });
    const asked = { sub: "ann", transitiveTagKeys: ["team"], sourceIdentity: "ann" };
    const blue = await assume(emu, arn, await issue(emu, { ...asked, tags: { team: "blue" } }));
    assert.equal(blue.SourceIdentity, "ann");
    await emu.iam(credentialsOf(blue)).send(new ListUsersCommand({}));
    const red = await assume(emu, arn, await issue(emu, { ...asked, tags: { team: "red" } }));
    await assert.rejects(emu.iam(credentialsOf(red)).send(new ListUsersCommand({})), { name: "AccessDenied" });
  });

  it("can have expired already", async () => {
    const { oidcProviderArn } = await ask(emu, "providers");
    const { arn } = await createRole(emu, "late", {
      trusts: [trustTokens(oidcProviderArn, { [`${keyPrefix()}:sub`]: "ann" })],
    });
    await assume(emu, arn, await issue(emu, { sub: "ann", expiresIn: -299 }));
    await assert.rejects(assume(emu, arn, await issue(emu, { sub: "ann", expiresIn: -300 })), {
      name: "ExpiredTokenException",
    });
  });

  it("have any claims that are asked for", async () => {
    const claims = { sub: 7, amr: ["pwd", "otp"], nested: { a: 1 }, exp: 2_000_000_000 };
    const token = await issue(emu, { claims });
    const { sub, amr, nested, exp } = decodeJwt(token);
    assert.deepEqual({ sub, amr, nested, exp }, claims);
  });
});

describe("the built-in identity provider in place of GitHub", () => {
  const emu = emulator({ idp: true });
  const GITHUB = "token.actions.githubusercontent.com";

  it("lets a role that trusts a repository's branch be tried as it is", async () => {
    const { oidcProviderArn, samlProviderArn } = await ask(emu, "providers", { preset: "github-actions" });
    assert.equal(oidcProviderArn, `arn:aws:iam::000000000000:oidc-provider/${GITHUB}`);
    assert.equal(samlProviderArn, undefined);
    const { arn } = await createRole(emu, "deploy", {
      trusts: [
        trustTokens(oidcProviderArn, {
          [`${GITHUB}:aud`]: "sts.amazonaws.com",
          [`${GITHUB}:sub`]: "repo:octo-org/app:ref:refs/heads/main",
          [`${GITHUB}:actor`]: "octocat",
        }),
      ],
    });
    const workflow = (claims: object) => issue(emu, { preset: "github-actions", claims });
    const assumed = await assume(emu, arn, await workflow({ repository: "octo-org/app" }));
    assert.equal(assumed.Provider, oidcProviderArn);
    for (const elsewhere of [
      { repository: "octo-org/other" },
      { repository: "octo-org/app", ref: "refs/heads/feature" },
      { repository: "octo-org/app", event_name: "pull_request" },
      { repository: "octo-org/app", environment: "production" },
      { repository: "octo-org/app", actor: "mallory" },
    ]) {
      await assert.rejects(assume(emu, arn, await workflow(elsewhere)), NOT_AUTHORIZED);
    }
  });

  it("issues tokens with the claims of GitHub's", async () => {
    const { iss, sub, ref_type, job_workflow_ref, repository_owner, exp, iat } = decodeJwt(
      await issue(emu, {
        preset: "github-actions",
        claims: { repository: "octo-org/app", ref: "refs/tags/v1", environment: "production" },
      }),
    );
    assert.deepEqual(
      { iss, sub, ref_type, job_workflow_ref, repository_owner, seconds: exp! - iat! },
      {
        iss: `https://${GITHUB}`,
        sub: "repo:octo-org/app:environment:production",
        ref_type: "tag",
        job_workflow_ref: "octo-org/app/.github/workflows/ci.yml@refs/tags/v1",
        repository_owner: "octo-org",
        seconds: 300,
      },
    );
  });

  it("cannot without being made its stand-in", async () => {
    const gitlab = await issue(emu, { preset: "gitlab" });
    const { arn } = await createRole(emu, "none", {
      trusts: [trustTokens("arn:aws:iam::000000000000:oidc-provider/gitlab.com", { "gitlab.com:sub": "x" })],
    });
    await assert.rejects(assume(emu, arn, gitlab), {
      name: "InvalidIdentityTokenException",
      message: "No OpenIDConnect provider found in your account for https://gitlab.com",
    });
  });

  it("does so of GitLab too", async () => {
    const { oidcProviderArn } = await ask(emu, "providers", { preset: "gitlab" });
    const sub = "project_path:my-group/shop:ref_type:branch:ref:main";
    const { arn } = await createRole(emu, "gitlab", {
      trusts: [trustTokens(oidcProviderArn, { "gitlab.com:sub": sub, "gitlab.com:user_login": "user" })],
    });
    await assume(emu, arn, await issue(emu, { preset: "gitlab", claims: { project_path: "my-group/shop" } }));
  });
});

describe("the built-in identity provider in place of an EKS cluster", () => {
  // By this machine's time, since SDKs renew credentials that have expired by it.
  const emu = emulator({ idp: true, now: Date.now() });
  const folder = mkdtempSync(join(tmpdir(), "iam-local-irsa-"));
  const file = join(folder, "token");
  const CLUSTER = "oidc.eks.us-east-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE";
  const SESSION = "arn:aws:sts::000000000000:assumed-role/web/pod";
  let roleArn: string;
  let environment: Record<string, string>;

  before(async () => {
    const { oidcProviderArn } = await ask(emu, "providers", { issuer: `https://${CLUSTER}` });
    ({ arn: roleArn } = await createRole(emu, "web", {
      trusts: [
        trustTokens(oidcProviderArn, {
          [`${CLUSTER}:sub`]: "system:serviceaccount:shop:web",
          [`${CLUSTER}:aud`]: "sts.amazonaws.com",
        }),
      ],
    }));
    environment = { AWS_ROLE_ARN: roleArn, AWS_WEB_IDENTITY_TOKEN_FILE: file, AWS_ROLE_SESSION_NAME: "pod" };
    writeFileSync(file, await podToken("system:serviceaccount:shop:web"));
  });
  after(() => rmSync(folder, { recursive: true }));

  const podToken = (sub: string) => issue(emu, { preset: "eks", issuer: `https://${CLUSTER}`, sub });

  it("gives a pod the role of its service account, and no other's", async () => {
    await assume(emu, roleArn, await podToken("system:serviceaccount:shop:web"));
    await assert.rejects(assume(emu, roleArn, await podToken("system:serviceaccount:shop:other")), NOT_AUTHORIZED);
  });

  it("issues tokens in the shape of Kubernetes", async () => {
    const claims = decodeJwt(await podToken("system:serviceaccount:shop:web"));
    const kubernetes = claims["kubernetes.io"] as { namespace: string; serviceaccount: { name: string } };
    assert.deepEqual(claims.aud, ["sts.amazonaws.com"]);
    assert.equal(kubernetes.namespace, "shop");
    assert.equal(kubernetes.serviceaccount.name, "web");
  });

  it("serves the SDK's fromTokenFile and fromWebToken", async () => {
    const clientConfig = { endpoint: emu.server.endpoint, region: "us-east-1" };
    const named = { roleArn, roleSessionName: "pod", clientConfig };
    const webIdentityToken = await podToken("system:serviceaccount:shop:web");
    for (const provider of [
      fromTokenFile({ ...named, webIdentityTokenFile: file }),
      fromWebToken({ ...named, webIdentityToken }),
    ]) {
      const { Arn } = await emu.sts(await provider()).send(new GetCallerIdentityCommand({}));
      assert.equal(Arn, SESSION);
    }
  });

  it("is found by the SDK's default chain through AWS_WEB_IDENTITY_TOKEN_FILE", async () => {
    assert.equal(await applicationIdentity(emu, environment), SESSION);
  }).timeout(20_000);

  describe("in Python", () => {
    requireInstalled("boto3", "python3", "-c", "import boto3");

    it("is found by boto3's default chain", async () => {
      assert.equal(await pythonIdentity(emu, environment), SESSION);
    }).timeout(30_000);
  });

  describe("by the AWS CLI", () => {
    requireInstalled("the AWS CLI", "aws", "--version");

    it("is found", async () => {
      assert.equal(await cliIdentity(emu, environment), SESSION);
    }).timeout(30_000);
  });
});
