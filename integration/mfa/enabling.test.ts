import assert from "node:assert/strict";
import { ListMFADevicesCommand } from "@aws-sdk/client-iam";
import { describe, it } from "mocha";
import { emulator, type Credentials } from "../emulator.ts";
import { control, refusedByControl } from "./control.ts";
import {
  consoleRequest,
  createVirtual,
  enableByApi,
  mint,
  NAMES,
  newAccount,
  shown,
  type Kind,
  type Principal,
} from "./enrolment.ts";

// The rules of the IAM User Guide's "Enabling MFA devices", one sentence each: which kind can be enabled for whom, how,
// and under which rules. The expectations are written out here, and not read from the code's tables.

type Way = "console" | "console, without proof" | "API";

interface Refused {
  readonly code: string;
  readonly message: string;
}

const consoleOnly = (kinds: string): Refused => ({
  code: "ValidationError",
  message: `The MFA device serial number sent in the request is invalid or not supported by this API. ${kinds} can be enabled in the console only.`,
});
// The operation enables devices for a user name, and root has none.
const rootHasNoName: Refused = { code: "NoSuchEntity", message: "The user with name root cannot be found." };
const usersOnly: Refused = {
  code: "InvalidInput",
  message: "SMS MFA devices are for IAM users only. The root user can have a device of any other kind.",
};
const smsEnded: Refused = {
  code: "InvalidInput",
  message: "SMS MFA devices can no longer be enabled: AWS has ended their support. Those that exist go on.",
};
const enabled = "enabled";
type Outcome = typeof enabled | Refused;

/** Kind, principal, way, then the outcome under the rules `guide` and `current`. */
const CELLS: readonly [Kind, Principal, Way, Outcome, Outcome][] = [
  ["virtual", "user", "console", enabled, enabled],
  ["virtual", "user", "console, without proof", enabled, enabled],
  ["virtual", "user", "API", enabled, enabled],
  ["virtual", "root", "console", enabled, enabled],
  ["virtual", "root", "console, without proof", enabled, enabled],
  ["virtual", "root", "API", rootHasNoName, rootHasNoName],
  ["hardware", "user", "console", enabled, enabled],
  ["hardware", "user", "console, without proof", enabled, enabled],
  ["hardware", "user", "API", enabled, enabled],
  ["hardware", "root", "console", enabled, enabled],
  ["hardware", "root", "console, without proof", enabled, enabled],
  ["hardware", "root", "API", rootHasNoName, rootHasNoName],
  ["u2f", "user", "console, without proof", enabled, enabled],
  ["u2f", "user", "API", consoleOnly("U2F security keys"), consoleOnly("U2F security keys")],
  ["u2f", "root", "console, without proof", enabled, enabled],
  ["u2f", "root", "API", rootHasNoName, rootHasNoName],
  ["sms", "user", "console", enabled, smsEnded],
  ["sms", "user", "console, without proof", enabled, smsEnded],
  ["sms", "user", "API", consoleOnly("SMS MFA devices"), consoleOnly("SMS MFA devices")],
  ["sms", "root", "console, without proof", usersOnly, usersOnly],
  ["sms", "root", "API", rootHasNoName, rootHasNoName],
];

const SERIALS: Readonly<Record<Kind, Readonly<Record<Principal, RegExp>>>> = {
  virtual: {
    user: /^arn:aws:iam::\d{12}:mfa\/ann$/,
    root: /^arn:aws:iam::\d{12}:mfa\/root-account-mfa-device$/,
  },
  hardware: { user: /^GAHT\d{8}$/, root: /^GAHT\d{8}$/ },
  u2f: {
    user: /^arn:aws:iam::\d{12}:u2f\/user\/ann\/default-[A-Z2-7]{26}$/,
    root: /^arn:aws:iam::\d{12}:u2f\/root\/default-[A-Z2-7]{26}$/,
  },
  sms: { user: /^arn:aws:iam::\d{12}:sms-mfa\/ann$/, root: /^never$/ },
};

for (const [mfaRules, column] of [
  ["guide", 3],
  ["current", 4],
] as const) {
  describe(`enabling MFA devices under the rules "${mfaRules}"`, () => {
    const emu = emulator({ mfaRules });

    for (const cell of CELLS) {
      const [kind, principal, way] = cell;
      const outcome = cell[column];
      const whose = principal === "user" ? "an IAM user's" : "root's";
      it(`${whose} ${NAMES[kind]} is ${outcome === enabled ? "" : "not "}enabled by the ${way}`, async () => {
        const { root } = await newAccount(emu);
        if (way === "API") await byApi(kind, principal, outcome, root);
        else await byConsole(kind, principal, way, outcome, root);
        const UserName = principal === "user" ? "ann" : undefined;
        const { MFADevices } = await emu.iam(root).send(new ListMFADevicesCommand({ UserName }));
        assert.equal(MFADevices!.length, outcome === enabled ? 1 : 0);
        for (const device of MFADevices!) {
          assert.match(device.SerialNumber!, SERIALS[kind][principal]);
          assert.equal(device.UserName, UserName);
        }
      });
    }

    async function byApi(kind: Kind, principal: Principal, outcome: Outcome, root: Credentials): Promise<void> {
      const userName = principal === "user" ? "ann" : "root";
      const serial = await serialFor(kind, root);
      const codes: [string, string] =
        kind === "virtual" || kind === "hardware" ? shown(emu, serial) : ["123456", "654321"];
      const enabling = enableByApi(emu, root, userName, serial, codes);
      if (outcome === enabled) return enabling;
      await assert.rejects(enabling, (error: Error) => {
        assert.deepEqual({ code: error.name.replace(/Exception$/, ""), message: error.message }, outcome);
        return true;
      });
    }

    /** A serial number for trying EnableMFADevice. U2F and SMS devices do not exist before they are enabled. */
    async function serialFor(kind: Kind, root: Credentials): Promise<string> {
      if (kind === "virtual") return createVirtual(emu, root, "ann");
      if (kind === "hardware") return mint(emu);
      const resource = kind === "u2f" ? "u2f/user/ann/default-ABCDEFGHIJKLMNOPQRSTUVWXYZ" : "sms-mfa/ann";
      return `arn:aws:iam::${root.accessKeyId}:${resource}`;
    }

    async function byConsole(
      kind: Kind,
      principal: Principal,
      way: "console" | "console, without proof",
      outcome: Outcome,
      root: Credentials,
    ): Promise<void> {
      const proof = way === "console" ? "with proof" : "without proof";
      const request = await consoleRequest(emu, kind, principal, root, proof);
      if (outcome !== enabled) {
        assert.deepEqual(await refusedByControl(emu, "mfa-devices", request), { status: 400, ...outcome });
        return;
      }
      const answer = await control(emu, "mfa-devices", request);
      assert.equal(answer["kind"], kind);
      assert.match(answer["serialNumber"] as string, SERIALS[kind][principal]);
      assert.equal("shortcut" in answer, proof === "without proof");
    }
  });
}
