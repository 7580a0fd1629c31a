import { collection } from "../store.ts";

/** When a key, role or password was last used; noted lazily. */
export interface LastUse {
  /** Access key id, or the unique id of a role; `password:` and a unique id for a password. */
  readonly subject: string;
  readonly at: number;
  readonly service: string;
  readonly region: string;
}
export const lastUses = collection("last-uses", (l: LastUse) => [l.subject]);

/** When a user, a role or root last called an action, allowed or not; noted lazily. */
export interface ServiceUse {
  readonly account: string;
  /** Unique id of the user or role, or the account number for root. */
  readonly principal: string;
  /** Such as `iam`. */
  readonly service: string;
  /** Such as `GetUser`. */
  readonly action: string;
  readonly at: number;
  readonly region: string;
}
export const serviceUses = collection("service-uses", (u: ServiceUse) => [u.account, u.principal, u.service, u.action]);

/** Work that AWS does in the background; clients poll for its progress (handlers/iam/background-jobs.ts). */
export interface BackgroundJob {
  readonly startedAt: number;
  /** Whether a client has polled for it. */
  readonly asked: boolean;
}

/** The account's only credential report. */
export interface CredentialReport extends BackgroundJob {
  readonly account: string;
  /** CSV. */
  readonly content: string;
}
export const credentialReports = collection("credential-reports", (r: CredentialReport) => [r.account]);

/** A report of GenerateServiceLastAccessedDetails, on the state when the job began. */
export interface LastAccessedJob extends BackgroundJob {
  readonly account: string;
  /** UUID. */
  readonly id: string;
  /** Who may read it: the unique id of a user, the account number for root, or the access key id of a session. */
  readonly owner: string;
  readonly granularity: "SERVICE_LEVEL" | "ACTION_LEVEL";
  /** Ordered by namespace. */
  readonly services: readonly AccessibleService[];
  readonly entities: readonly AccessingEntity[];
  /** What the entities had used when the job began. */
  readonly uses: readonly ServiceUse[];
}
export const lastAccessedJobs = collection("last-accessed-jobs", (j: LastAccessedJob) => [j.account, j.id]);

/** A service that can be accessed, with its tracked actions if they were asked for. */
export interface AccessibleService {
  readonly namespace: string;
  readonly actions?: readonly string[];
}

/** A user or role, under the ARN that it had when the job began. */
export interface AccessingEntity {
  readonly type: "USER" | "ROLE";
  readonly id: string;
  readonly arn: string;
}

/** A report of GenerateOrganizationsAccessReport, on the state when the job began. */
export interface OrganizationsReportJob extends BackgroundJob {
  readonly account: string;
  /** UUID. */
  readonly id: string;
  /** Who may read it, as in LastAccessedJob. */
  readonly owner: string;
  readonly entityPath: string;
  readonly policyId?: string;
  /** Why it failed, if it did. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly rows: readonly OrganizationsReportRow[];
}
export const organizationsReportJobs = collection("organizations-report-jobs", (j: OrganizationsReportJob) => [
  j.account,
  j.id,
]);

/** A service that accounts of the organization may use; the other members are absent if no account has used it. */
export interface OrganizationsReportRow {
  readonly namespace: string;
  readonly lastAt?: number;
  readonly region?: string;
  /** Where in the organization it was last used. */
  readonly entityPath?: string;
  /** How many accounts have used it. */
  readonly accounts: number;
}
