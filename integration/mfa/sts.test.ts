import assert from "node:assert/strict";
import {
  CreateVirtualMFADeviceCommand,
  DeactivateMFADeviceCommand,
  DeleteVirtualMFADeviceCommand,
  EnableMFADeviceCommand,
  GetUserCommand,
  ResyncMFADeviceCommand,
} from "@aws-sdk/client-iam";
import { AssumeRoleCommand, GetSessionTokenCommand, type STSClient } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { stepOf, totpCode } from "../../signing/totp.ts";
import { emulator, type Credentials } from "../emulator.ts";
import {
  allow,
  assume,
  createRole,
  createUser,
  credentialsOf,
  enableMfa,
  notAuthorized,
  trust,
  type TestRole,
  type TestUser,
} from "../fixtures.ts";
import { control } from "./control.ts";

const ACCOUNT = "000000000000";
const MINUTE = 60_000;

const denied = (message: string) => (error: Error & { $metadata?: { httpStatusCode?: number } }) => {
  assert.deepEqual(
    { name: error.name, message: error.message, status: error.$metadata?.httpStatusCode },
    { name: "AccessDenied", message, status: 403 },
  );
  return true;
};
// The blanks at the end of the first text and inside the second are AWS's.
const invalidCode = denied("MultiFactorAuthentication failed with invalid MFA one time pass code. ");
const unableToValidate = denied(
  "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user.",
);
const bothNeeded = denied(
  "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code.",
);
const invalidInput =
  (...rules: readonly RegExp[]) =>
  (error: Error) => {
    assert.equal(error.name, "ValidationError");
    assert.ok(
      error.message.startsWith(`${rules.length} validation error${rules.length > 1 ? "s" : ""} detected: `),
      error.message,
    );
    for (const rule of rules) assert.match(error.message, rule);
    return true;
  };

interface MfaInput {
  readonly SerialNumber?: string | undefined;
  readonly TokenCode?: string | undefined;
}

describe("MFA codes at STS", () => {
  const emu = emulator();
  let role: TestRole;
  let names = 0;

  before(async () => {
    role = await createRole(emu, "anyone", { trusts: [trust(`arn:aws:iam::${ACCOUNT}:root`)] });
  });
  // A new three-minute window, so that tests do not share attempts.
  beforeEach(() => emu.server.clock.set(Math.ceil((emu.server.clock.now() + 1) / (3 * MINUTE)) * 3 * MINUTE));

  /** A new user who may assume roles, with an enabled virtual device. */
  const holder = async (): Promise<TestUser & { readonly serial: string }> => {
    const user = await createUser(emu, `holder-${++names}`, { statements: [allow("sts:AssumeRole")] });
    return { ...user, serial: await enableMfa(emu, user.name) };
  };
  const code = (serial: string) => emu.server.mfa.code(serial).code;
  /** The right code if there is such a device, enabled or not; else a guess. */
  const codeOrGuess = (serial: string) => {
    try {
      return code(serial);
    } catch {
      return "123456";
    }
  };

  const operations: readonly [string, (sts: STSClient, input: MfaInput) => Promise<unknown>][] = [
    ["GetSessionToken", (sts, input) => sts.send(new GetSessionTokenCommand(input))],
    [
      "AssumeRole",
      (sts, input) => sts.send(new AssumeRoleCommand({ RoleArn: role.arn, RoleSessionName: "session", ...input })),
    ],
  ];
  const getSessionToken = operations[0]![1];
  const send = (credentials: Credentials, SerialNumber?: string, TokenCode?: string) =>
    getSessionToken(emu.sts(credentials), { SerialNumber, TokenCode });

  for (const [name, call] of operations) {
    describe(name, () => {
      const use = ({ credentials }: Pick<TestUser, "credentials">, SerialNumber?: string, TokenCode?: string) =>
        call(emu.sts(credentials), { SerialNumber, TokenCode });

      it("accepts the code that the caller's device shows", async () => {
        const user = await holder();
        await use(user, user.serial, code(user.serial));
      });

      it("refuses a wrong code", async () => {
        const user = await holder();
        const wrong = code(user.serial) === "000000" ? "000001" : "000000";
        await assert.rejects(use(user, user.serial, wrong), invalidCode);
      });

      it("refuses a code that was used", async () => {
        const user = await holder();
        const used = code(user.serial);
        await use(user, user.serial, used);
        await assert.rejects(use(user, user.serial, used), invalidCode);
      });

      it("refuses a code that the other operation has used", async () => {
        const user = await holder();
        const used = code(user.serial);
        for (const [other, callOther] of operations) {
          if (other !== name)
            await callOther(emu.sts(user.credentials), { SerialNumber: user.serial, TokenCode: used });
        }
        await assert.rejects(use(user, user.serial, used), invalidCode);
      });

      it("refuses a serial number without a code, and a code without a serial number", async () => {
        const user = await holder();
        await assert.rejects(use(user, user.serial), bothNeeded);
        await assert.rejects(use(user, undefined, code(user.serial)), bothNeeded);
      });

      for (const [what, serialOf] of [
        ["a serial number that does not exist", async () => `arn:aws:iam::${ACCOUNT}:mfa/nothing`],
        ["the ARN of the user in place of the device's", async (user: TestUser) => user.arn],
        ["the device of another user", async () => (await holder()).serial],
        ["a hardware token that nobody owns", async () => "GAHT99999999"],
        [
          "a hardware token that nobody has enabled",
          async () => (await control(emu, "hardware-tokens", {}))["serialNumber"] as string,
        ],
        [
          "a virtual device that was never enabled",
          async () => {
            const command = new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: `idle-${++names}` });
            return (await emu.iam().send(command)).VirtualMFADevice!.SerialNumber!;
          },
        ],
      ] as const) {
        it(`cannot validate ${what}`, async () => {
          const user = await holder();
          const serial = await serialOf(user);
          await assert.rejects(use(user, serial, codeOrGuess(serial)), unableToValidate);
        });
      }

      it("cannot validate a device that was deactivated", async () => {
        const user = await holder();
        await emu.iam().send(new DeactivateMFADeviceCommand({ UserName: user.name, SerialNumber: user.serial }));
        await assert.rejects(use(user, user.serial, code(user.serial)), unableToValidate);
      });

      it("cannot validate the device of another account", async () => {
        const root = { accessKeyId: "333333333333", secretAccessKey: "test" };
        const command = new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: `abroad-${++names}` });
        const serial = (await emu.iam(root).send(command)).VirtualMFADevice!.SerialNumber!;
        await assert.rejects(use(await holder(), serial, code(serial)), unableToValidate);
      });

      for (const [value, rules] of [
        ["12345", [/'12345' at 'tokenCode' .* greater than or equal to 6$/]],
        ["1234567", [/'1234567' at 'tokenCode' .* less than or equal to 6$/]],
        ["12345a", [/'12345a' at 'tokenCode' .* pattern: \[\\d\]\*$/]],
        [
          "cccccckdvvulethkhtvkrtbeukiettvfhlfvuucgvjgf",
          [/at 'tokenCode' .* pattern: \[\\d\]\*/, /at 'tokenCode' .* less than or equal to 6/],
        ],
      ] as const) {
        it(`refuses "${value}" before it looks at the device`, async () => {
          const user = await holder();
          await assert.rejects(
            use(user, `arn:aws:iam::${ACCOUNT}:u2f/user/${user.name}/default-X`, value),
            invalidInput(...rules),
          );
          await assert.rejects(use(user, user.serial, value), invalidInput(...rules));
        });
      }

      for (const [value, rule] of [
        ["GAHT1234", /'GAHT1234' at 'serialNumber' .* greater than or equal to 9$/],
        ["G".repeat(257), /at 'serialNumber' .* less than or equal to 256$/],
        ["GAHT 12345678", /at 'serialNumber' .* pattern: \[\\w\+=\/:,\.@-\]\*$/],
      ] as const) {
        it(`refuses the serial number ${value.slice(0, 13)} of ${value.length} characters`, async () => {
          await assert.rejects(use(await holder(), value, "123456"), invalidInput(rule));
        });
      }

      it("takes codes again after nine attempts in three minutes, once the next three begin", async () => {
        const user = await holder();
        const used = code(user.serial);
        const wrong = used === "000000" ? "000001" : "000000";
        await use(user, user.serial, used);
        for (let attempt = 2; attempt <= 9; attempt++) {
          await assert.rejects(use(user, user.serial, attempt % 2 ? used : wrong), invalidCode);
        }
        const right = emu.server.mfa.code(user.serial).next!;
        await assert.rejects(use(user, user.serial, right), unableToValidate);
        emu.server.clock.advance(179);
        await assert.rejects(use(user, user.serial, code(user.serial)), unableToValidate);
        emu.server.clock.advance(1);
        await use(user, user.serial, code(user.serial));
      });
    });
  }

  describe("the time of a code", () => {
    for (const [distance, accepted] of [
      [-3, false],
      [-2, true],
      [-1, true],
      [0, true],
      [1, true],
      [2, true],
      [3, false],
    ] as const) {
      it(`${accepted ? "may" : "must not"} be ${Math.abs(distance)} steps ${distance < 0 ? "past" : "ahead"}`, async () => {
        // Enabled with the codes of the previous and the current step, so that the device is not taken to be ahead.
        const { credentials, name } = await createUser(emu, `timed-${++names}`);
        const { VirtualMFADevice: device } = await emu
          .iam()
          .send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: name }));
        const seed = Buffer.from(device!.Base32StringSeed!).toString();
        const at = (steps: number) => totpCode(seed, stepOf(emu.server.clock.now()) + steps);
        await emu.iam().send(
          new EnableMFADeviceCommand({
            UserName: name,
            SerialNumber: device!.SerialNumber,
            AuthenticationCode1: at(-1),
            AuthenticationCode2: at(0),
          }),
        );
        const use = send(credentials, device!.SerialNumber, at(distance));
        if (accepted) await use;
        else await assert.rejects(use, invalidCode);
      });
    }

    it("may be before that of a code already used", async () => {
      const user = await holder();
      const { code: earlier, next: later } = emu.server.mfa.code(user.serial);
      await send(user.credentials, user.serial, later);
      await send(user.credentials, user.serial, earlier);
    });
  });

  describe("used codes", () => {
    it("are refused for ever, though the clock come back and the device be resynchronised", async () => {
      const user = await holder();
      const used = code(user.serial);
      await send(user.credentials, user.serial, used);
      emu.server.clock.advance(3600);
      await send(user.credentials, user.serial, code(user.serial));
      emu.server.clock.advance(-3600);
      await assert.rejects(send(user.credentials, user.serial, used), invalidCode);
      emu.server.clock.advance(60);
      const { code: AuthenticationCode1, next: AuthenticationCode2 } = emu.server.mfa.code(user.serial);
      const input = { UserName: user.name, SerialNumber: user.serial, AuthenticationCode1, AuthenticationCode2 };
      await emu.iam().send(new ResyncMFADeviceCommand(input));
      emu.server.clock.advance(-60);
      await assert.rejects(send(user.credentials, user.serial, used), invalidCode);
    });

    it("do not include those given to EnableMFADevice", async () => {
      const user = await holder();
      const { code: first, next: second } = emu.server.mfa.code(user.serial);
      await send(user.credentials, user.serial, first);
      await send(user.credentials, user.serial, second);
    });

    it("stay used if the request is then refused", async () => {
      const user = await createUser(emu, `powerless-${++names}`);
      const serial = await enableMfa(emu, user.name);
      const closed = await createRole(emu, `closed-${names}`, {
        trusts: [trust(`arn:aws:iam::${ACCOUNT}:role/anyone`)],
      });
      const used = code(serial);
      await assert.rejects(
        assume(emu, user.credentials, closed, { SerialNumber: serial, TokenCode: used }),
        notAuthorized(user.arn, "sts:AssumeRole", closed.arn),
      );
      await assert.rejects(send(user.credentials, serial, used), invalidCode);
    });

    it("are used by exactly one of many requests at the same time", async () => {
      const user = await holder();
      const TokenCode = code(user.serial);
      const answers = await Promise.allSettled(
        Array.from({ length: 8 }, (_, n) =>
          operations[n % 2]![1](emu.sts(user.credentials), { SerialNumber: user.serial, TokenCode }),
        ),
      );
      assert.equal(answers.filter(({ status }) => status === "fulfilled").length, 1);
      for (const answer of answers) if (answer.status === "rejected") invalidCode(answer.reason as Error);
    });
  });

  describe("attempts", () => {
    it("are counted for the serial number, also when the device is deleted and made again", async () => {
      const user = await holder();
      const wrong = code(user.serial) === "000000" ? "000001" : "000000";
      for (let attempt = 1; attempt <= 9; attempt++) {
        await assert.rejects(send(user.credentials, user.serial, wrong), invalidCode);
      }
      await emu.iam().send(new DeactivateMFADeviceCommand({ UserName: user.name, SerialNumber: user.serial }));
      await emu.iam().send(new DeleteVirtualMFADeviceCommand({ SerialNumber: user.serial }));
      assert.equal(await enableMfa(emu, user.name), user.serial);
      await assert.rejects(send(user.credentials, user.serial, code(user.serial)), unableToValidate);
    });

    it("are not spent by others who try the serial number", async () => {
      const user = await holder();
      const other = await holder();
      for (let attempt = 1; attempt <= 12; attempt++) {
        await assert.rejects(send(other.credentials, user.serial, code(user.serial)), unableToValidate);
      }
      await send(user.credentials, user.serial, code(user.serial));
    });
  });

  describe("who calls", () => {
    it("a role has no device of its own, not even that of the user who assumed it", async () => {
      const user = await holder();
      const session = await assume(emu, user.credentials, role);
      const use = { SerialNumber: user.serial, TokenCode: code(user.serial) };
      await assert.rejects(assume(emu, session, role, use), unableToValidate);
      await send(user.credentials, user.serial, use.TokenCode);
    });

    it("a session of GetSessionToken is its user, with the user's device", async () => {
      const user = await holder();
      const session = credentialsOf(await emu.sts(user.credentials).send(new GetSessionTokenCommand({})));
      await assume(emu, session, role, { SerialNumber: user.serial, TokenCode: code(user.serial) });
    });

    it("root's own device is not for STS", async () => {
      const { serialNumber } = await control(emu, "mfa-devices", { root: true, kind: "virtual" });
      const serial = serialNumber as string;
      await assert.rejects(send(emu.server.rootCredentials, serial, code(serial)), unableToValidate);
    });

    it("root cannot use the device of a user", async () => {
      const user = await holder();
      await assert.rejects(send(emu.server.rootCredentials, user.serial, code(user.serial)), unableToValidate);
    });

    it("root cannot use a device that is nobody's", async () => {
      const command = new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: `idle-${++names}` });
      const serial = (await emu.iam().send(command)).VirtualMFADevice!.SerialNumber!;
      await assert.rejects(send(emu.server.rootCredentials, serial, code(serial)), unableToValidate);
    });
  });

  it("a session keeps its MFA when the device is taken away", async () => {
    const user = await createUser(emu, `kept-${++names}`, {
      statements: [{ ...allow("iam:GetUser"), Condition: { Bool: { "aws:MultiFactorAuthPresent": "true" } } }],
    });
    const SerialNumber = await enableMfa(emu, user.name);
    const command = new GetSessionTokenCommand({ SerialNumber, TokenCode: code(SerialNumber) });
    const session = credentialsOf(await emu.sts(user.credentials).send(command));
    await emu.iam().send(new DeactivateMFADeviceCommand({ UserName: user.name, SerialNumber }));
    await emu.iam().send(new DeleteVirtualMFADeviceCommand({ SerialNumber }));
    assert.equal((await emu.iam(session).send(new GetUserCommand({}))).User!.UserName, user.name);
  });
});
