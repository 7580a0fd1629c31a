import { actsOn, aggregateName } from "./action-resources.ts";
import { accountIn } from "./arn.ts";
import {
  evaluate,
  type AccessRequest,
  type ContextKeys,
  type Decision,
  type Policies,
  type PolicySource,
  type PolicyType,
  type RequestPrincipal,
} from "./evaluate.ts";
import { explain, neededKeys } from "./explain.ts";
import { type StatementPosition, statementPositions } from "./positions.ts";

/** The input of a simulation. The `id` of a policy is its name in the answer. */
export interface Simulation {
  readonly identity: readonly PolicySource[];
  readonly boundary?: PolicySource | undefined;
  readonly scps?: readonly (readonly PolicySource[])[] | undefined;
  /** The policy of each resource. */
  readonly resourcePolicy?: string | undefined;
  /** Also gives the account of resources that do not name one, unless `resourceOwner` is given. */
  readonly principal: RequestPrincipal & { readonly account: string };
  readonly resourceOwner?: string | undefined;
  readonly keys: ContextKeys;
  /** Names, in lower case, of the keys that the request gave a value for; others can be reported as missing. */
  readonly given: ReadonlySet<string>;
}

type Kind = Decision["kind"];

/** A place in the API's form. */
interface Position {
  readonly Line: number;
  readonly Column: number;
}

/** The API's form of a statement that decided. */
export interface MatchedStatement {
  readonly SourcePolicyId: string;
  /** One of AWS's own words, which are not in the model's enumeration (evidence: simulator-matched-statements). */
  readonly SourcePolicyType: never;
  readonly StartPosition: Position;
  readonly EndPosition: Position;
}

/** The simulator's result for one action and one resource. */
interface Outcome {
  readonly kind: Kind;
  /** By policy and statement; these keys sort in document order. */
  readonly matched: ReadonlyMap<string, MatchedStatement>;
  readonly missing: readonly string[];
  readonly allowedByBoundary: boolean;
  readonly allowedByOrganization: boolean;
  /** By type of policy, if the resource is in another account. */
  readonly details?: Readonly<Record<string, Kind>>;
}

const IDENTITY = "IAM Policy";
const RESOURCE = "Resource Policy";
const BOUNDARY = "Permissions Boundary Policy";
const SHOWN_TYPES: Partial<Record<PolicyType, string>> = { identity: IDENTITY, resource: RESOURCE, boundary: BOUNDARY };

const EVERYTHING: PolicySource = {
  id: "everything",
  document: '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
};

/** Evaluates actions on resources with the engine that also enforces, and explains the decisions. */
export class Simulator {
  readonly #simulation: Simulation;
  /** Every policy once, in the order of `Simulation`. A policy is identified by its index here, not by its name. */
  readonly #sources: readonly PolicySource[];
  readonly #policies: Policies;
  readonly #positions = new Map<string, readonly StatementPosition[]>();
  #needed: readonly string[] | undefined;

  constructor(simulation: Simulation) {
    const { identity, boundary, scps, resourcePolicy } = simulation;
    const sources: PolicySource[] = [];
    const placed = (source: PolicySource): PolicySource => {
      sources.push(source);
      return { id: String(sources.length - 1), document: source.document };
    };
    this.#simulation = simulation;
    this.#sources = sources;
    this.#policies = {
      identity: identity.map(placed),
      ...(boundary && { boundary: placed(boundary) }),
      ...(scps && { scps: scps.map((level) => level.map(placed)) }),
    };
    if (resourcePolicy !== undefined) placed({ id: "ResourcePolicy", document: resourcePolicy });
  }

  /** The result for an action on all resources: one entry in the answer. Without resources the action is on `*`. */
  result(action: string, resources: readonly string[] | undefined) {
    if (resources === undefined) {
      const outcome = this.#outcome(action, "*");
      return {
        EvalActionName: action,
        EvalResourceName: "*",
        EvalDecision: outcome.kind,
        MatchedStatements: [...outcome.matched.values()],
        MissingContextValues: [...outcome.missing],
        ...this.#organizationDetail([outcome]),
        ...this.#boundaryDetail([outcome]),
      };
    }
    const outcomes = resources.map((resource) => this.#outcome(action, resource));
    return {
      EvalActionName: action,
      EvalResourceName: resources.length === 1 ? resources[0]! : aggregateName(action, resources[0]!),
      EvalDecision: strictest(outcomes.map(({ kind }) => kind)),
      MatchedStatements: union(outcomes),
      MissingContextValues: [...new Set(outcomes.flatMap(({ missing }) => missing))],
      ...this.#organizationDetail(outcomes),
      ...this.#boundaryDetail(outcomes),
      EvalDecisionDetails: combinedDetails(outcomes),
      ResourceSpecificResults: resources.map((resource, index) => {
        const outcome = outcomes[index]!;
        return {
          EvalResourceName: resource,
          EvalResourceDecision: outcome.kind,
          ...(outcome.matched.size > 0 && { MatchedStatements: [...outcome.matched.values()] }),
          MissingContextValues: [...outcome.missing],
          ...(outcome.details && { EvalDecisionDetails: outcome.details }),
          ...this.#boundaryDetail([outcome]),
        };
      }),
    };
  }

  #outcome(action: string, resource: string): Outcome {
    const { principal, resourceOwner, keys, resourcePolicy } = this.#simulation;
    const request: AccessRequest = {
      action,
      resource,
      principal,
      resourceAccount: accountIn(resource) ?? resourceOwner ?? principal.account,
      keys,
      simulated: true,
    };
    // Roles have trust policies, which the simulator does not accept (evidence: simulator-principals).
    const ownPolicy = /^sts:assume/i.test(action) ? undefined : resourcePolicy;
    const policies: Policies =
      ownPolicy === undefined ? this.#policies : { ...this.#policies, resource: { document: ownPolicy, bindings: {} } };
    const allowedByBoundary = this.#policies.boundary === undefined || allows([this.#policies.boundary], request);
    if (!actsOn(action, resource)) {
      return { kind: "implicitDeny", matched: new Map(), missing: [], allowedByBoundary, allowedByOrganization: true };
    }
    const { kind, decidedBy, matched } = explain(policies, request);
    const byOrganization = decidedBy === "scp";
    const crossesAccounts = ownPolicy !== undefined && request.resourceAccount !== principal.account;
    return {
      kind,
      matched: kind === "implicitDeny" ? new Map() : this.#matched(matched, kind),
      missing: kind === "allowed" || byOrganization ? [] : this.#missing(),
      allowedByBoundary,
      allowedByOrganization: !byOrganization,
      ...(crossesAccounts && !byOrganization && { details: this.#details(policies, request) }),
    };
  }

  /** A boundary limits and does not allow, so its statements are reported only if they deny. */
  #matched(findings: ReturnType<typeof explain>["matched"], kind: Kind): Map<string, MatchedStatement> {
    const matched = new Map<string, MatchedStatement>();
    for (const { type, source, index } of findings) {
      const shown = SHOWN_TYPES[type];
      if (shown === undefined || (type === "boundary" && kind === "allowed")) continue;
      // The resource's policy is the last source; the engine names it by the resource.
      const place = type === "resource" ? this.#sources.length - 1 : Number(source);
      const { id, document } = this.#sources[place]!;
      const { start, end } = this.#positionsIn(document)[index]!;
      const key = `${String(place).padStart(6, "0")}.${String(index).padStart(6, "0")}`;
      matched.set(key, {
        SourcePolicyId: id,
        SourcePolicyType: shown as never,
        StartPosition: { Line: start.line, Column: start.column },
        EndPosition: { Line: end.line, Column: end.column },
      });
    }
    return matched;
  }

  #positionsIn(document: string): readonly StatementPosition[] {
    let positions = this.#positions.get(document);
    if (!positions) this.#positions.set(document, (positions = statementPositions(document)));
    return positions;
  }

  /** The keys that the policies read and the request does not give, except for the organization's policies. */
  #missing(): readonly string[] {
    const { identity, boundary, resourcePolicy, given } = this.#simulation;
    this.#needed ??= neededKeys([
      ...identity,
      ...(boundary ? [boundary] : []),
      ...(resourcePolicy === undefined ? [] : [{ id: "", document: resourcePolicy }]),
    ]).filter((key) => !given.has(key.toLowerCase()));
    return this.#needed;
  }

  #details({ identity, boundary, resource }: Policies, request: AccessRequest): Record<string, Kind> {
    return {
      [IDENTITY]: evaluate({ identity }, request).kind,
      ...(boundary && { [BOUNDARY]: evaluate({ identity: [boundary] }, request).kind }),
      ...(resource && { [RESOURCE]: evaluate({ identity: [EVERYTHING], resource }, request).kind }),
    };
  }

  #boundaryDetail(outcomes: readonly Outcome[]) {
    if (this.#simulation.boundary === undefined) return {};
    const AllowedByPermissionsBoundary = outcomes.every(({ allowedByBoundary }) => allowedByBoundary);
    return { PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary } };
  }

  #organizationDetail(outcomes: readonly Outcome[]) {
    if (this.#simulation.scps === undefined) return {};
    const AllowedByOrganizations = outcomes.every(({ allowedByOrganization }) => allowedByOrganization);
    return { OrganizationsDecisionDetail: { AllowedByOrganizations } };
  }
}

const allows = (identity: readonly PolicySource[], request: AccessRequest): boolean =>
  evaluate({ identity }, request).allowed;

function strictest(kinds: readonly Kind[]): Kind {
  if (kinds.includes("explicitDeny")) return "explicitDeny";
  return kinds.includes("implicitDeny") ? "implicitDeny" : "allowed";
}

/**
 * The statements of all outcomes, including allowing ones, once each, in document order
 * (evidence: simulator-matched-statements).
 */
function union(outcomes: readonly Outcome[]): MatchedStatement[] {
  const all = new Map(outcomes.flatMap(({ matched }) => [...matched]));
  return [...all].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, statement]) => statement);
}

function combinedDetails(outcomes: readonly Outcome[]): Record<string, Kind> {
  const combined: Record<string, Kind> = {};
  for (const { details = {} } of outcomes) {
    for (const [type, kind] of Object.entries(details)) combined[type] = strictest([combined[type] ?? "allowed", kind]);
  }
  return combined;
}
