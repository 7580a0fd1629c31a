import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import jsQR from "jsqr";
import { after, before, beforeEach, describe, it } from "mocha";
import { PNG } from "pngjs";
import request from "supertest";
import { emulator, type Credentials } from "../emulator.ts";
import { allow, createRole, createUser, document, trust, withDetails, type TestUser } from "../fixtures.ts";
import { run, type Ended } from "../process.ts";
import { requireInstalled } from "./installed.ts";
import { appCodes } from "./totp.ts";

/** The CLI's output; the assertions check its content. */
type Json = any;

describe("the AWS CLI", () => {
  requireInstalled("the AWS CLI", "aws", "--version");
  // By this machine's time, since the CLI does not use sessions that have expired by it.
  const emu = emulator({ now: Date.now() });
  const home = mkdtempSync(join(tmpdir(), "iam-local-aws-cli-"));
  after(() => rmSync(home, { recursive: true }));

  /** Runs `aws …` with the credentials (by default root's), or with none if a profile has them. */
  function aws(line: string, options: { credentials?: Credentials | null; stdin?: string } = {}): Promise<Ended> {
    const { stdin = "" } = options;
    const credentials: Credentials | null =
      options.credentials === undefined ? emu.server.rootCredentials : options.credentials;
    return run("aws", line.split(" "), {
      cwd: home,
      stdin,
      env: {
        HOME: home,
        AWS_CONFIG_FILE: join(home, "config"),
        AWS_SHARED_CREDENTIALS_FILE: join(home, "credentials"),
        AWS_DEFAULT_REGION: "us-east-1",
        AWS_ENDPOINT_URL: emu.server.endpoint,
        AWS_EC2_METADATA_DISABLED: "true",
        AWS_MAX_ATTEMPTS: "1",
        AWS_PAGER: "",
        ...(credentials && {
          AWS_ACCESS_KEY_ID: credentials.accessKeyId,
          AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
          ...(credentials.sessionToken !== undefined && { AWS_SESSION_TOKEN: credentials.sessionToken }),
        }),
      },
    });
  }

  /** Its answer; it must succeed. */
  async function succeeds(line: string, options: Parameters<typeof aws>[1] = {}): Promise<Json> {
    const { code, stdout, stderr } = await aws(line, options);
    assert.equal(code, 0, stderr);
    return stdout === "" ? {} : JSON.parse(stdout);
  }

  /** Asserts that it shows exactly this refusal. */
  async function isRefused(
    line: string,
    [code, operation, message]: readonly [code: string, operation: string, message: string],
    options: Parameters<typeof aws>[1] = {},
  ): Promise<void> {
    const ended = await aws(line, options);
    assert.equal(ended.stdout, "");
    assert.match(
      // Before that, it may warn about the terminal and ask for a code.
      ended.stderr.slice(ended.stderr.indexOf("An error occurred")).trim(),
      withDetails(`An error occurred (${code}) when calling the ${operation} operation: ${message}`),
    );
    assert.notEqual(ended.code, 0);
  }

  const passTime = () => emu.server.clock.advance(30);

  it("creates a user with an access key and a policy, who may do what it allows and no more", async () => {
    const { User } = await succeeds("iam create-user --user-name alice --tags Key=team,Value=blue");
    assert.equal(User.Arn, "arn:aws:iam::000000000000:user/alice");
    assert.deepEqual(User.Tags, [{ Key: "team", Value: "blue" }]);
    const { AccessKey } = await succeeds("iam create-access-key --user-name alice");
    const alice = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
    writeFileSync(join(home, "policy.json"), document(allow("iam:GetUser", User.Arn)));
    await succeeds("iam put-user-policy --user-name alice --policy-name own --policy-document file://policy.json");

    const own = await succeeds("iam get-user", { credentials: alice });
    assert.deepEqual(own.User.Tags, [{ Key: "team", Value: "blue" }]);
    await isRefused(
      "iam list-users",
      [
        "AccessDenied",
        "ListUsers",
        "User: arn:aws:iam::000000000000:user/alice is not authorized to perform: iam:ListUsers on resource: " +
          "arn:aws:iam::000000000000:user/ because no identity-based policy allows the iam:ListUsers action",
      ],
      { credentials: alice },
    );
    const { PolicyDocument } = await succeeds("iam get-user-policy --user-name alice --policy-name own");
    assert.deepEqual(PolicyDocument, JSON.parse(readFileSync(join(home, "policy.json"), "utf8")));
  });

  it("writes a virtual MFA device as a QR code that a phone reads, and as its seed", async () => {
    const { VirtualMFADevice } = await succeeds(
      "iam create-virtual-mfa-device --virtual-mfa-device-name phone --outfile qr.png --bootstrap-method QRCodePNG",
    );
    assert.deepEqual(VirtualMFADevice, { SerialNumber: "arn:aws:iam::000000000000:mfa/phone" });
    const { data, width, height } = PNG.sync.read(readFileSync(join(home, "qr.png")));
    const uri = jsQR.default(new Uint8ClampedArray(data), width, height)!.data;
    assert.match(
      uri,
      /^otpauth:\/\/totp\/Amazon%20Web%20Services:phone@000000000000\?secret=[A-Z2-7]{64}&issuer=Amazon%20Web%20Services$/,
    );

    await succeeds(
      "iam create-virtual-mfa-device --virtual-mfa-device-name tablet --outfile seed.txt --bootstrap-method Base32StringSeed",
    );
    assert.match(readFileSync(join(home, "seed.txt"), "utf8"), /^[A-Z2-7]{64}$/);
  });

  describe("with MFA", () => {
    let jane: TestUser;
    let seed: string;
    const serial = "arn:aws:iam::000000000000:mfa/Jane";
    const code = () => appCodes(seed, emu.server.clock.now())[0];

    before(async () => {
      jane = await createUser(emu, "Jane", { statements: [allow(["iam:ListMFADevices", "sts:AssumeRole"])] });
      await createRole(emu, "admin", {
        trusts: [trust(jane.arn, "sts:AssumeRole", { Bool: { "aws:MultiFactorAuthPresent": "true" } })],
      });
      const roleArn = "role_arn = arn:aws:iam::000000000000:role/admin";
      writeFileSync(
        join(home, "config"),
        [
          "[profile jane]",
          `[profile admin]\n${roleArn}\nsource_profile = jane\nmfa_serial = ${serial}`,
          `[profile admin-without-mfa]\n${roleArn}\nsource_profile = jane`,
        ].join("\n"),
      );
      writeFileSync(
        join(home, "credentials"),
        `[jane]\naws_access_key_id = ${jane.credentials.accessKeyId}\naws_secret_access_key = ${jane.credentials.secretAccessKey}\n`,
      );
    });
    beforeEach(passTime);

    it("enables a device by two codes of an app that was given the seed, and not by others", async () => {
      await succeeds(
        "iam create-virtual-mfa-device --virtual-mfa-device-name Jane --outfile jane.txt --bootstrap-method Base32StringSeed",
      );
      seed = readFileSync(join(home, "jane.txt"), "utf8");
      const enable = (code1: string, code2: string) =>
        `iam enable-mfa-device --user-name Jane --serial-number ${serial} --authentication-code1 ${code1} --authentication-code2 ${code2}`;
      const [code1, code2] = appCodes(seed, emu.server.clock.now());
      await isRefused(enable(code2, code1), [
        "InvalidAuthenticationCode",
        "EnableMFADevice",
        "Authentication code for device is not valid.",
      ]);
      await succeeds(enable(code1, code2));
      const { MFADevices } = await succeeds("iam list-mfa-devices", { credentials: jane.credentials });
      assert.deepEqual(
        MFADevices.map(({ UserName, SerialNumber }: Json) => ({ UserName, SerialNumber })),
        [{ UserName: "Jane", SerialNumber: serial }],
      );
    });

    it("gets a session for a code, once", async () => {
      const line = `sts get-session-token --serial-number ${serial} --token-code ${code()}`;
      const { Credentials: issued } = await succeeds(line, { credentials: jane.credentials });
      const session = {
        accessKeyId: issued.AccessKeyId,
        secretAccessKey: issued.SecretAccessKey,
        sessionToken: issued.SessionToken,
      };
      await succeeds("iam list-mfa-devices", { credentials: session });
      await isRefused(
        line,
        ["AccessDenied", "GetSessionToken", "MultiFactorAuthentication failed with invalid MFA one time pass code."],
        { credentials: jane.credentials },
      );
    });

    it("assumes a role by a profile that asks for the code", async () => {
      const {
        stdout,
        stderr,
        code: exit,
      } = await aws("sts get-caller-identity --profile admin", {
        credentials: null,
        stdin: `${code()}\n`,
      });
      assert.equal(exit, 0, stderr);
      assert.match(stderr, new RegExp(`Enter MFA code for ${serial}: `));
      assert.match(JSON.parse(stdout).Arn, /^arn:aws:sts::000000000000:assumed-role\/admin\/botocore-session-\d+$/);
      assert.equal(emu.server.trail()[1]!.eventName, "AssumeRole");
    });

    it("is refused the role by a profile without MFA, and for a wrong code", async () => {
      await isRefused(
        "sts get-caller-identity --profile admin-without-mfa",
        [
          "AccessDenied",
          "AssumeRole",
          "User: arn:aws:iam::000000000000:user/Jane is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::000000000000:role/admin",
        ],
        { credentials: null },
      );
      // The previous test's role session is cached below HOME.
      rmSync(join(home, ".aws"), { recursive: true });
      const wrong = code() === "000000" ? "000001" : "000000";
      await isRefused(
        "sts get-caller-identity --profile admin",
        ["AccessDenied", "AssumeRole", "MultiFactorAuthentication failed with invalid MFA one time pass code."],
        { credentials: null, stdin: `${wrong}\n` },
      );
    });
  });

  it("enables a hardware token by its vendor's serial number, and gets a session for its code", async () => {
    const { body: token } = await request(emu.server.endpoint)
      .post("/_emulator/hardware-tokens")
      .send({ serialNumber: "GAHT12345678" })
      .expect(200);
    const { credentials } = await createUser(emu, "bob");
    const [code1, code2] = appCodes(token.base32Seed, emu.server.clock.now());
    await succeeds(
      `iam enable-mfa-device --user-name bob --serial-number GAHT12345678 --authentication-code1 ${code1} --authentication-code2 ${code2}`,
    );
    const { Credentials: issued } = await succeeds(
      `sts get-session-token --serial-number GAHT12345678 --token-code ${code1}`,
      { credentials },
    );
    assert.match(issued.AccessKeyId, /^ASIA/);
    await isRefused(
      "sts get-session-token --serial-number GAHT99999999 --token-code 123456",
      [
        "AccessDenied",
        "GetSessionToken",
        "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
      ],
      { credentials },
    );
  });

  it("shows the refusals of signatures and keys", async () => {
    const { accessKeyId, secretAccessKey } = emu.server.rootCredentials;
    await isRefused(
      "sts get-caller-identity",
      [
        "SignatureDoesNotMatch",
        "GetCallerIdentity",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
      ],
      { credentials: { accessKeyId, secretAccessKey: `${secretAccessKey}x` } },
    );
    const unknown = [
      "InvalidClientTokenId",
      "GetCallerIdentity",
      "The security token included in the request is invalid",
    ] as const;
    await isRefused("sts get-caller-identity", [unknown[0], unknown[1], `${unknown[2]}.`], {
      credentials: { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey },
    });
    await isRefused("sts get-caller-identity", unknown, {
      credentials: { accessKeyId, secretAccessKey, sessionToken: "AAAA" },
    });
  });

  it("shows the refusals of names that are taken, missing and malformed", async () => {
    await isRefused("iam create-user --user-name BOB", [
      "EntityAlreadyExists",
      "CreateUser",
      "User with name BOB already exists.",
    ]);
    await isRefused("iam get-user --user-name nobody", [
      "NoSuchEntity",
      "GetUser",
      "The user with name nobody cannot be found.",
    ]);
    await isRefused("iam create-user --user-name a/b", [
      "ValidationError",
      "CreateUser",
      "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-",
    ]);
  });
}).timeout(60_000);
