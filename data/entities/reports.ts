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

/** What AWS does in the background: how far it is, clients find out by asking (handlers/iam/background-jobs.ts). */
export interface BackgroundJob {
  readonly startedAt: number;
  /** Whether anyone has asked for it. */
  readonly asked: boolean;
}

/** The account's credential report, of which there is one. */
export interface CredentialReport extends BackgroundJob {
  readonly account: string;
  /** CSV. */
  readonly content: string;
}
export const credentialReports = collection("credential-reports", (r: CredentialReport) => [r.account]);

/** A report of GenerateServiceLastAccessedDetails, about the state at its start. */
export interface LastAccessedJob extends BackgroundJob {
  readonly account: string;
  /** UUID. */
  readonly id: string;
  /** Who may read it: the unique id of a user, the account number for root, or the access key id of a session. */
  readonly owner: string;
  readonly granularity: "SERVICE_LEVEL" | "ACTION_LEVEL";
  /** In the order of their namespaces. */
  readonly services: readonly AccessibleService[];
  readonly entities: readonly AccessingEntity[];
  /** What the entities had used by then. */
  readonly uses: readonly ServiceUse[];
}
export const lastAccessedJobs = collection("last-accessed-jobs", (j: LastAccessedJob) => [j.account, j.id]);

/** A service that is within reach, and of that its actions whose use is tracked, where they were asked for. */
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

/** A report of GenerateOrganizationsAccessReport, about the state at its start. */
export interface OrganizationsReportJob extends BackgroundJob {
  readonly account: string;
  /** UUID. */
  readonly id: string;
  /** Who may read it, as in LastAccessedJob. */
  readonly owner: string;
  readonly entityPath: string;
  readonly policyId?: string;
  /** Where it failed: why. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly rows: readonly OrganizationsReportRow[];
}
export const organizationsReportJobs = collection("organizations-report-jobs", (j: OrganizationsReportJob) => [
  j.account,
  j.id,
]);

/** A service that accounts of the organization may use; what follows is absent if none has. */
export interface OrganizationsReportRow {
  readonly namespace: string;
  readonly lastAt?: number;
  readonly region?: string;
  /** Where in the organization it was last used. */
  readonly entityPath?: string;
  /** How many accounts have used it. */
  readonly accounts: number;
}
