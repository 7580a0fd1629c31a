import {
  ACCESS_LEVELS,
  actionLevels,
  referencedServices,
  type AccessLevel,
  type ReferencedService,
} from "../catalog/service-reference.ts";
import { actsOn } from "./action-resources.ts";
import { accountIn, splitArn } from "./arn.ts";
import { evaluate, sessionLevels, type AccessRequest, type Policies, type PolicySource } from "./evaluate.ts";
import { KeyLookup } from "./keys.ts";
import { actionName, ActionList } from "./match.ts";
import { structureOf, type StatementStructure } from "./structure.ts";

/**
 * Whether a principal may do something: `allowed` on a resource that no policy names, as the request is; `limited` to resources
 * that policies name, or to requests that meet conditions which this one does not; `denied` otherwise.
 */
export type Access = "allowed" | "limited" | "denied";

/** How many actions there are of one kind, and how many of them a principal may do. */
export interface Count {
  readonly actions: number;
  readonly allowed: number;
  readonly limited: number;
}

export interface ServiceAccess {
  /** Such as `s3`. */
  readonly service: string;
  /** Such as `Amazon S3`. */
  readonly name: string;
  readonly levels: Readonly<Record<AccessLevel, Count>>;
}

/** Who asks, without what for. */
export type Asking = Omit<AccessRequest, "action" | "resource" | "resourceAccount"> & { readonly account: string };

/** What a principal may do, by service and access level; services of which it may do nothing are left out. */
export function accessMatrix(policies: Policies, asking: Asking): ServiceAccess[] {
  const access = accessOf(policies, asking);
  return Object.entries(referencedServices()).flatMap(([service, reference]) => {
    const levels = Object.fromEntries(ACCESS_LEVELS.map((level) => [level, { actions: 0, allowed: 0, limited: 0 }]));
    const may = access(service, reference);
    for (const [action, level] of actionLevels(reference)) {
      const count = levels[level]!;
      const found = may(action);
      count.actions++;
      if (found !== "denied") count[found]++;
    }
    const some = Object.values(levels).some(({ allowed, limited }) => allowed + limited > 0);
    return some ? [{ service, name: reference.name, levels: levels as ServiceAccess["levels"] }] : [];
  });
}

/** The actions of one service with their levels, and whether the principal may do them; none for a service that is unknown. */
export function serviceAccess(
  service: string,
  policies: Policies,
  asking: Asking,
): readonly { readonly action: string; readonly level: AccessLevel; readonly access: Access }[] {
  const services = referencedServices();
  const reference = Object.hasOwn(services, service) ? services[service] : undefined;
  if (!reference) return [];
  const may = accessOf(policies, asking)(service, reference);
  return actionLevels(reference).map(([action, level]) => ({ action, level, access: may(action) }));
}

/** Decides actions of a service, by the engine that also enforces. */
function accessOf(policies: Policies, { account, ...asking }: Asking) {
  const sources = sourcesOf(policies);
  const statements = sources.flatMap(({ document }) => structureOf(document).statements);
  const allows = statements.filter(({ effect }) => effect === "Allow");
  const lists = allows.map(({ actions, notActions }) => ({
    list: new ActionList(actions ?? notActions ?? []),
    isPositive: actions !== undefined,
  }));
  const examples = examplesOf(allows, new KeyLookup(asking.keys));
  const relaxed = allows.some(({ conditions }) => conditions.length > 0) ? withoutConditions(policies) : undefined;
  const noKeys = new KeyLookup({});
  return (service: string, { arns }: ReferencedService) => {
    const kinds = new Set(arns.map((arn) => splitArn(arn)?.[2]));
    const ofService = examples.filter((example) => {
      const kind = splitArn(example)?.[2];
      return kind === undefined || kinds.has(kind);
    });
    return (name: string): Access => {
      const action = `${service}:${name}`;
      const isAllowed = (by: Policies, resource: string) =>
        evaluate(by, { ...asking, action, resource, resourceAccount: accountIn(resource) ?? account }).allowed;
      if (isAllowed(policies, "*")) return "allowed";
      const named = actionName(action);
      if (!lists.some(({ list, isPositive }) => list.has(named, noKeys) === isPositive)) return "denied";
      const resources = ofService.filter((example) => actsOn(action, example));
      if (resources.some((resource) => isAllowed(policies, resource))) return "limited";
      if (!relaxed) return "denied";
      return ["*", ...resources].some((resource) => isAllowed(relaxed, resource)) ? "limited" : "denied";
    };
  };
}

/** The policies without those of resources, which are not the principal's. */
const sourcesOf = ({ identity, boundary, scps = [], rcps = [], ...rest }: Policies): readonly PolicySource[] => [
  ...identity,
  ...(boundary ? [boundary] : []),
  ...scps.flat(),
  ...rcps.flat(),
  ...sessionLevels({ identity, ...rest }).flat(),
];

/** A resource for each pattern that an Allow names. */
function examplesOf(allows: readonly StatementStructure[], keys: KeyLookup): string[] {
  const valueOf = (_: string, key: string) => {
    const value = keys.get(key);
    return typeof value === "string" ? value : "x";
  };
  const patterns = allows.flatMap(({ resources = [] }) => resources).filter((pattern) => pattern !== "*");
  return [...new Set(patterns.map((pattern) => pattern.replace(/\$\{([^}]*)\}/g, valueOf).replace(/[*?]/g, "x")))];
}

/** The policies as they would decide if the conditions of every Allow were met. */
function withoutConditions(policies: Policies): Policies {
  const relaxed = (source: PolicySource): PolicySource => ({ ...source, document: unconditional(source.document) });
  const each = (level: readonly PolicySource[]) => level.map(relaxed);
  const { identity, boundary, scps, rcps, session, scopes } = policies;
  return {
    identity: each(identity),
    ...(boundary && { boundary: relaxed(boundary) }),
    ...(scps && { scps: scps.map(each) }),
    ...(rcps && { rcps: rcps.map(each) }),
    ...(session && { session: each(session) }),
    ...(scopes && { scopes: each(scopes) }),
  };
}

function unconditional(document: string): string {
  const policy = JSON.parse(document) as { readonly Statement: unknown };
  const Statement = [policy.Statement].flat().map((statement) => {
    const elements = statement as Readonly<Record<string, unknown>>;
    return elements["Effect"] === "Allow" ? { ...elements, Condition: undefined } : elements;
  });
  return JSON.stringify({ ...policy, Statement });
}
