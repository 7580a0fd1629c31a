import { signingCertificates, type SigningCertificate } from "../../data/entities/certificates.ts";
import { mfaDevices } from "../../data/entities/mfa.ts";
import { credentialReports, lastUses, type CredentialReport } from "../../data/entities/reports.ts";
import { accessKeys, loginProfiles, users, type AccessKey } from "../../data/entities/users.ts";
import { rootArn, userArn } from "../arns.ts";
import { ReportExpired, ReportInProgress, ReportNotPresent } from "../errors.ts";
import { operation, type Context } from "../operation.ts";
import { refuse } from "../../data/store.ts";
import { existingAccount } from "./account.ts";
import { isPending, told } from "./background-jobs.ts";

/** How long a report is returned unchanged, without making a new one (evidence: credential-report-age). */
const CACHED_MS = 4 * 3_600_000;

const isExpired = ({ startedAt }: CredentialReport, { now }: Context): boolean => now - startedAt > CACHED_MS;

export const GenerateCredentialReport = operation("GenerateCredentialReport", {
  handle(_input, context) {
    const { tx, account, now } = context;
    const report = tx.get(credentialReports, account);
    if (!report || isExpired(report, context)) {
      const content = [COLUMNS, rootRow(context), ...userRows(context)].map((row) => row.map(csv).join(",")).join("\n");
      tx.put(credentialReports, { account, content, startedAt: now, asked: false });
      return {
        State: "STARTED" as const,
        Description: "No report exists. Starting a new report generation task",
      };
    }
    if (!isPending(report, context)) return { State: "COMPLETE" as const };
    told(credentialReports, report, context);
    return { State: "INPROGRESS" as const };
  },
});

// The refusals have no message; whether ReportExpired has one is not known (evidence: credential-report-states).
export const GetCredentialReport = operation("GetCredentialReport", {
  handle(_input, context) {
    const report = context.tx.get(credentialReports, context.account);
    if (!report) throw ReportNotPresent();
    if (isPending(report, context)) {
      throw refuse(ReportInProgress(), (tx) => told(credentialReports, report, { tx }));
    }
    if (isExpired(report, context)) throw ReportExpired();
    return {
      Content: Buffer.from(report.content),
      ReportFormat: "text/csv" as const,
      GeneratedTime: new Date(report.startedAt),
    };
  },
});

const slots = (prefix: string, columns: readonly string[]) =>
  [1, 2].flatMap((slot) => columns.map((column) => `${prefix}_${slot}_${column}`));

const COLUMNS: readonly string[] = [
  "user",
  "arn",
  "user_creation_time",
  "password_enabled",
  "password_last_used",
  "password_last_changed",
  "password_next_rotation",
  "mfa_active",
  ...slots("access_key", ["active", "last_rotated", "last_used_date", "last_used_region", "last_used_service"]),
  ...slots("cert", ["active", "last_rotated"]),
];

const ABSENT = "N/A";

/** A name may contain a comma; how AWS writes it then is not known. */
const csv = (field: string): string => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

const time = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");

/**
 * Root comes first; what its password columns show depends on whether AssumeRoot has set one
 * (evidence: credential-report-root).
 */
function rootRow(context: Context): string[] {
  const { tx, account } = context;
  const profile = tx.get(loginProfiles, account, account);
  const password = profile
    ? ["true", passwordLastUsed(account, context), time(profile.changedAt), "not_supported"]
    : ["not_supported", passwordLastUsed(account, context), "not_supported", "not_supported"];
  const createdAt = time(existingAccount(context).createdAt);
  return ["<root_account>", rootArn(account), createdAt, ...password, ...credentials(account, context)];
}

function* userRows(context: Context): Iterable<string[]> {
  const { tx, account } = context;
  for (const { id, name, path, createdAt } of tx.list(users, [account])) {
    yield [
      name,
      userArn(account, name, path),
      time(createdAt),
      ...passwordColumns(id, context),
      ...credentials(id, context),
    ];
  }
}

function passwordColumns(owner: string, context: Context): string[] {
  const profile = context.tx.get(loginProfiles, context.account, owner);
  if (!profile) return ["false", ABSENT, ABSENT, ABSENT];
  const days = existingAccount(context).passwordPolicy?.maxAgeDays;
  const nextRotation = days === undefined ? ABSENT : time(profile.changedAt + days * 86_400_000);
  return ["true", passwordLastUsed(owner, context), time(profile.changedAt), nextRotation];
}

function passwordLastUsed(owner: string, { tx }: Context): string {
  const use = tx.get(lastUses, `password:${owner}`);
  return use ? time(use.at) : "no_information";
}

/** Whether there is an MFA device, then two slots each for access keys and signing certificates. */
function credentials(owner: string, { tx, account }: Context): string[] {
  const [device] = tx.listBy(mfaDevices, "owner", [account, owner]);
  // Two sources disagree on AWS's order of a user's keys; here it is that of ListAccessKeys
  // (evidence: credential-report-slots).
  const keys = [...tx.listBy(accessKeys, "owner", [account, owner])];
  // An inactive certificate comes before an active one (evidence: credential-report-slots).
  const certificates = [...tx.listBy(signingCertificates, "owner", [account, owner])].toSorted(
    (a, b) => Number(a.status === "Active") - Number(b.status === "Active"),
  );
  return [
    String(device !== undefined),
    ...[0, 1].flatMap((slot) => accessKey(keys[slot], tx)),
    ...[0, 1].flatMap((slot) => certificate(certificates[slot])),
  ];
}

/** Deactivating a key does not count as rotation. */
function accessKey(key: AccessKey | undefined, tx: Context["tx"]): string[] {
  if (!key) return ["false", ABSENT, ABSENT, ABSENT, ABSENT];
  const use = tx.get(lastUses, key.id);
  const used = use ? [time(use.at), use.region, use.service] : [ABSENT, ABSENT, ABSENT];
  return [String(key.status === "Active"), time(key.createdAt), ...used];
}

const certificate = (found: SigningCertificate | undefined): string[] =>
  found ? [String(found.status === "Active"), time(found.uploadedAt)] : ["false", ABSENT];
