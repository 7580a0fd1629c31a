import assert from "node:assert/strict";
import { AddRoleToInstanceProfileCommand, CreateInstanceProfileCommand } from "@aws-sdk/client-iam";
import { fromIni } from "@aws-sdk/credential-providers";
import { before, beforeEach, describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { allow, createRole, createUser, enableMfa, notAuthorized, trust, type TestUser } from "../fixtures.ts";
import { ask, issue, trustTokens } from "../idp/provider.ts";
import { control } from "../mfa/control.ts";
import { inProfile, inVariables, ownEnvironment, printing } from "./own-environment.ts";

const ROLE = "arn:aws:iam::000000000000:role";
const SESSION = "arn:aws:sts::000000000000:assumed-role";
const trustService = (Service: string) => ({ Principal: { Service }, Action: "sts:AssumeRole" });

describe("the SDK's fromIni", () => {
  // By this machine's time, since the SDK renews credentials that have expired by it.
  const emu = emulator({ now: Date.now(), idp: true });
  const here = ownEnvironment(emu);
  let jane: TestUser;
  let serial: string;
  const janes = () => `[profile jane]\n${inProfile(jane.credentials)}\n`;
  const role = (name: string, ...lines: string[]) =>
    [`[profile ${name}]`, `role_arn = ${ROLE}/${name}`, "role_session_name = work", ...lines, ""].join("\n");

  before(async () => {
    jane = await createUser(emu, "jane", { statements: [allow("sts:AssumeRole")] });
    serial = await enableMfa(emu, "jane");
    const mfa = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
    const externalId = { StringEquals: { "sts:ExternalId": "customer-7" } };
    await createRole(emu, "plain", { trusts: [trust(jane.arn)], statements: [allow("sts:AssumeRole")] });
    await createRole(emu, "vendor", { trusts: [trust(jane.arn, "sts:AssumeRole", { ...externalId, ...mfa })] });
    await createRole(emu, "second", { trusts: [trust(`${ROLE}/plain`)], MaxSessionDuration: 7200 });
    await createRole(emu, "task", { trusts: [trustService("ecs-tasks.amazonaws.com")], statements: [allow("sts:*")] });
    await createRole(emu, "web", { trusts: [trustService("ec2.amazonaws.com")], statements: [allow("sts:*")] });
    const named = { InstanceProfileName: "web" };
    await emu.iam().send(new CreateInstanceProfileCommand(named));
    await emu.iam().send(new AddRoleToInstanceProfileCommand({ ...named, RoleName: "web" }));
    await createRole(emu, "sourced", { trusts: [trust([jane.arn, `${ROLE}/task`, `${ROLE}/web`])] });
  });
  // A code can be used once.
  beforeEach(() => emu.server.clock.advance(30));

  const mfaCodeProvider = async (device: string) => emu.server.mfa.code(device).code;

  it("takes the keys of a profile", async () => {
    here.profiles(janes());
    assert.equal(await here.identity(fromIni({ profile: "jane" })), jane.arn);
  });

  it("is refused with a secret that is not that of the key", async () => {
    here.profiles(`[profile jane]\n${inProfile({ ...jane.credentials, secretAccessKey: "wrong" })}\n`);
    await assert.rejects(here.identity(fromIni({ profile: "jane" })), {
      name: "SignatureDoesNotMatch",
      message:
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
    });
  });

  it("assumes one role with the other, along source_profile", async () => {
    here.profiles(janes() + role("plain", "source_profile = jane") + role("second", "source_profile = plain"));
    assert.equal(await here.identity(fromIni({ profile: "second" })), `${SESSION}/second/work`);
  });

  it("is refused a role that trusts only the role between", async () => {
    here.profiles(janes() + role("second", "source_profile = jane"));
    await assert.rejects(
      here.identity(fromIni({ profile: "second" })),
      notAuthorized(jane.arn, "sts:AssumeRole", `${ROLE}/second`),
    );
  });

  it("is refused a chain of roles that is to last for more than an hour", async () => {
    const long = role("second", "source_profile = plain", "duration_seconds = 3601");
    here.profiles(janes() + role("plain", "source_profile = jane") + long);
    await assert.rejects(here.identity(fromIni({ profile: "second" })), {
      name: "ValidationError",
      message: "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    });
  });

  describe("with mfa_serial and external_id", () => {
    const vendor = (...lines: string[]) => role("vendor", "source_profile = jane", `mfa_serial = ${serial}`, ...lines);

    it("assumes a role that demands both", async () => {
      here.profiles(janes() + vendor("external_id = customer-7"));
      const provider = fromIni({ profile: "vendor", mfaCodeProvider });
      assert.equal(await here.identity(provider), `${SESSION}/vendor/work`);
    });

    it("is refused the role for another external id", async () => {
      here.profiles(janes() + vendor("external_id = customer-8"));
      await assert.rejects(
        here.identity(fromIni({ profile: "vendor", mfaCodeProvider })),
        notAuthorized(jane.arn, "sts:AssumeRole", `${ROLE}/vendor`),
      );
    });

    it("is refused a code that was used", async () => {
      here.profiles(janes() + vendor("external_id = customer-7"));
      const { code } = emu.server.mfa.code(serial);
      const provider = () => here.identity(fromIni({ profile: "vendor", mfaCodeProvider: async () => code }));
      assert.equal(await provider(), `${SESSION}/vendor/work`);
      await assert.rejects(provider(), {
        name: "AccessDenied",
        message: "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
      });
    });

    it("asks for no role where nobody gives it a code", async () => {
      here.profiles(janes() + vendor("external_id = customer-7"));
      await assert.rejects(here.identity(fromIni({ profile: "vendor" })), {
        name: "CredentialsProviderError",
        message: "Profile vendor requires multi-factor authentication, but no MFA code callback was provided.",
      });
    });
  });

  describe("with credential_process", () => {
    it("takes what the process prints, also as the source of a role", async () => {
      const process = `[profile printed]\ncredential_process = ${printing(jane.credentials)}\n`;
      here.profiles(process + role("plain", "source_profile = printed"));
      assert.equal(await here.identity(fromIni({ profile: "printed" })), jane.arn);
      assert.equal(await here.identity(fromIni({ profile: "plain" })), `${SESSION}/plain/work`);
    });

    it("is refused keys that nobody has", async () => {
      const unknown = printing({ ...jane.credentials, accessKeyId: "AKIAIOSFODNN7EXAMPLE" });
      here.profiles(`[profile printed]\ncredential_process = ${unknown}\n`);
      await assert.rejects(here.identity(fromIni({ profile: "printed" })), {
        name: "InvalidClientTokenId",
        message: "The security token included in the request is invalid.",
      });
    });
  });

  describe("with credential_source", () => {
    const sourced = (source: string) => role("sourced", `credential_source = ${source}`);
    const identity = () => here.identity(fromIni({ profile: "sourced" }));

    it("Environment assumes the role with the keys of the environment", async () => {
      here.set(inVariables(jane.credentials));
      here.profiles(sourced("Environment"));
      assert.equal(await identity(), `${SESSION}/sourced/work`);
    });

    it("EcsContainer with those of the container", async () => {
      const { environment } = await control(emu, "container-credentials", { roleName: "task" });
      here.set(environment as Record<string, string>);
      here.profiles(sourced("EcsContainer"));
      assert.equal(await identity(), `${SESSION}/sourced/work`);
    });

    it("Ec2InstanceMetadata with those of the instance", async () => {
      const { environment } = await control(emu, "instance-metadata", { instanceProfile: "web" });
      here.set(environment as Record<string, string>);
      here.profiles(sourced("Ec2InstanceMetadata"));
      assert.equal(await identity(), `${SESSION}/sourced/work`);
    });

    it("is refused a role that does not trust the source", async () => {
      const { environment, sessionName } = await control(emu, "container-credentials", { roleName: "task" });
      here.set(environment as Record<string, string>);
      here.profiles(role("plain", "credential_source = EcsContainer"));
      await assert.rejects(
        here.identity(fromIni({ profile: "plain" })),
        notAuthorized(`${SESSION}/task/${String(sessionName)}`, "sts:AssumeRole", `${ROLE}/plain`),
      );
    });
  });

  describe("with web_identity_token_file", () => {
    before(async () => {
      const { oidcProviderArn } = await ask(emu, "providers", { clientIds: ["app"] });
      const subject = `${emu.server.endpoint.slice("http://".length)}/_idp:sub`;
      await createRole(emu, "pod", { trusts: [trustTokens(oidcProviderArn, { [subject]: "ann" })] });
    });
    const identity = async (sub: string) => {
      const file = here.write("token", await issue(emu, { sub, aud: "app" }));
      here.profiles(role("pod", `web_identity_token_file = ${file}`));
      return here.identity(fromIni({ profile: "pod" }));
    };

    it("assumes the role that trusts the token", async () => {
      assert.equal(await identity("ann"), `${SESSION}/pod/work`);
    });

    it("is refused it with the token of another subject", async () => {
      await assert.rejects(identity("bob"), {
        name: "AccessDenied",
        message: "Not authorized to perform sts:AssumeRoleWithWebIdentity",
      });
    });
  });
});
