import {
  lastAccessedJobs,
  serviceUses,
  type AccessibleService,
  type AccessingEntity,
  type LastAccessedJob,
  type ServiceUse,
} from "../../data/entities/reports.ts";
import { roles } from "../../data/entities/roles.ts";
import { users } from "../../data/entities/users.ts";
import { uuid } from "../../data/random.ts";
import { referencedServices } from "../../catalog/service-reference.ts";
import { roleArn, userArn } from "../arns.ts";
import { InvalidInput, NoSuchEntity, ValidationError } from "../errors.ts";
import { operation, type Context } from "../operation.ts";
import { pageOf, refuseForeignMarker } from "../paging.ts";
import { grantedActions, grantedServices, grants } from "../../policy/service-access.ts";
import { isPending, jobOwner, told } from "./background-jobs.ts";
import { accessSubject } from "./last-access-subjects.ts";
import { sourceResource } from "./policy-source.ts";
import { serviceName } from "./service-names.ts";

/** AWS tracks use for 400 days (evidence: last-accessed-what-counts). */
export const TRACKED_MS = 400 * 86_400_000;

/** Twice the usual page size, although the API reference says 100 (evidence: last-accessed-completed). */
const SERVICES_PER_PAGE = 200;

/**
 * For the services that are tracked here: actions that are not operations and so cannot be called. The reference does
 * not say which actions of other services AWS tracks, so none are listed.
 */
const NOT_CALLED: Readonly<Record<string, readonly string[]>> = {
  iam: ["PassRole"],
  sts: ["GetServiceBearerToken", "SetContext", "SetSourceIdentity", "TagGetWebIdentityToken", "TagSession"],
};

export const GenerateServiceLastAccessedDetails = operation("GenerateServiceLastAccessedDetails", {
  resource: (input, context) => sourceResource(input.Arn!, context),
  handle(input, context) {
    const { tx, account, now, random } = context;
    const { policies, entities } = accessSubject(input.Arn!, "iam:GenerateServiceLastAccessedDetails", context);
    const granularity = input.Granularity ?? "SERVICE_LEVEL";
    const documents = policies.map(({ document }) => document);
    const id = uuid(random);
    tx.put(lastAccessedJobs, {
      account,
      id,
      owner: jobOwner(context),
      startedAt: now,
      asked: false,
      granularity,
      services: grantedServices(documents).map((namespace): AccessibleService => {
        const notCalled = granularity === "ACTION_LEVEL" ? NOT_CALLED[namespace] : undefined;
        if (!notCalled) return { namespace };
        const actions = grantedActions(documents, namespace).filter((action) => !notCalled.includes(action));
        return { namespace, ...(actions.length > 0 && { actions }) };
      }),
      entities,
      uses: entities.flatMap((entity) => [...usesSince(now - TRACKED_MS, entity.id, context)]),
    });
    return { JobId: id };
  },
});

function* usesSince(start: number, principal: string, { tx, account }: Context): Iterable<ServiceUse> {
  for (const use of tx.list(serviceUses, [account, principal])) if (use.at > start) yield use;
}

/**
 * The caller's own job with this id; NoSuchEntity, whose text is not known, also for another caller's
 * (evidence: last-accessed-jobs).
 */
function existingJob(id: string, context: Context): LastAccessedJob {
  const job = context.tx.get(lastAccessedJobs, context.account, id);
  if (job?.owner !== jobOwner(context)) throw NoSuchEntity(`The job with id ${id} cannot be found.`);
  return job;
}

/**
 * The whole answer while a job is in progress, whatever members the model requires (evidence: last-accessed-pending).
 */
function inProgress(job: LastAccessedJob, context: Context) {
  told(lastAccessedJobs, job, context);
  return { JobStatus: "IN_PROGRESS" as const, JobCreationDate: new Date(job.startedAt), IsTruncated: false };
}

const completed = ({ startedAt }: LastAccessedJob) => ({
  JobStatus: "COMPLETED" as const,
  JobCreationDate: new Date(startedAt),
  JobCompletionDate: new Date(startedAt),
});

export const GetServiceLastAccessedDetails = operation("GetServiceLastAccessedDetails", {
  handle(input, context) {
    const job = existingJob(input.JobId!, context);
    if (isPending(job, context)) return inProgress(job, context) as never;
    const selection = ["GetServiceLastAccessedDetails", job.id];
    refuseForeignMarker(input.Marker, context, selection);
    const { MaxItems = SERVICES_PER_PAGE, Marker } = input;
    const { items, paging } = pageOf(job.services, { MaxItems, Marker }, context, selection);
    const ServicesLastAccessed = items.map((service) => toServiceLastAccessed(service, job));
    return { ...completed(job), JobType: job.granularity, ServicesLastAccessed, ...paging };
  },
});

function toServiceLastAccessed({ namespace, actions }: AccessibleService, { uses, entities }: LastAccessedJob) {
  const ofService = uses.filter(({ service }) => service === namespace);
  const last = latest(ofService);
  return {
    ServiceName: serviceName(namespace),
    ServiceNamespace: namespace,
    ...(last && {
      LastAuthenticated: new Date(last.at),
      LastAuthenticatedEntity: arnOf(last, entities),
      LastAuthenticatedRegion: last.region,
    }),
    TotalAuthenticatedEntities: new Set(ofService.map(({ principal }) => principal)).size,
    ...(actions && {
      TrackedActionsLastAccessed: actions.map((name) => {
        const use = latest(ofService.filter(({ action }) => action === name));
        return {
          ActionName: name,
          ...(use && {
            LastAccessedEntity: arnOf(use, entities),
            LastAccessedTime: new Date(use.at),
            LastAccessedRegion: use.region,
          }),
        };
      }),
    }),
  };
}

const latest = (uses: readonly ServiceUse[]): ServiceUse | undefined =>
  uses.reduce<ServiceUse | undefined>((last, use) => (last && last.at >= use.at ? last : use), undefined);

const arnOf = ({ principal }: ServiceUse, entities: readonly AccessingEntity[]): string =>
  entities.find(({ id }) => id === principal)!.arn;

export const GetServiceLastAccessedDetailsWithEntities = operation("GetServiceLastAccessedDetailsWithEntities", {
  handle(input, context) {
    const job = existingJob(input.JobId!, context);
    const namespace = input.ServiceNamespace!;
    if (!Object.hasOwn(referencedServices(), namespace)) {
      // AWS's own spelling.
      throw InvalidInput(`Service namepace ${namespace} is either invalid or unsupported.`);
    }
    if (isPending(job, context)) return inProgress(job, context) as never;
    // A marker is valid for every namespace of the job (evidence: last-accessed-entities).
    const selection = ["GetServiceLastAccessedDetailsWithEntities", job.id];
    refuseForeignMarker(input.Marker, context, selection);
    const isWithin = job.services.some((service) => service.namespace === namespace);
    const details = isWithin ? entityDetails(namespace, job, context) : [];
    const { items, paging } = pageOf(details, input, context, selection);
    return { ...completed(job), EntityDetailsList: items, ...paging };
  },
});

/** Under their current names, without deleted ones. Sorted by latest use, then users before roles, then by ARN. */
function entityDetails(namespace: string, job: LastAccessedJob, { tx, account }: Context) {
  return job.entities
    .flatMap(({ type, id }) => {
      const found = type === "USER" ? tx.find(users, "id", account, id) : tx.find(roles, "id", account, id);
      if (!found) return [];
      const { name, path } = found;
      const arn = type === "USER" ? userArn(account, name, path) : roleArn(account, name, path);
      const used = latest(job.uses.filter(({ principal, service }) => principal === id && service === namespace));
      return [{ type, arn, name, id, path, at: used?.at }];
    })
    .toSorted(
      (a, b) =>
        (b.at ?? 0) - (a.at ?? 0) || Number(a.type === "ROLE") - Number(b.type === "ROLE") || (a.arn < b.arn ? -1 : 1),
    )
    .map(({ type, arn, name, id, path, at }) => ({
      EntityInfo: { Arn: arn, Name: name, Type: type, Id: id, Path: path },
      ...(at !== undefined && { LastAuthenticated: new Date(at) }),
    }));
}

export const ListPoliciesGrantingServiceAccess = operation("ListPoliciesGrantingServiceAccess", {
  resource: (input, context) => sourceResource(input.Arn!, context),
  handle(input, context) {
    const namespaces = [...new Set(input.ServiceNamespaces)];
    const unknown = namespaces.find((namespace) => !Object.hasOwn(referencedServices(), namespace));
    if (unknown !== undefined) throw InvalidInput(`Invalid service namespace: [${unknown}]`);
    if (input.Arn!.includes(":policy/")) throw ValidationError("Invalid resource in ARN");
    const { policies } = accessSubject(input.Arn!, "iam:ListPoliciesGrantingServiceAccess", context);
    const granting = policies.map((policy) => ({ policy, grantsAccess: grants(policy.document) }));
    const selection = ["ListPoliciesGrantingServiceAccess", input.Arn!, ...namespaces];
    const { items, paging } = pageOf(namespaces, { Marker: input.Marker }, context, selection);
    return {
      PoliciesGrantingServiceAccess: items.map((namespace) => ({
        ServiceNamespace: namespace,
        Policies: granting
          .filter(({ grantsAccess }) => grantsAccess(namespace))
          .map(({ policy: { arn, inline } }) =>
            inline
              ? {
                  PolicyName: inline.name,
                  PolicyType: "INLINE" as const,
                  EntityType: inline.ownerType.toUpperCase() as "USER" | "ROLE" | "GROUP",
                  EntityName: inline.ownerName,
                }
              : {
                  PolicyName: arn!.slice(arn!.lastIndexOf("/") + 1),
                  PolicyType: "MANAGED" as const,
                  PolicyArn: arn!,
                },
          ),
      })),
      ...paging,
    };
  },
});
