import type { Organization, OrganizationalUnit } from "../../data/entities/organizations.ts";
import {
  organizationsReportJobs,
  serviceUses,
  type OrganizationsReportJob,
  type OrganizationsReportRow,
  type ServiceUse,
} from "../../data/entities/reports.ts";
import { uuid } from "../../data/random.ts";
import { referencedServices } from "../../catalog/service-reference.ts";
import { accessReportArn } from "../arns.ts";
import { decide, policiesFor } from "../authorize.ts";
import { AccessDenied, NoSuchEntity, ReportGenerationLimitExceeded } from "../errors.ts";
import { operation, type Context } from "../operation.ts";
import { organizationOf, unitsOf } from "../organization.ts";
import { pageOf, refuseForeignMarker } from "../paging.ts";
import { grantedServices } from "../../policy/service-access.ts";
import { isPending, jobOwner, told } from "./background-jobs.ts";
import { TRACKED_MS } from "./service-last-accessed.ts";
import { serviceName } from "./service-names.ts";

/**
 * If a caller asks for the same report again within this time, the same job is returned
 * (evidence: organizations-report).
 */
const REUSED_MS = 60_000;

export const GenerateOrganizationsAccessReport = operation("GenerateOrganizationsAccessReport", {
  resource: (input, { account }) => ({ arn: accessReportArn(account, input.EntityPath!) }),
  keys: ({ OrganizationsPolicyId: id }) => ({ ...(id !== undefined && { "iam:OrganizationsPolicyId": id }) }),
  handle(input, context) {
    const { tx, account, now, random, caller } = context;
    const entityPath = input.EntityPath!;
    const policyId = input.OrganizationsPolicyId;
    const organization = organizationOf(account, tx);
    if (!organization || organization.id !== entityPath.split("/", 1)[0]) {
      throw AccessDenied(
        `User: ${caller.arn} is not authorized to perform: iam:GenerateOrganizationsAccessReport on resource: ${accessReportArn(account, entityPath)}`,
        `Account ${account} is in ${organization ? `the organization ${organization.id}` : "no organization"}.`,
      );
    }
    const owner = jobOwner(context);
    const jobs = Array.from(tx.list(organizationsReportJobs, [account]));
    const same = jobs.find(
      (job) =>
        job.owner === owner &&
        job.entityPath === entityPath &&
        job.policyId === policyId &&
        now - job.startedAt <= REUSED_MS,
    );
    if (same) return { JobId: same.id };
    if (jobs.some((job) => isPending(job, context))) {
      throw ReportGenerationLimitExceeded("A report is already being generated for the account.");
    }
    const id = uuid(random);
    tx.put(organizationsReportJobs, {
      account,
      id,
      owner,
      startedAt: now,
      asked: false,
      entityPath,
      ...(policyId !== undefined && { policyId }),
      ...reportOn(organization, entityPath, policyId, context),
    });
    return { JobId: id };
  },
});

/**
 * What AWS looks up in the organization with the caller's permissions (IAM User Guide, "View information for
 * Organizations").
 */
const LOOK_UPS = [
  "organizations:DescribePolicy",
  "organizations:ListChildren",
  "organizations:ListParents",
  "organizations:ListPoliciesForTarget",
  "organizations:ListRoots",
  "organizations:ListTargetsForPolicy",
];

type Report = Pick<OrganizationsReportJob, "error" | "rows">;

/** If something cannot be looked up, since it does not exist or the caller may not, the job reports that later. */
function reportOn(
  organization: Organization,
  entityPath: string,
  policyId: string | undefined,
  context: Context,
): Report {
  const entity = entityAt(organization, entityPath);
  const isManagement = entity?.account === organization.managementAccount;
  const policy = policyId === undefined ? undefined : policyById(organization, policyId);
  const isMissing = entity === undefined || (policyId !== undefined && !isManagement && policy === undefined);
  if (isMissing || context.account !== organization.managementAccount || !mayLookUp(context)) {
    const message = `The caller cannot look up ${entityPath}${policyId === undefined ? "" : ` and ${policyId}`} in AWS Organizations.`;
    return { error: { code: "ORGANIZATIONS_REPORT_ACCESS_DENIED", message }, rows: [] };
  }
  // The policies do not limit the management account.
  const levels = isManagement ? [] : [...entity.units.map(({ scps }) => scps), ...(policy ? [[policy]] : [])];
  const accessible = levels.map((level) => new Set(grantedServices(level.map(({ document }) => document))));
  const namespaces = Object.keys(referencedServices()).filter((namespace) =>
    accessible.every((services) => services.has(namespace)),
  );
  const accounts = accountsBelow(entity);
  const uses = accounts.flatMap(({ account, path }) => Array.from(usesOf(account, context), (use) => ({ use, path })));
  return { rows: namespaces.map((namespace) => toRow(namespace, uses)) };
}

function mayLookUp(context: Context): boolean {
  if (context.settings.enforcement !== "on") return true;
  return LOOK_UPS.every((action) => {
    const permission = { action, resource: { arn: "*" } };
    return decide(permission, policiesFor(permission, context), context).decision.allowed;
  });
}

/** A place in the organization: the units from the root down to it, and the account if it is one. */
interface Place {
  readonly units: readonly OrganizationalUnit[];
  readonly account?: string;
  readonly path: string;
}

/** The entity at a path such as `o-…/r-…/ou-…/111122223333`. */
function entityAt({ root }: Organization, path: string): Place | undefined {
  const [, rootId, ...rest] = path.split("/");
  if (rootId !== root.id) return undefined;
  const units = [root];
  for (const [index, id] of rest.entries()) {
    const unit: OrganizationalUnit = units.at(-1)!;
    const child = unit.children.find((candidate) => candidate.id === id);
    if (child) units.push(child);
    else if (index === rest.length - 1 && unit.accounts.includes(id)) return { units, account: id, path };
    else return undefined;
  }
  return { units, path };
}

function accountsBelow({ units, account, path }: Place): { readonly account: string; readonly path: string }[] {
  if (account !== undefined) return [{ account, path }];
  const { accounts, children } = units.at(-1)!;
  return [
    ...accounts.map((id) => ({ account: id, path: `${path}/${id}` })),
    ...children.flatMap((child) => accountsBelow({ units: [child], path: `${path}/${child.id}` })),
  ];
}

const policyById = ({ root }: Organization, id: string) =>
  Array.from(unitsOf(root))
    .flatMap(({ scps }) => scps)
    .find(({ policyId }) => policyId === id);

function* usesOf(account: string, { tx, now }: Context): Iterable<ServiceUse> {
  for (const use of tx.list(serviceUses, [account])) if (use.at > now - TRACKED_MS) yield use;
}

function toRow(
  namespace: string,
  uses: readonly { readonly use: ServiceUse; readonly path: string }[],
): OrganizationsReportRow {
  const ofService = uses.filter(({ use }) => use.service === namespace);
  const [last] = ofService.toSorted((a, b) => b.use.at - a.use.at);
  return {
    namespace,
    // AWS names IAM's region even if nobody has used it (evidence: organizations-report).
    ...(namespace === "iam" && { region: "us-east-1" }),
    ...(last && { lastAt: last.use.at, region: last.use.region, entityPath: last.path }),
    accounts: new Set(ofService.map(({ use }) => use.account)).size,
  };
}

export const GetOrganizationsAccessReport = operation("GetOrganizationsAccessReport", {
  handle(input, context) {
    const { tx, account } = context;
    const job = tx.get(organizationsReportJobs, account, input.JobId!);
    if (job?.owner !== jobOwner(context)) throw NoSuchEntity(`The job with id ${input.JobId} cannot be found.`);
    const JobCreationDate = new Date(job.startedAt);
    if (isPending(job, context)) {
      told(organizationsReportJobs, job, context);
      return { JobStatus: "IN_PROGRESS" as const, JobCreationDate, IsTruncated: false };
    }
    const { error, rows } = job;
    if (error) {
      return {
        JobStatus: "FAILED" as const,
        JobCreationDate,
        JobCompletionDate: JobCreationDate,
        IsTruncated: false,
        ErrorDetails: { Code: error.code, Message: error.message },
      };
    }
    const sortKey = input.SortKey ?? "SERVICE_NAMESPACE_ASCENDING";
    const selection = ["GetOrganizationsAccessReport", job.id, sortKey];
    refuseForeignMarker(input.Marker, context, selection);
    const { items, paging } = pageOf(sorted(rows, sortKey), input, context, selection);
    return {
      JobStatus: "COMPLETED" as const,
      JobCreationDate,
      JobCompletionDate: JobCreationDate,
      NumberOfServicesAccessible: rows.length,
      NumberOfServicesNotAccessed: rows.filter(({ accounts }) => accounts === 0).length,
      AccessDetails: items.map(toAccessDetail),
      ...paging,
    };
  },
});

/** Rows are stored by namespace; a service that was never used sorts as used longest ago. */
function sorted(rows: readonly OrganizationsReportRow[], sortKey: string): readonly OrganizationsReportRow[] {
  const ascending = sortKey.startsWith("LAST_AUTHENTICATED_TIME")
    ? rows.toSorted((a, b) => (a.lastAt ?? 0) - (b.lastAt ?? 0))
    : rows;
  return sortKey.endsWith("_DESCENDING") ? ascending.toReversed() : ascending;
}

const toAccessDetail = ({ namespace, lastAt, region, entityPath, accounts }: OrganizationsReportRow) => ({
  ServiceName: serviceName(namespace),
  ServiceNamespace: namespace,
  Region: region,
  EntityPath: entityPath,
  ...(lastAt !== undefined && { LastAuthenticatedTime: new Date(lastAt) }),
  TotalAuthenticatedEntities: accounts,
});
