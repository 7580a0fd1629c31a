import assert from "node:assert/strict";
import {
  CreateVirtualMFADeviceCommand,
  DeleteAccessKeyCommand,
  DeleteRoleCommand,
  DeleteUserCommand,
  EnableMFADeviceCommand,
  ListUsersCommand,
  ResyncMFADeviceCommand,
  UpdateAccessKeyCommand,
} from "@aws-sdk/client-iam";
import {
  AssumeRoleCommand,
  GetCallerIdentityCommand,
  GetFederationTokenCommand,
  GetSessionTokenCommand,
} from "@aws-sdk/client-sts";
import aws4 from "aws4";
import supertest from "supertest";
import { stepOf, totpCode } from "../../signing/totp.ts";
import { browser, consoleUser, PASSWORD, signIn } from "../console/browser.ts";
import { emulator, type Credentials } from "../emulator.ts";
import { allow, assume, createRole, createUser, credentialsOf, enableMfa, trust, type TestUser } from "../fixtures.ts";
import { control } from "../mfa/control.ts";

const ACCOUNT = "000000000000";
const NOON = "2026-11-24T12:00:00Z";

describe("why a request was refused before policies were asked", () => {
  const emu = emulator();
  let names = 0;

  beforeEach(() => emu.server.clock.set(Date.UTC(2026, 10, 24, 12, 0, 0)));

  /** The reason of a refusal, as the trail and `why` show it. */
  const reason = async (call: Promise<unknown>): Promise<string> => {
    const error = await call.then(
      () => assert.fail("it was not refused"),
      (cause: Error & { $metadata: { requestId?: string } }) => cause,
    );
    const event = emu.server.trail().find(({ requestID }) => requestID === error.$metadata.requestId);
    assert.ok(event?.errorDetail !== undefined, `${error.name}: ${error.message} has no detail`);
    assert.ok(!error.message.includes(event.errorDetail), "the wire tells the detail");
    assert.ok(emu.server.why(error).includes(event.errorDetail));
    return event.errorDetail;
  };

  const newUser = (): Promise<TestUser> =>
    createUser(emu, `Uma-${++names}`, { statements: [allow(["sts:AssumeRole", "iam:*", "sts:GetFederationToken"])] });
  const session = (credentials: Credentials, SerialNumber?: string, TokenCode?: string) =>
    emu.sts(credentials).send(new GetSessionTokenCommand({ SerialNumber, TokenCode }));
  const code = (serial: string) => emu.server.mfa.code(serial).code;

  describe("an MFA code", () => {
    let uma: TestUser;
    let serial: string;
    let seed: string;

    beforeEach(async () => {
      uma = await newUser();
      const { VirtualMFADevice } = await emu
        .iam()
        .send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: uma.name }));
      serial = VirtualMFADevice!.SerialNumber!;
      seed = Buffer.from(VirtualMFADevice!.Base32StringSeed!).toString();
      const step = stepOf(emu.server.clock.now());
      await emu.iam().send(
        new EnableMFADeviceCommand({
          UserName: uma.name,
          SerialNumber: serial,
          AuthenticationCode1: totpCode(seed, step - 1),
          AuthenticationCode2: totpCode(seed, step),
        }),
      );
    });

    const codeOf = (distance: number) => totpCode(seed, stepOf(emu.server.clock.now()) + distance);

    it("that is too old is told by how much, on the emulator's clock", async () => {
      const old = codeOf(-9);
      const told = await reason(session(uma.credentials, serial, old));
      assert.equal(
        told,
        `It is the code that was shown from 2026-11-24T11:55:30Z, 4 min 30 s before the emulator's ${NOON}: too old. A code is good for a minute before and after its own 30 seconds. The right one: iam-local mfa code ${serial}`,
      );
      assert.ok(!told.includes(old));
    });

    it("that is too early is told so", async () => {
      assert.match(
        await reason(session(uma.credentials, serial, codeOf(20))),
        /shown from 2026-11-24T12:10:00Z, 10 min after the emulator's 2026-11-24T12:00:00Z: too early/,
      );
    });

    it("that is of no time near is told so", async () => {
      const step = stepOf(emu.server.clock.now());
      const near = new Set(Array.from({ length: 241 }, (_, i) => totpCode(seed, step - 120 + i)));
      const other = Array.from({ length: 1000 }, (_, i) => String(i).padStart(6, "0")).find((text) => !near.has(text))!;
      assert.equal(
        await reason(session(uma.credentials, serial, other)),
        `It is no code of ${serial} from an hour before to an hour after ${NOON}, the emulator's time: another device's, mistyped, or made from another seed. The right one: iam-local mfa code ${serial}`,
      );
    });

    it("that was used is told when and for what", async () => {
      const shown = code(serial);
      await session(uma.credentials, serial, shown);
      emu.server.clock.advance(30);
      assert.equal(
        await reason(session(uma.credentials, serial, shown)),
        `The code was used before, at ${NOON} for GetSessionToken; each is good once. One that is not used: iam-local mfa code --next ${serial}`,
      );
    });

    it("after too many is told until when", async () => {
      const wrong = codeOf(60);
      for (let i = 0; i < 9; i++) await session(uma.credentials, serial, wrong).catch(() => {});
      assert.equal(
        await reason(session(uma.credentials, serial, code(serial))),
        `${serial} has had its 9 attempts, right and wrong ones together, of these three minutes: nothing more is looked at until 2026-11-24T12:03:00Z on the emulator's clock. This code may have been right.`,
      );
    });

    it("without its other half is told which is missing", async () => {
      assert.equal(await reason(session(uma.credentials, serial)), "There is no TokenCode in the request.");
      assert.equal(
        await reason(session(uma.credentials, undefined, "123456")),
        "There is no SerialNumber in the request.",
      );
    });

    describe("in a pair", () => {
      const resync = (first: string, second: string) =>
        reason(
          emu.iam().send(
            new ResyncMFADeviceCommand({
              UserName: uma.name,
              SerialNumber: serial,
              AuthenticationCode1: first,
              AuthenticationCode2: second,
            }),
          ),
        );

      it("is told what is wrong with the two", async () => {
        assert.match(
          await resync(codeOf(2), codeOf(2)),
          /^The same code was given twice\. Two that are: iam-local mfa code/,
        );
        assert.match(
          await resync(codeOf(2), codeOf(4)),
          /^The codes are not consecutive: the first is the code that was shown from \S+, 1 min after the emulator's \S+, the second /,
        );
        assert.match(await resync(codeOf(3), codeOf(2)), /^The codes are not in order: /);
        assert.match(
          await resync(codeOf(-1), codeOf(0)),
          /^The two codes are not newer than the pair that was taken last\./,
        );
        assert.match(await resync(codeOf(500), codeOf(502)), /^Neither code is one of \S+ within an hour of /);
      });
    });
  });

  describe("a device", () => {
    const told = async (serial: string, user?: TestUser) => {
      const uma = user ?? (await newUser());
      return { uma, why: await reason(session(uma.credentials, serial, "123456")) };
    };

    it("of a kind that STS takes no codes of is told with what to do", async () => {
      const uma = await newUser();
      const { serialNumber } = await control(emu, "mfa-devices", { userName: uma.name, kind: "u2f" });
      const { why } = await told(String(serialNumber), uma);
      assert.equal(
        why,
        `${String(serialNumber)} is ${uma.name}'s U2F security key: STS takes codes of virtual and hardware devices only. Sign in at the console with it, or by iam-local login.`,
      );
      const sam = await newUser();
      const sms = await control(emu, "mfa-devices", { userName: sam.name, kind: "sms", phoneNumber: "+12065550100" });
      assert.match(
        (await told(String(sms["serialNumber"]), sam)).why,
        /is Uma-\d+'s SMS MFA device: STS takes codes of/,
      );
    });

    it("of somebody else is told whose", async () => {
      const bob = await newUser();
      const serial = await enableMfa(emu, bob.name);
      const { uma, why } = await told(serial);
      assert.equal(
        why,
        `${serial} is the device of ${bob.name}. ${uma.name} has no MFA device: aws iam enable-mfa-device gives one.`,
      );
    });

    it("of root is told so", async () => {
      const { serialNumber } = await control(emu, "mfa-devices", { root: true, kind: "virtual" });
      assert.match((await told(String(serialNumber))).why, /root-account-mfa-device is root's device\./);
    });

    it("that was never enabled is told so", async () => {
      await emu.iam().send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "Spare" }));
      const serial = `arn:aws:iam::${ACCOUNT}:mfa/Spare`;
      assert.match((await told(serial)).why, /^arn:\S+ is enabled for nobody in this account\./);
      assert.match((await told(serial.replace("Spare", "spare"))).why, /^There is no \S+spare; it is spelt \S+Spare\./);
      await control(emu, "hardware-tokens", { serialNumber: "GAHT00000009" });
      assert.match((await told("GAHT00000009")).why, /^GAHT00000009 is on the key ring, but was never enabled/);
    });

    it("whose serial number is none is told by what it is", async () => {
      const uma = await newUser();
      const serial = await enableMfa(emu, uma.name);
      assert.equal(
        (await told(uma.arn, uma)).why,
        `${uma.arn} is the ARN of a user and not of a device. ${uma.name} has ${serial}.`,
      );
      assert.match(
        (await told(`arn:aws:iam::${ACCOUNT}:mfa/none`, uma)).why,
        /^There is no device \S+ in account 0{12}\./,
      );
      assert.match(
        (await told("arn:aws:iam::111122223333:mfa/x", uma)).why,
        /is a device of account 111122223333, and/,
      );
      assert.match((await told("arn:aws:iam::111122223333:group/x", uma)).why, /is the serial number of no kind/);
    });

    it("is nothing that root or a role has for STS", async () => {
      assert.match(
        await reason(session({ accessKeyId: "test", secretAccessKey: "test" }, "GAHT00000001", "123456")),
        /^STS takes no codes of root/,
      );
      const uma = await newUser();
      const role = await createRole(emu, "chain", {
        trusts: [trust(`arn:aws:iam::${ACCOUNT}:root`)],
        statements: [allow("sts:AssumeRole")],
      });
      const inRole = await assume(emu, uma.credentials, role);
      assert.match(
        await reason(assume(emu, inRole, role, { SerialNumber: "GAHT00000001", TokenCode: "123456" })),
        /^arn:aws:sts::0{12}:assumed-role\/chain\/session has no MFA device\. Only IAM users have/,
      );
    });
  });

  describe("a key or token", () => {
    const whoAmI = (credentials: Credentials) => emu.sts(credentials).send(new GetCallerIdentityCommand({}));

    it("that is unknown, inactive or of a user who is gone is told so", async () => {
      const uma = await newUser();
      const { accessKeyId } = uma.credentials;
      const status = (Status: "Active" | "Inactive") =>
        emu.iam().send(new UpdateAccessKeyCommand({ UserName: uma.name, AccessKeyId: accessKeyId, Status }));
      await status("Inactive");
      assert.match(await reason(whoAmI(uma.credentials)), new RegExp(`^The access key ${accessKeyId} is inactive`));
      await status("Active");
      await emu.iam().send(new DeleteAccessKeyCommand({ UserName: uma.name, AccessKeyId: accessKeyId }));
      assert.equal(
        await reason(whoAmI(uma.credentials)),
        `This emulator has no access key ${accessKeyId}: it is another one's or AWS's, or was deleted. Root's is test.`,
      );
    });

    it("that belongs to a session is told what is missing or mixed up", async () => {
      const uma = await newUser();
      const one = credentialsOf(await session(uma.credentials));
      const other = credentialsOf(await session(uma.credentials));
      assert.match(
        await reason(whoAmI({ ...one, sessionToken: undefined })),
        /^ASIA\S+ is a temporary access key, and there is no session token with it: set AWS_SESSION_TOKEN too\.$/,
      );
      const told = await reason(whoAmI({ ...one, sessionToken: other.sessionToken }));
      assert.ok(
        told.startsWith(
          `The session token belongs to ${other.accessKeyId}, and the request is signed with ${one.accessKeyId}`,
        ),
      );
      const foreign = await reason(whoAmI({ ...one, sessionToken: `${one.sessionToken!.slice(0, -8)}AAAAAAA=` }));
      assert.match(foreign, /^This emulator, as it is since its last reset .* has not issued the session token/);
      for (const text of [told, foreign]) {
        assert.ok(
          ![one.secretAccessKey, one.sessionToken!, other.sessionToken!].some((secret) => text.includes(secret)),
        );
      }
    });

    it("that has expired is told when", async () => {
      const uma = await newUser();
      const held = credentialsOf(
        await emu.sts(uma.credentials).send(new GetSessionTokenCommand({ DurationSeconds: 900 })),
      );
      emu.server.clock.advance(1000);
      assert.equal(
        await reason(whoAmI(held)),
        "The session ended at 2026-11-24T12:15:00Z; the emulator's time is 2026-11-24T12:16:40Z.",
      );
    });

    it("whose user or role is gone is told so", async () => {
      const uma = await createUser(emu, `Uma-${++names}`);
      const held = credentialsOf(await session(uma.credentials));
      await emu
        .iam()
        .send(new DeleteAccessKeyCommand({ UserName: uma.name, AccessKeyId: uma.credentials.accessKeyId }));
      await emu.iam().send(new DeleteUserCommand({ UserName: uma.name }));
      assert.match(await reason(whoAmI(held)), /^The user of ASIA\S+ has been deleted\.$/);
      const bob = await newUser();
      const role = await createRole(emu, "short", { trusts: [trust(`arn:aws:iam::${ACCOUNT}:root`)] });
      const inRole = await assume(emu, bob.credentials, role);
      await emu.iam().send(new DeleteRoleCommand({ RoleName: "short" }));
      assert.match(await reason(whoAmI(inRole)), /^The role of the session has been deleted/);
    });

    it("that IAM does not take is told why", async () => {
      const uma = await newUser();
      const plain = credentialsOf(await session(uma.credentials));
      assert.equal(
        await reason(emu.iam(plain).send(new ListUsersCommand({}))),
        "The session of GetSessionToken was made without MFA, and may not call IAM. Get one with --serial-number and --token-code.",
      );
      const federated = credentialsOf(
        await emu.sts(uma.credentials).send(new GetFederationTokenCommand({ Name: "fed" })),
      );
      assert.match(
        await reason(emu.iam(federated).send(new ListUsersCommand({}))),
        /^Federated users .* may not call IAM/,
      );
      assert.equal(
        await reason(session(plain)),
        "The caller's credentials are from GetSessionToken, which never may, whatever policies say.",
      );
    });
  });

  describe("a signature", () => {
    const BODY = "Action=GetCallerIdentity&Version=2011-06-15";
    const host = () => new URL(emu.server.endpoint).host;
    type Sent = { body?: string; path?: string; headers?: Record<string, string> };

    /** Signs one request, sends another, and returns why that was refused. */
    const mismatch = async (signed: aws4.Request, sent: Sent = {}, credentials?: Credentials): Promise<string> => {
      const { headers } = aws4.sign(
        {
          host: host(),
          path: "/",
          method: "POST",
          service: "sts",
          region: "us-east-1",
          body: BODY,
          ...signed,
          headers: { "Content-Type": "application/x-www-form-urlencoded", ...(signed.headers as object) },
        },
        credentials ?? { accessKeyId: "test", secretAccessKey: "test" },
      );
      const answer = await supertest(emu.server.endpoint)
        .post(sent.path ?? "/")
        .set({ ...(headers as Record<string, string>), Host: host(), ...sent.headers })
        .send(sent.body ?? BODY);
      assert.match(answer.text, /<Code>SignatureDoesNotMatch<\/Code>/);
      assert.ok(!answer.text.includes("Canonical"));
      return emu.server.trail()[0]!.errorDetail!;
    };
    const firstLine = (text: string) => text.split("\n", 1)[0]!;

    it("by another secret is told with what the server saw", async () => {
      const uma = await newUser();
      const { accessKeyId, secretAccessKey } = uma.credentials;
      const told = await mismatch({}, {}, { accessKeyId, secretAccessKey: "nothing" });
      const [cause, , ...seen] = told.split("\n");
      assert.match(cause!, new RegExp(`^It was signed with another secret than that of ${accessKeyId}, or something`));
      assert.deepEqual(seen.slice(0, 3), ["POST", "/", ""]);
      assert.ok(seen.includes(`host:${host()}`));
      assert.match(
        told,
        /\nString to sign:\nAWS4-HMAC-SHA256\n\d{8}T\d{6}Z\n\d{8}\/us-east-1\/sts\/aws4_request\n[0-9a-f]{64}$/,
      );
      assert.ok(!told.includes(secretAccessKey));
      assert.match(
        firstLine(await mismatch({}, {}, { accessKeyId, secretAccessKey: "test" })),
        /^It was signed with the secret of the root keys, and not with that of AKIA/,
      );
      assert.match(
        firstLine(await mismatch({}, {}, { accessKeyId, secretAccessKey: `${secretAccessKey}\n` })),
        /and a blank or line break after it\.$/,
      );
    });

    for (const [what, signed, sent, cause] of [
      [
        "another host",
        { host: "sts.amazonaws.com" },
        {},
        /^The client signed the host sts\.amazonaws\.com, and 127\.0\.0\.1:\d+ arrived/,
      ],
      [
        "a host without its port",
        { host: "127.0.0.1" },
        {},
        /^The client signed the host 127\.0\.0\.1, and 127\.0\.0\.1:\d+ arrived/,
      ],
      ["another path", { path: "/" }, { path: "/base" }, /^The client signed the path \/, and \/base arrived/],
      [
        "another body",
        {},
        { body: BODY.replace("GetC", "getC") },
        /^(?:It was signed with another secret than that of test, or something)/,
      ],
      [
        "another body than is declared",
        { headers: { "X-Amz-Content-Sha256": "0".repeat(64) } },
        {},
        /^The body is not the one that was signed: its hash is not what x-amz-content-sha256 declares\.$/,
      ],
      ["no body", { body: "" }, {}, /^It was signed without a body, or the body was added on the way\.$/],
      [
        "another type of content",
        { headers: { "Content-Type": "application/x-www-form-urlencoded; charset=utf-8" } },
        { headers: { "Content-Type": "application/x-www-form-urlencoded" } },
        /^The client signed the header content-type as "application\/x-www-form-urlencoded; charset=utf-8", and another/,
      ],
    ] as readonly (readonly [string, aws4.Request, Sent, RegExp])[]) {
      it(`of ${what} is told so`, async () => assert.match(firstLine(await mismatch(signed, sent)), cause));
    }

    it("of a header that did not arrive is told which", async () => {
      const { headers } = aws4.sign(
        {
          host: host(),
          path: "/",
          method: "POST",
          service: "sts",
          body: BODY,
          headers: { "Content-Type": "application/x-www-form-urlencoded", "X-Gone": "1" },
        },
        { accessKeyId: "test", secretAccessKey: "test" },
      );
      const { "X-Gone": _gone, ...others } = headers as Record<string, string>;
      await supertest(emu.server.endpoint).post("/").set(others).send(BODY);
      assert.match(emu.server.trail()[0]!.errorDetail!, /^Headers that were signed did not arrive: x-gone\./);
    });

    it("shows no secret of the query or of headers, and no more than a detail may have", async () => {
      const secrets = { TokenCode: "123456", Password: "hunter2", "X-Amz-Security-Token": "sealed" };
      const query = new URLSearchParams({ Action: "GetSessionToken", Version: "2011-06-15", ...secrets }).toString();
      const { path, headers } = aws4.sign(
        { host: host(), path: `/?${query}`, method: "GET", service: "sts", headers: { Cookie: "biscuit" } },
        { accessKeyId: "test", secretAccessKey: "other" },
      );
      await supertest(emu.server.endpoint)
        .get(path!)
        .set(headers as Record<string, string>);
      const told = emu.server.trail()[0]!.errorDetail!;
      assert.match(told, /^It was signed with another secret/);
      assert.match(told, /Action=GetSessionToken&Password=…&TokenCode=…&Version=2011-06-15&X-Amz-Security-Token=…\n/);
      for (const secret of [...Object.values(secrets), "biscuit"]) assert.ok(!told.includes(secret), secret);

      const large = await mismatch(
        { headers: { "X-Large": "x".repeat(20_000) } },
        {},
        { accessKeyId: "test", secretAccessKey: "other" },
      );
      assert.match(large, /^The request is too large for its signature to be looked into\.\nCanonical request/);
      assert.ok(large.length <= 4096, String(large.length));
    });

    it("that is not of now is told by whose clock", async () => {
      const sent = (date: string) => mismatch({ headers: { "X-Amz-Date": date } });
      assert.match(
        await sent("20261124T113000Z"),
        /^The client's clock is 30 min behind the emulator's, which was moved, and .* iam-local clock real brings it back\.$/,
      );
    });

    it("that is missing is told so", async () => {
      await supertest(emu.server.endpoint).post("/").type("form").send(BODY);
      assert.match(emu.server.trail()[0]!.errorDetail!, /^The request is not signed: it has no Authorization header/);
      await supertest(emu.server.endpoint).post("/").set("Authorization", "Bearer hidden").type("form").send(BODY);
      const told = emu.server.trail()[0]!.errorDetail!;
      assert.match(told, /^The Authorization header is of another kind than AWS4-HMAC-SHA256/);
      assert.ok(!told.includes("hidden"));
    });

    it("for another service or region is told which", async () => {
      const told = await mismatch({ service: "iam" });
      assert.equal(
        told,
        'The client signed for the service "iam" in the region "us-east-1", and the request is one of sts.',
      );
    });
  });

  describe("a sign-in", () => {
    const told = () => emu.server.trail().find(({ eventName }) => eventName === "ConsoleLogin")!.errorDetail!;

    it("by a wrong password, or of a user who has none, is told so", async () => {
      const uma = await consoleUser(emu, `Uma-${++names}`);
      await signIn(browser(emu), uma.name, "wrong password");
      assert.equal(told(), "The password is another one.");
      const bob = await newUser();
      await signIn(browser(emu), bob.name);
      assert.match(told(), /^The user has no password for the console: aws iam create-login-profile gives one\.$/);
      await signIn(browser(emu), "typed a password here");
      assert.match(told(), /^There is no such user in account 0{12}, or no such account or alias/);
      assert.ok(!told().includes("typed"));
    });

    it("after too many is told until when", async () => {
      const uma = await consoleUser(emu, `Uma-${++names}`);
      for (let i = 0; i < 10; i++) await signIn(browser(emu), uma.name, "wrong password");
      await signIn(browser(emu), uma.name);
      assert.equal(
        told(),
        "10 sign-ins of this user have failed: the password is not looked at until 2026-11-24T12:15:00Z on the emulator's clock, and may have been right.",
      );
    });

    it("by a code that was used for it is told so at STS", async () => {
      const uma = await consoleUser(emu, `Uma-${++names}`);
      const serial = await enableMfa(emu, uma.name);
      const shown = code(serial);
      const visitor = browser(emu);
      await signIn(visitor, uma.name, PASSWORD);
      await visitor.submit("/console/sign-in/mfa", { code: shown });
      assert.match(await reason(session(uma.credentials, serial, shown)), /used before, at \S+ for ConsoleLogin;/);
      const again = browser(emu);
      await signIn(again, uma.name, PASSWORD);
      await again.submit("/console/sign-in/mfa", { code: shown });
      assert.match(told(), /used before, at \S+ for ConsoleLogin;/);
    });

    it("by a code from a phone is told what became of it", async () => {
      const sam = await consoleUser(emu, `Uma-${++names}`);
      await control(emu, "mfa-devices", { userName: sam.name, kind: "sms", phoneNumber: "+12065550111" });
      const sent = async () =>
        ((await control(emu, "sms?phoneNumber=%2B12065550111")) as { messages: { code: string }[] }).messages;
      const visitor = browser(emu);
      await signIn(visitor, sam.name, PASSWORD);
      const first = (await sent()).at(-1)!.code;
      await visitor.submit("/console/sign-in/mfa", {}, "send");
      await visitor.submit("/console/sign-in/mfa", { code: first });
      assert.match(told(), /^The code of \S+ is void: a newer one was sent at /);
      await visitor.submit("/console/sign-in/mfa", { code: "none" });
      assert.match(told(), /^It is no code that was sent to \+12065550111\./);
      const second = (await sent()).at(-1)!.code;
      emu.server.clock.advance(301);
      await visitor.submit("/console/sign-in/mfa", { code: second });
      assert.match(
        told(),
        /^The code of \S+ expired at 2026-11-24T12:05:00Z; the emulator's time is 2026-11-24T12:05:01Z\.$/,
      );
    });

    it("by credentials that are not valid is told why at the federation endpoint", async () => {
      const Session = JSON.stringify({ sessionId: "ASIA", sessionKey: "hidden", sessionToken: "foreign" });
      await supertest(emu.server.endpoint).get("/federation").query({ Action: "getSigninToken", Session }).expect(400);
      const { eventName, errorMessage, errorDetail } = emu.server.trail()[0]!;
      assert.deepEqual(
        [eventName, errorMessage],
        ["GetSigninToken", "The credentials in Session are not valid, or have expired."],
      );
      assert.match(errorDetail!, /has not issued the session token/);
    });
  });

  it("is told in full by why(), by the error, by its request id, and of the last refusal", async () => {
    const error = await emu
      .sts({ accessKeyId: "AKIANOBODY", secretAccessKey: "any" })
      .send(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${ACCOUNT}:role/none`, RoleSessionName: "x" }))
      .catch((cause: Error & { $metadata: { requestId: string } }) => cause);
    const { requestId } = error.$metadata as { requestId: string };
    const text = [
      `2026-11-24T12:00:00.000Z  403  AssumeRole  (nobody)  ${requestId}`,
      "    InvalidClientTokenId: The security token included in the request is invalid.",
      "",
      "This emulator has no access key AKIANOBODY: it is another one's or AWS's, or was deleted. Root's is test.",
    ].join("\n");
    assert.equal(emu.server.why(error), text);
    assert.equal(emu.server.why(requestId), text);
    assert.equal(emu.server.why(), text);
  });

  it("is not told of what is no request of this emulator", () => {
    assert.equal(
      emu.server.why("unknown"),
      "The trail holds no request unknown: it was another emulator's, or is too long ago.",
    );
    assert.equal(
      emu.server.why(new Error("connection refused")),
      "There is no request id ($metadata.requestId): whatever failed, it was no answer of the emulator.",
    );
  });
});
