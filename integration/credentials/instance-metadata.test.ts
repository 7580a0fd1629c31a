import assert from "node:assert/strict";
import {
  AddRoleToInstanceProfileCommand,
  CreateInstanceProfileCommand,
  DeleteInstanceProfileCommand,
  ListUsersCommand,
  RemoveRoleFromInstanceProfileCommand,
  UpdateAssumeRolePolicyCommand,
} from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { fromInstanceMetadata } from "@aws-sdk/credential-providers";
import { after, before, describe, it } from "mocha";
import request from "supertest";
import { requireInstalled } from "../clients/installed.ts";
import { emulator, type Emulator } from "../emulator.ts";
import { allow, createRole, document, type Statement, type TestRole } from "../fixtures.ts";
import { control, refusedByControl } from "../mfa/control.ts";
import { applicationIdentity, cliIdentity, pythonIdentity } from "./application.ts";

const EC2: Statement = { Principal: { Service: "ec2.amazonaws.com" }, Action: "sts:AssumeRole" };
const CREDENTIALS = "/latest/meta-data/iam/security-credentials/";

/** An instance profile with a role of the same name. */
async function createProfile(
  emu: Emulator,
  name: string,
  role: { readonly trusts?: readonly Statement[]; readonly statements?: readonly Statement[] } = {},
): Promise<TestRole> {
  const created = await createRole(emu, name, { trusts: [EC2], ...role });
  await emu.iam().send(new CreateInstanceProfileCommand({ InstanceProfileName: name }));
  await emu.iam().send(new AddRoleToInstanceProfileCommand({ InstanceProfileName: name, RoleName: name }));
  return created;
}

const metadata = (emu: Emulator) => request(emu.server.endpoint);

const putToken = (emu: Emulator, ttl = "21600") =>
  metadata(emu).put("/latest/api/token").set("X-aws-ec2-metadata-token-ttl-seconds", ttl);

/** Reads an item as IMDSv2 requires. */
async function read(emu: Emulator, path: string, status = 200): Promise<string> {
  const { text: token } = await putToken(emu).expect(200);
  const { text } = await metadata(emu).get(path).set("X-aws-ec2-metadata-token", token).expect(status);
  return text;
}

const readJson = async (emu: Emulator, path: string) =>
  JSON.parse(await read(emu, path)) as Readonly<Record<string, string>>;

describe("the instance metadata service, for unchanged applications", () => {
  // By this machine's time, since SDKs renew credentials that have expired by it.
  const emu = emulator({ now: Date.now() });
  let session: string;
  let environment: Readonly<Record<string, string>>;

  before(async () => {
    await createProfile(emu, "web", { statements: [allow("iam:ListUsers")] });
    const given = await control(emu, "instance-metadata", { instanceProfile: "web" });
    session = `arn:aws:sts::000000000000:assumed-role/web/${String(given["instanceId"])}`;
    environment = given["environment"] as typeof environment;
    assert.deepEqual(environment, { AWS_EC2_METADATA_SERVICE_ENDPOINT: `${emu.server.endpoint}/` });
    Object.assign(process.env, environment);
  });
  after(() => delete process.env["AWS_EC2_METADATA_SERVICE_ENDPOINT"]);

  it("gives the SDK's fromInstanceMetadata the role of the profile, in a session named by the instance", async () => {
    const credentials = await fromInstanceMetadata({ ec2MetadataV1Disabled: true })();
    assert.equal((await emu.sts(credentials).send(new GetCallerIdentityCommand({}))).Arn, session);
    await emu.iam(credentials).send(new ListUsersCommand({}));
  });

  it("is found by the SDK's default chain", async () => {
    assert.equal(await applicationIdentity(emu, environment), session);
  }).timeout(20_000);

  describe("in Python", () => {
    requireInstalled("boto3", "python3", "-c", "import boto3");

    it("is found by boto3's default chain", async () => {
      assert.equal(await pythonIdentity(emu, environment), session);
    }).timeout(30_000);
  });

  describe("by the AWS CLI", () => {
    requireInstalled("the AWS CLI", "aws", "--version");

    it("is found", async () => {
      assert.equal(await cliIdentity(emu, environment), session);
    }).timeout(30_000);
  });
});

describe("the instance metadata service", () => {
  const emu = emulator();
  const use = (instanceProfile: string) => control(emu, "instance-metadata", { instanceProfile });

  it("is not there until an instance profile is", async () => {
    for (const answer of [putToken(emu), metadata(emu).get("/latest/meta-data/"), metadata(emu).get("/latest")]) {
      assert.match((await answer.expect(404)).text, /^There is no instance metadata: .*--instance-profile NAME/);
    }
    assert.deepEqual(await refusedByControl(emu, "instance-metadata"), {
      status: 404,
      code: "NotFound",
      message: "There is no instance. POST an instance profile to /_emulator/instance-metadata.",
    });
    assert.deepEqual(await refusedByControl(emu, "instance-metadata", { instanceProfile: "none" }), {
      status: 404,
      code: "NotFound",
      message: 'There is no instance profile "none" in account 000000000000.',
    });
  });

  it("keeps its instance when it is given another profile", async () => {
    await createProfile(emu, "first");
    await createProfile(emu, "second");
    const first = await use("first");
    assert.match(String(first["instanceId"]), /^i-0[0-9a-f]{16}$/);
    const second = await use("second");
    assert.deepEqual(second, {
      ...first,
      instanceProfile: "second",
      instanceProfileArn: "arn:aws:iam::000000000000:instance-profile/second",
    });
    assert.deepEqual(await control(emu, "instance-metadata"), second);
    assert.equal(await read(emu, CREDENTIALS), "second");
  });

  it("is there too for clients that put another slash between endpoint and path", async () => {
    await createProfile(emu, "slashed");
    await use("slashed");
    assert.equal(await read(emu, `/${CREDENTIALS}`), "slashed");
    await metadata(emu).put("//latest/api/token").set("X-aws-ec2-metadata-token-ttl-seconds", "60").expect(200);
  });

  describe("gives credentials", () => {
    before(async () => {
      await createProfile(emu, "app", {
        statements: [
          {
            ...allow("iam:ListUsers"),
            Condition: {
              ArnLike: { "ec2:SourceInstanceARN": "arn:aws:ec2:us-east-1:000000000000:instance/i-*" },
              NumericEquals: { "ec2:RoleDelivery": "2.0" },
            },
          },
        ],
      });
      await use("app");
    });

    it("as EC2 does, the same until they are to be renewed", async () => {
      const first = await readJson(emu, `${CREDENTIALS}app`);
      const { AccessKeyId, SecretAccessKey, Token, ...rest } = first;
      assert.deepEqual(rest, {
        Code: "Success",
        LastUpdated: "2026-11-24T12:00:00Z",
        Type: "AWS-HMAC",
        Expiration: "2026-11-24T18:00:00Z",
      });
      assert.match(AccessKeyId!, /^ASIA/);
      assert.ok(SecretAccessKey && Token);
      emu.server.clock.advance(5.7 * 60 * 60);
      assert.deepEqual(await readJson(emu, `${CREDENTIALS}app`), first);
      emu.server.clock.advance(0.05 * 60 * 60);
      const renewed = await readJson(emu, `${CREDENTIALS}app`);
      assert.equal(renewed["Expiration"], "2026-11-24T23:45:00Z");
    });

    it("that know of the instance and of how they were delivered", async () => {
      const { AccessKeyId, SecretAccessKey, Token } = await readJson(emu, `${CREDENTIALS}app`);
      const iam = emu.iam({ accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: Token });
      await iam.send(new ListUsersCommand({}));
    });

    it("of no role but that of the profile", async () => {
      await read(emu, `${CREDENTIALS}second`, 404);
      await read(emu, `${CREDENTIALS}app/more`, 404);
    });
  });

  it("says that EC2 may not assume the role, in EC2's words, and no more once it may", async () => {
    await createProfile(emu, "distrusting", { trusts: [{ ...EC2, Principal: { Service: "lambda.amazonaws.com" } }] });
    await use("distrusting");
    const { LastUpdated: _, ...said } = await readJson(emu, `${CREDENTIALS}distrusting`);
    assert.deepEqual(said, {
      Code: "AssumeRoleUnauthorizedAccess",
      Message:
        "EC2 cannot assume the role distrusting. Please see documentation at https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_iam-ec2.html#troubleshoot_iam-ec2_errors-info-doc.",
    });
    assert.equal(
      emu.server.trail()[0]!.errorMessage,
      "User: ec2.amazonaws.com is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/distrusting",
    );
    await emu.iam().send(new UpdateAssumeRolePolicyCommand({ RoleName: "distrusting", PolicyDocument: document(EC2) }));
    assert.equal((await readJson(emu, `${CREDENTIALS}distrusting`))["Code"], "Success");
  });

  it("tells of the profile, also of one that has lost its role or is gone", async () => {
    await createProfile(emu, "told");
    await use("told");
    const info = () => readJson(emu, "/latest/meta-data/iam/info");
    const { Code, InstanceProfileArn, InstanceProfileId } = await info();
    assert.deepEqual(
      { Code, InstanceProfileArn },
      { Code: "Success", InstanceProfileArn: "arn:aws:iam::000000000000:instance-profile/told" },
    );
    assert.match(InstanceProfileId!, /^AIPA/);
    const named = { InstanceProfileName: "told" };
    await emu.iam().send(new RemoveRoleFromInstanceProfileCommand({ ...named, RoleName: "told" }));
    assert.equal((await info())["Message"], "Instance Profile does not contain a role.");
    await read(emu, CREDENTIALS, 404);
    await emu.iam().send(new DeleteInstanceProfileCommand(named));
    assert.equal((await info())["Code"], "InstanceProfileNotFound");
  });

  it("tells region and identity, and lists what there is", async () => {
    await createProfile(emu, "listed");
    const { instanceId } = await use("listed");
    const lines = async (path: string) => (await read(emu, path)).split("\n");
    assert.deepEqual(await lines("/latest/"), ["dynamic/", "meta-data/"]);
    assert.deepEqual(await lines("/latest/meta-data"), ["iam/", "instance-id", "placement/", "services/"]);
    assert.deepEqual(await lines("/latest/meta-data/iam/"), ["info", "security-credentials/"]);
    assert.deepEqual(await lines(CREDENTIALS), ["listed"]);
    assert.equal(await read(emu, "/latest/meta-data/placement/region"), "us-east-1");
    assert.equal(await read(emu, "/latest/meta-data/placement/availability-zone"), "us-east-1a");
    assert.equal(await read(emu, "/latest/meta-data/instance-id"), instanceId);
    const { pendingTime, ...identity } = await readJson(emu, "/latest/dynamic/instance-identity/document");
    assert.ok(pendingTime);
    assert.deepEqual(identity, {
      accountId: "000000000000",
      availabilityZone: "us-east-1a",
      instanceId,
      region: "us-east-1",
      version: "2017-09-30",
    });
    assert.match(await read(emu, "/latest/meta-data/ami-id", 404), /<h1>404 - Not Found<\/h1>/);
  });

  describe("refuses", () => {
    before(async () => {
      await createProfile(emu, "guarded");
      await use("guarded");
    });
    const get = () => metadata(emu).get(CREDENTIALS);
    const refused = async (answer: request.Test, status: number, title: string) =>
      assert.match((await answer.expect(status)).text, new RegExp(`<title>${status} - ${title}</title>`));

    it("version 1, which asks for no token first", async () => {
      await refused(get(), 401, "Unauthorized");
    });

    it("a token that it did not make, or of another kind", async () => {
      const { Token } = await readJson(emu, `${CREDENTIALS}guarded`);
      for (const token of ["x", Token!]) {
        await refused(get().set("X-aws-ec2-metadata-token", token), 401, "Unauthorized");
      }
    });

    it("its token as the token of a session", async () => {
      const { AccessKeyId, SecretAccessKey } = await readJson(emu, `${CREDENTIALS}guarded`);
      const { text: sessionToken } = await putToken(emu);
      const sts = emu.sts({ accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken });
      await assert.rejects(sts.send(new GetCallerIdentityCommand({})), { name: "InvalidClientTokenId" });
    });

    it("a token whose time is over", async () => {
      const { text: token, headers } = await putToken(emu, "60").expect(200);
      assert.equal(headers["x-aws-ec2-metadata-token-ttl-seconds"], "60");
      emu.server.clock.advance(59);
      await get()
        .set("X-aws-ec2-metadata-token", token)
        .expect(200)
        .expect("X-aws-ec2-metadata-token-ttl-seconds", "1");
      emu.server.clock.advance(1);
      await refused(get().set("X-aws-ec2-metadata-token", token), 401, "Unauthorized");
    });

    it("to make a token without a lifetime of 1 to 21600 seconds", async () => {
      await refused(metadata(emu).put("/latest/api/token"), 400, "Bad Request");
      for (const ttl of ["0", "21601", "-1", "1.5", "x"]) await refused(putToken(emu, ttl), 400, "Bad Request");
    });

    it("what came through a proxy", async () => {
      await refused(putToken(emu).set("X-Forwarded-For", "192.0.2.1"), 403, "Forbidden");
    });

    it("other methods", async () => {
      await refused(metadata(emu).post(CREDENTIALS), 405, "Method Not Allowed");
      await refused(metadata(emu).get("/latest/api/token"), 401, "Unauthorized");
    });

    it("web pages", async () => {
      await putToken(emu)
        .set("Host", "evil.example")
        .expect(403, /The host name "evil\.example" is not accepted/);
      await putToken(emu)
        .set("Origin", "http://evil.example")
        .expect(403, /The origin .* is not accepted/);
    });

    it("tokens from before a reset, and is gone after it", async () => {
      const { text: token } = await putToken(emu).expect(200);
      await emu.server.reset();
      await get().expect(404);
      await createProfile(emu, "guarded");
      await use("guarded");
      await refused(get().set("X-aws-ec2-metadata-token", token), 401, "Unauthorized");
    });
  });
});

describe("the option instanceProfile", () => {
  const emu = emulator({ instanceProfile: "boot", control: false });

  it("has the metadata service speak for the profile of that name, once there is one", async () => {
    assert.equal((await readJson(emu, "/latest/meta-data/iam/info"))["Code"], "InstanceProfileNotFound");
    await createProfile(emu, "boot");
    assert.equal((await readJson(emu, `${CREDENTIALS}boot`))["Code"], "Success");
  });

  it("outlives a reset", async () => {
    await emu.server.reset();
    assert.equal((await readJson(emu, "/latest/meta-data/iam/info"))["Code"], "InstanceProfileNotFound");
  });
});
