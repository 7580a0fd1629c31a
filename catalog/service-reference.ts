import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** A service as AWS's service authorization reference describes it. */
export interface ReferencedService {
  /** Such as `Amazon S3`. */
  readonly name: string;
  /** Whether resource control policies cover its actions. */
  readonly resourceControl?: true;
  /** The ARNs of its resource types, with variables: `arn:${Partition}:s3:::${BucketName}`. */
  readonly arns: readonly string[];
  /**
   * For each action the resource types that a policy can name for it, as indexes into `arns`; an empty list means `*`
   * only.
   */
  readonly actions: Readonly<Record<string, readonly number[]>>;
  /** The first letter of the access level of each of these actions, in their order. */
  readonly levels: string;
}

/** What an action does, as AWS sorts them (IAM User Guide, "Access levels in policy summaries"). */
export const ACCESS_LEVELS = ["List", "Read", "Write", "Permissions management", "Tagging"] as const;
export type AccessLevel = (typeof ACCESS_LEVELS)[number];

/** The actions of a service with their access levels, in the reference's order. */
export const actionLevels = ({ actions, levels }: ReferencedService): readonly (readonly [string, AccessLevel])[] =>
  Object.keys(actions).map((name, place) => [name, LEVEL_BY_LETTER[levels[place]!]!]);

const LEVEL_BY_LETTER = Object.fromEntries(ACCESS_LEVELS.map((level) => [level[0]!, level]));

/** An action of the reference, under its name as AWS spells it. */
export interface ReferencedAction {
  readonly service: string;
  readonly name: string;
  readonly arns: readonly string[];
}

// Read when first asked for: only the simulator, RCPs and reports need it.
let services: Readonly<Record<string, ReferencedService>> | undefined;
const actionsInLowerCase = new Map<string, ReadonlyMap<string, string>>();

/** All services by prefix, in order. */
export const referencedServices = (): Readonly<Record<string, ReferencedService>> =>
  (services ??= JSON.parse(
    gunzipSync(readFileSync(new URL("./service-reference.json.gz", import.meta.url))).toString("utf8"),
  ) as Record<string, ReferencedService>);

/** The service with this prefix, such as `s3`. */
export function referencedService(prefix: string): ReferencedService | undefined {
  const all = referencedServices();
  return Object.hasOwn(all, prefix) ? all[prefix] : undefined;
}

/** The action `prefix:name`, in any case of letters; undefined if the reference does not have it. */
export function referencedAction(action: string): ReferencedAction | undefined {
  const colon = action.indexOf(":");
  const prefix = action.slice(0, Math.max(colon, 0)).toLowerCase();
  const name = action.slice(colon + 1).toLowerCase();
  const service = referencedService(prefix);
  if (!service) return undefined;
  let spellings = actionsInLowerCase.get(prefix);
  if (!spellings) {
    spellings = new Map(Object.keys(service.actions).map((spelling) => [spelling.toLowerCase(), spelling]));
    actionsInLowerCase.set(prefix, spellings);
  }
  const spelling = spellings.get(name);
  if (spelling === undefined) return undefined;
  return { service: prefix, name: spelling, arns: service.actions[spelling]!.map((place) => service.arns[place]!) };
}
