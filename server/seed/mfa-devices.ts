import type { MfaKind } from "../../data/entities/mfa.ts";
import { mfaDeviceArn } from "../../handlers/arns.ts";
import type { Context } from "../../handlers/operation.ts";
import { enableInConsole, type ConsoleEnrolment } from "../../handlers/mfa/console-only.ts";
import { currentCode } from "../../handlers/mfa/current-code.ts";
import { addHardwareTokens } from "../../handlers/mfa/hardware-tokens.ts";
import { isKind } from "../../handlers/mfa/kinds.ts";
import { tagsOf } from "./accounts.ts";
import { setSeed } from "./given-secrets.ts";
import type { Place } from "./place.ts";
import type { Plan } from "./plan.ts";

/** The owner of a device: a user's name, or undefined for root. */
type Owner = string | undefined;

/** The MFA devices of a user or of root, of any kind, enabled. */
export function addMfaDevices(devices: Place, owner: Owner, plan: Plan): void {
  for (const device of devices.items()) {
    const kind = device.at("kind").text();
    if (!isKind(kind)) throw device.at("kind").fail(`must be one of ${Object.keys(ADD).join(", ")}.`);
    ADD[kind](device, owner, plan);
  }
}

const ADD: Readonly<Record<MfaKind, (device: Place, owner: Owner, plan: Plan) => void>> = {
  virtual(device, owner, plan) {
    const { name, path, seed, tags } = device.members("kind", "name", "path", "seed", "tags");
    const VirtualMFADeviceName = name.textIfGiven() ?? owner ?? "root-account-mfa-device";
    const serialNumber = mfaDeviceArn(plan.account, VirtualMFADeviceName, path.textIfGiven());
    plan.call(device, "CreateVirtualMFADevice", {
      VirtualMFADeviceName,
      Path: path.textIfGiven(),
      Tags: tagsOf(tags),
    });
    if (seed.isGiven) setSeed(seed, serialNumber, plan);
    enableWithCodes(device, { kind: "virtual", serialNumber }, owner, plan);
  },

  hardware(device, owner, plan) {
    const token = device.members("kind", ...TOKEN);
    addToken(device, token, plan);
    enableWithCodes(device, { kind: "hardware", serialNumber: token.serialNumber.text() }, owner, plan);
  },

  u2f(device, owner, plan) {
    const { name } = device.members("kind", "name");
    enable(device, { kind: "u2f", name: name.textIfGiven() }, owner, plan);
  },

  sms(device, owner, plan) {
    const { phoneNumber } = device.members("kind", "phoneNumber");
    enable(device, { kind: "sms", phoneNumber: phoneNumber.text() }, owner, plan);
  },
};

const TOKEN = ["serialNumber", "seed", "offsetSeconds"] as const;

/** Hardware tokens that nobody has enabled yet. */
export function addUnusedTokens(tokens: Place, plan: Plan): void {
  for (const token of tokens.items()) addToken(token, token.members(...TOKEN), plan);
}

function addToken(place: Place, token: Readonly<Record<(typeof TOKEN)[number], Place>>, plan: Plan): void {
  const made = {
    serialNumber: token.serialNumber.text(),
    base32Seed: token.seed.textIfGiven(),
    offsetSeconds: token.offsetSeconds.integerIfGiven(),
  };
  plan.do(place, ({ tx, random }) => void addHardwareTokens([made], { tx, random }));
}

/** Two consecutive codes prove possession of the device and show how far its clock is off. */
function enableWithCodes(
  place: Place,
  enrolment: ConsoleEnrolment & { readonly serialNumber: string },
  owner: Owner,
  plan: Plan,
): void {
  plan.do(place, (context) => {
    const { code, next } = currentCode(enrolment.serialNumber, context);
    enableInConsole({ ...enrolment, ...holder(owner), code1: code, code2: next }, context);
  });
}

/** Without a code, as only an administrator of the emulator can. */
function enable(place: Place, enrolment: ConsoleEnrolment, owner: Owner, plan: Plan): void {
  plan.do(place, (context: Context) => void enableInConsole({ ...enrolment, ...holder(owner) }, context));
}

const holder = (owner: Owner) => (owner === undefined ? { root: true } : { userName: owner });
