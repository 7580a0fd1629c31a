import type { MfaDevice, MfaDeviceOf, MfaKind } from "../../data/entities/mfa.ts";
import type { Settings } from "../operation.ts";

/** A way to enable a device. The AWS CLI is a client of the API, so only the console can do more than the API. */
type Way = "console" | "AWS CLI" | "API";

/**
 * What one kind of MFA device is and can do: the rules of the IAM User Guide (evidence: mfa-kinds). Every check reads
 * its rule here.
 */
export interface KindRules {
  /** In the plural, for the beginning of a sentence. */
  readonly title: string;
  /** How its serial number is written. */
  readonly serialNumber: string;
  readonly serialForm: RegExp;
  /** The ways to enable it for an IAM user, and for root. */
  readonly userWays: readonly Way[];
  readonly rootWays: readonly Way[];
  /** What proves possession of the device when it is enabled. */
  readonly enrolment: string;
  /** What is asked for at sign-in, after the password. */
  readonly signIn: string;
  /** Whether it makes time-based codes from a seed, and so has two consecutive codes for enabling, and resync. */
  readonly totp: boolean;
  /** Whether GetSessionToken and AssumeRole accept its codes. */
  readonly sts: boolean;
  readonly resync: boolean;
  /** Whether deactivating leaves it in the account, unassigned. */
  readonly keptUnassigned: boolean;
  readonly deactivated: string;
  /** The sets of rules that allow enabling a new one. */
  readonly mfaRules: readonly Settings["mfaRules"][];
}

const ANYWHERE: readonly Way[] = ["console", "AWS CLI", "API"];
const CONSOLE_ONLY: readonly Way[] = ["console"];
const NOWHERE: readonly Way[] = [];

/** The four kinds. docs/mfa.md prints this table (evidence: id-mfa-serial-numbers, mfa-kinds, mfa-sms, mfa-root). */
export const kinds: Readonly<Record<MfaKind, KindRules>> = {
  virtual: {
    title: "Virtual MFA devices",
    serialNumber: "`arn:aws:iam::ACCOUNT:mfa/NAME`",
    serialForm: /^arn:aws:iam::\d{12}:mfa\/./,
    userWays: ANYWHERE,
    rootWays: CONSOLE_ONLY,
    enrolment: "two consecutive codes",
    signIn: "the code that the app shows",
    totp: true,
    sts: true,
    resync: true,
    keptUnassigned: true,
    deactivated: "stays, unassigned, until it is deleted",
    mfaRules: ["guide", "current"],
  },
  hardware: {
    title: "Hardware TOTP tokens",
    serialNumber: "the vendor's, such as `GAHT12345678`",
    serialForm: /^(?!arn:)[\w+=/:,.@-]{9,256}$/,
    userWays: ANYWHERE,
    rootWays: CONSOLE_ONLY,
    enrolment: "two consecutive codes",
    signIn: "the code that the token shows",
    totp: true,
    sts: true,
    resync: true,
    keptUnassigned: false,
    deactivated: "can be enabled again, for anyone",
    mfaRules: ["guide", "current"],
  },
  u2f: {
    title: "U2F security keys",
    serialNumber: "`arn:aws:iam::ACCOUNT:u2f/user/USER/NAME-ID`, root's `…:u2f/root/NAME-ID`",
    serialForm: /^arn:aws:iam::\d{12}:u2f\/./,
    userWays: CONSOLE_ONLY,
    rootWays: CONSOLE_ONLY,
    enrolment: "a tap on the key",
    signIn: "a tap on the key",
    totp: false,
    sts: false,
    resync: false,
    keptUnassigned: false,
    deactivated: "is gone",
    mfaRules: ["guide", "current"],
  },
  sms: {
    title: "SMS MFA devices",
    serialNumber: "`arn:aws:iam::ACCOUNT:sms-mfa/USER`",
    serialForm: /^arn:aws:iam::\d{12}:sms-mfa\/./,
    userWays: CONSOLE_ONLY,
    rootWays: NOWHERE,
    enrolment: "the code sent to the phone",
    signIn: "the code sent to the phone",
    totp: false,
    sts: false,
    resync: false,
    keptUnassigned: false,
    deactivated: "is gone",
    mfaRules: ["guide"],
  },
};

/** One function for each kind of device, so that a new kind cannot be forgotten. */
export type ByKind<Arguments extends readonly unknown[], Result> = {
  readonly [Kind in MfaKind]: (device: MfaDeviceOf<Kind>, ...rest: Arguments) => Result;
};

/** Calls the table's function for the device's kind. */
export const byKind = <Arguments extends readonly unknown[], Result>(
  table: ByKind<Arguments, Result>,
  device: MfaDevice,
  ...rest: Arguments
): Result => (table[device.kind] as (device: MfaDevice, ...rest: Arguments) => Result)(device, ...rest);

export const isKind = (text: string): text is MfaKind => Object.hasOwn(kinds, text);

/** The kind of a serial number, by its form alone; undefined for a text that no device can have. */
export const kindOf = (serialNumber: string): MfaKind | undefined =>
  (Object.keys(kinds) as MfaKind[]).find((kind) => kinds[kind].serialForm.test(serialNumber));

/** The table as docs/mfa.md prints it. */
export function kindsAsMarkdown(): string {
  const yesNo = (yes: boolean) => (yes ? "yes" : "no");
  const ways = (list: readonly Way[]) => (list.length === 0 ? "never" : list.join(", "));
  const columns: [string, (rules: KindRules) => string][] = [
    ["", ({ title }) => `**${title}**`],
    ["Serial number", ({ serialNumber }) => serialNumber],
    ["Enabled for an IAM user by", ({ userWays }) => ways(userWays)],
    ["for root by", ({ rootWays }) => ways(rootWays)],
    ["with", ({ enrolment }) => enrolment],
    ["At sign-in", ({ signIn }) => signIn],
    ["STS takes its codes", ({ sts }) => yesNo(sts)],
    ["Resync", ({ resync }) => yesNo(resync)],
    ["Once deactivated", ({ deactivated }) => deactivated],
    ["New ones under", ({ mfaRules }) => mfaRules.map((name) => `\`${name}\``).join(", ")],
  ];
  const row = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [
    row(columns.map(([heading]) => heading)),
    row(columns.map(() => "---")),
    ...Object.values(kinds).map((rules) => row(columns.map(([, cell]) => cell(rules)))),
  ].join("\n");
}
