import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DeleteRoleCommand, AddRoleToInstanceProfileCommand, CreateInstanceProfileCommand } from "@aws-sdk/client-iam";
import {
  createCredentialChain,
  fromCognitoIdentity,
  fromCognitoIdentityPool,
  fromContainerMetadata,
  fromEnv,
  fromHttp,
  fromInstanceMetadata,
  fromLoginCredentials,
  fromNodeProviderChain,
  fromProcess,
  fromSSO,
  fromTemporaryCredentials,
  fromTokenFile,
} from "@aws-sdk/credential-providers";
import { before, describe, it } from "mocha";
import { signedInRoot } from "../console/visitors.ts";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  enableMfa,
  notAuthorized,
  trust,
  type TestRole,
  type TestUser,
} from "../fixtures.ts";
import { ask, issue, trustTokens } from "../idp/provider.ts";
import { control } from "../mfa/control.ts";
import { agreeing, home, logIn } from "../signin/login-command.ts";
import { inProfile, inVariables, ownEnvironment, printing } from "./own-environment.ts";

const ROOT = "arn:aws:iam::000000000000:root";
const SESSION = "arn:aws:sts::000000000000:assumed-role";
const UNKNOWN_KEY = {
  name: "InvalidClientTokenId",
  message: "The security token included in the request is invalid.",
};
const trustService = (Service: string) => ({ Principal: { Service }, Action: "sts:AssumeRole" });

describe("the SDK's credential providers", () => {
  // By this machine's time, since the SDK renews credentials that have expired by it.
  const emu = emulator({ now: Date.now(), idp: true });
  const here = ownEnvironment(emu);
  let jane: TestUser;
  let role: TestRole;

  before(async () => {
    jane = await createUser(emu, "jane", { statements: [allow("sts:AssumeRole")] });
    role = await createRole(emu, "app", { trusts: [trust(jane.arn)], statements: [allow("sts:AssumeRole")] });
  });

  describe("fromEnv", () => {
    it("takes keys", async () => {
      here.set(inVariables(jane.credentials));
      assert.equal(await here.identity(fromEnv()), jane.arn);
    });

    it("takes keys of a session, and is refused them without its token", async () => {
      const session = await assume(emu, jane.credentials, role, { RoleSessionName: "shell" });
      here.set(inVariables(session));
      assert.equal(await here.identity(fromEnv()), `${SESSION}/app/shell`);
      delete process.env["AWS_SESSION_TOKEN"];
      await assert.rejects(here.identity(fromEnv()), UNKNOWN_KEY);
    });
  });

  describe("fromProcess", () => {
    let session: Credentials;
    before(async () => {
      session = await assume(emu, jane.credentials, role, { RoleSessionName: "printed" });
    });

    it("takes keys, and those of a session", async () => {
      here.profiles(
        `[profile keys]\ncredential_process = ${printing(jane.credentials)}\n` +
          `[profile session]\ncredential_process = ${printing(session)}\n`,
      );
      assert.equal(await here.identity(fromProcess({ profile: "keys" })), jane.arn);
      assert.equal(await here.identity(fromProcess({ profile: "session" })), `${SESSION}/app/printed`);
    });

    it("is refused a token that was changed", async () => {
      const changed = printing({ ...session, sessionToken: "changed" });
      here.profiles(`[profile printed]\ncredential_process = ${changed}\n`);
      await assert.rejects(here.identity(fromProcess({ profile: "printed" })), {
        name: "InvalidClientTokenId",
        message: "The security token included in the request is invalid",
      });
    });
  });

  describe("fromTemporaryCredentials", () => {
    const arnOf = (name: string) => `arn:aws:iam::000000000000:role/${name}`;
    let serial: string;
    before(async () => {
      serial = await enableMfa(emu, "jane");
      await createRole(emu, "vendor", {
        trusts: [
          trust(jane.arn, "sts:AssumeRole", {
            StringEquals: { "sts:ExternalId": "customer-7" },
            NumericLessThan: { "aws:MultiFactorAuthAge": "60" },
          }),
        ],
      });
      await createRole(emu, "second", { trusts: [trust(role.arn)] });
    });
    const vendor = (ExternalId?: string) =>
      fromTemporaryCredentials({
        masterCredentials: jane.credentials,
        params: { RoleArn: arnOf("vendor"), RoleSessionName: "work", SerialNumber: serial, ExternalId },
        mfaCodeProvider: async (device) => {
          emu.server.clock.advance(30);
          return emu.server.mfa.code(device).code;
        },
      });

    it("assumes a role that demands an external id and a fresh code", async () => {
      assert.equal(await here.identity(vendor("customer-7")), `${SESSION}/vendor/work`);
    });

    it("is refused it without the external id", async () => {
      await assert.rejects(here.identity(vendor()), notAuthorized(jane.arn, "sts:AssumeRole", arnOf("vendor")));
    });

    it("asks for no role where nobody gives it a code", async () => {
      const params = { RoleArn: arnOf("vendor"), SerialNumber: serial };
      await assert.rejects(here.identity(fromTemporaryCredentials({ masterCredentials: jane.credentials, params })), {
        name: "CredentialsProviderError",
        message: "Temporary credential requires multi-factor authentication, but no MFA code callback was provided.",
      });
    });

    it("assumes one role with the other", async () => {
      const first = fromTemporaryCredentials({
        masterCredentials: jane.credentials,
        params: { RoleArn: role.arn, RoleSessionName: "first" },
      });
      const params = { RoleArn: arnOf("second"), RoleSessionName: "second" };
      const second = fromTemporaryCredentials({ masterCredentials: first, params });
      assert.equal(await here.identity(second), `${SESSION}/second/second`);
    });

    it("takes its own keys from the default chain where it is given none", async () => {
      here.set(inVariables(jane.credentials));
      const provider = fromTemporaryCredentials({ params: { RoleArn: role.arn, RoleSessionName: "by-default" } });
      assert.equal(await here.identity(provider), `${SESSION}/app/by-default`);
    });
  });

  describe("fromTokenFile", () => {
    const identity = async (sub: string) => {
      here.set({
        AWS_WEB_IDENTITY_TOKEN_FILE: here.write("token", await issue(emu, { sub, aud: "app" })),
        AWS_ROLE_ARN: "arn:aws:iam::000000000000:role/pod",
        AWS_ROLE_SESSION_NAME: "pod",
      });
      return here.identity(fromTokenFile());
    };
    before(async () => {
      const { oidcProviderArn } = await ask(emu, "providers", { clientIds: ["app"] });
      const subject = `${emu.server.endpoint.slice("http://".length)}/_idp:sub`;
      await createRole(emu, "pod", { trusts: [trustTokens(oidcProviderArn, { [subject]: "ann" })] });
    });

    it("takes everything from the environment", async () => {
      assert.equal(await identity("ann"), `${SESSION}/pod/pod`);
    });

    it("is refused a role that trusts another subject", async () => {
      await assert.rejects(identity("bob"), {
        name: "AccessDenied",
        message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
      });
    });
  });

  describe("fromContainerMetadata and fromHttp", () => {
    const give = async (name: string): Promise<Record<string, string>> => {
      await createRole(emu, name, { trusts: [trustService("ecs-tasks.amazonaws.com")] });
      const { environment } = await control(emu, "container-credentials", { roleName: name });
      return environment as Record<string, string>;
    };

    it("take everything from the environment", async () => {
      here.set(await give("task"));
      for (const provider of [fromContainerMetadata(), fromHttp()]) {
        assert.match(await here.identity(provider), new RegExp(`^${SESSION}/task/[0-9a-f]{32}$`));
      }
    });

    it("are refused without the token", async () => {
      here.set({ ...(await give("guarded")), AWS_CONTAINER_AUTHORIZATION_TOKEN: "wrong" });
      await assert.rejects(here.identity(fromHttp({ maxRetries: 0 })), {
        name: "CredentialsProviderError",
        message: "Server responded with status: 403",
      });
      await assert.rejects(here.identity(fromContainerMetadata({ maxRetries: 0 })), {
        name: "ProviderError",
        message: "Error response received from instance metadata service",
      });
    });

    it("are refused a role that is gone", async () => {
      here.set(await give("gone"));
      await emu.iam().send(new DeleteRoleCommand({ RoleName: "gone" }));
      await assert.rejects(here.identity(fromHttp({ maxRetries: 0 })), {
        name: "CredentialsProviderError",
        message: "Server responded with status: 404",
      });
    });
  });

  describe("fromInstanceMetadata", () => {
    const use = async (name: string, service: string) => {
      await createRole(emu, name, { trusts: [trustService(service)] });
      await emu.iam().send(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
      const named = { InstanceProfileName: name, RoleName: name };
      await emu.iam().send(new AddRoleToInstanceProfileCommand(named));
      const { environment } = await control(emu, "instance-metadata", { instanceProfile: name });
      here.set(environment as Record<string, string>);
    };

    it("takes the role of the profile", async () => {
      await use("web", "ec2.amazonaws.com");
      assert.match(await here.identity(fromInstanceMetadata()), new RegExp(`^${SESSION}/web/i-[0-9a-f]{17}$`));
    });

    it("is refused a role that does not trust EC2", async () => {
      await use("distrusting", "lambda.amazonaws.com");
      await assert.rejects(here.identity(fromInstanceMetadata({ maxRetries: 0 })), {
        name: "CredentialsProviderError",
        message: "Invalid response received from instance metadata service.",
      });
    });
  });

  describe("fromNodeProviderChain and createCredentialChain", () => {
    it("find the profile that AWS_PROFILE names", async () => {
      here.set({ AWS_PROFILE: "app" });
      const keys = `[profile jane]\n${inProfile(jane.credentials)}\n`;
      here.profiles(`${keys}[profile app]\nrole_arn = ${role.arn}\nrole_session_name = chain\nsource_profile = jane\n`);
      assert.equal(await here.identity(fromNodeProviderChain()), `${SESSION}/app/chain`);
      // The client's own default, which is the same chain.
      assert.equal(await here.identity(undefined), `${SESSION}/app/chain`);
    });

    it("go on where a provider finds nothing", async () => {
      here.profiles(`[profile printed]\ncredential_process = ${printing(jane.credentials)}\n`);
      const chain = createCredentialChain(fromEnv(), fromProcess({ profile: "printed" }));
      assert.equal(await here.identity(chain), jane.arn);
    });

    it("say of keys that nobody has what IAM says, and look for no others", async () => {
      here.set(inVariables({ ...jane.credentials, accessKeyId: "AKIAIOSFODNN7EXAMPLE" }));
      here.profiles(`[default]\n${inProfile(jane.credentials)}\n`);
      await assert.rejects(here.identity(fromNodeProviderChain()), UNKNOWN_KEY);
    });
  });

  describe("fromLoginCredentials", () => {
    const at = home(emu);
    const cache = () => join(at.folder, "cache", `${createHash("sha256").update(ROOT).digest("hex")}.json`);
    const change = (more: object) => {
      const login = JSON.parse(readFileSync(cache(), "utf8"));
      const accessToken = { ...login.accessToken, expiresAt: "2020-01-01T00:00:00Z" };
      writeFileSync(cache(), JSON.stringify({ ...login, accessToken, ...more }));
    };
    const identity = () => {
      const { HOME: _, ...variables } = at.env;
      here.set(variables);
      return here.identity(fromLoginCredentials({ profile: "iam-local" }));
    };
    before(async () => {
      const { code, stderr } = await logIn(at, [], agreeing(await signedInRoot(emu)));
      assert.equal(code, 0, stderr);
    });

    it("takes what a login left, and renews it", async () => {
      assert.equal(await identity(), ROOT);
      change({});
      assert.equal(await identity(), ROOT);
    });

    it("is refused with a refresh token that nobody issued", async () => {
      change({ refreshToken: "changed" });
      await assert.rejects(identity(), {
        name: "CredentialsProviderError",
        message: "Your session has expired. Please reauthenticate.",
      });
    });
  }).timeout(60_000);

  describe("of services that are not here, with AWS_ENDPOINT_URL for all services, are told so:", () => {
    const told = (service: string) =>
      `iam-local emulates IAM and STS; this was a call to ${service}. Set AWS_ENDPOINT_URL_IAM, AWS_ENDPOINT_URL_STS and ` +
      `AWS_ENDPOINT_URL_SIGNIN in place of AWS_ENDPOINT_URL, which sends every service here, or give ${service} an endpoint of its own.`;

    it("fromCognitoIdentity", async () => {
      const identityId = "us-east-1:00000000-0000-0000-0000-000000000000";
      await assert.rejects(here.identity(fromCognitoIdentity({ identityId })), {
        name: "ServiceNotEmulated",
        message: told("cognito-identity"),
      });
    });

    it("fromCognitoIdentityPool", async () => {
      const identityPoolId = "us-east-1:00000000-0000-0000-0000-000000000000";
      await assert.rejects(here.identity(fromCognitoIdentityPool({ identityPoolId })), {
        name: "ServiceNotEmulated",
        message: told("cognito-identity"),
      });
    });

    it("fromSSO", async () => {
      const ssoStartUrl = "https://corp.example/start";
      const file = `${createHash("sha1").update(ssoStartUrl).digest("hex")}.json`;
      const expiresAt = new Date(Date.now() + 3_600_000).toISOString();
      here.write(join(".aws", "sso", "cache", file), JSON.stringify({ accessToken: "token", expiresAt }));
      const provider = fromSSO({
        ssoStartUrl,
        ssoAccountId: "000000000000",
        ssoRegion: "us-east-1",
        ssoRoleName: "app",
      });
      await assert.rejects(here.identity(provider), {
        name: "CredentialsProviderError",
        message: `ServiceNotEmulated: ${told("awsssoportal")}`,
      });
    });
  });
});
