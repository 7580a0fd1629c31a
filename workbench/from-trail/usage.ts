import type { Need, RecordedCall } from "./recorded.ts";

/** What was needed once or many times, and by which calls. */
export interface Use {
  readonly action: string;
  readonly resource: string;
  /** Whether all calls that needed it had MFA. */
  readonly mfa: boolean;
  readonly count: number;
  /** Operations, such as `s3 GetObject`. */
  readonly operations: readonly string[];
  /** Milliseconds since 1970. */
  readonly first: number;
  readonly last: number;
  /** Of some of the calls. */
  readonly eventIds: readonly string[];
}

interface Counted {
  mfa: boolean;
  count: number;
  operations: Set<string>;
  first: number;
  last: number;
  eventIds: string[];
}

/** Resources of one action that are told apart. */
const MOST_RESOURCES = 1000;
const MOST_IDS = 3;

/**
 * Counts what calls needed, in memory that is bounded by the number of actions: where one acted on more than a thousand resources,
 * the further ones count for the folder that they are in, such as `arn:aws:s3:::logs/2026/*`, and at last for `*`.
 */
export class Usage {
  readonly #uses = new Map<string, Map<string, Counted>>();
  /** Operations of which nothing is known -> how often they were called. */
  readonly unmapped = new Map<string, number>();
  /** Actions whose resources are no longer told apart. */
  readonly shortened = new Set<string>();
  /** Names of those who called. */
  readonly names = new Set<string>();
  calls = 0;
  denied = 0;

  add(call: RecordedCall, includeDenied: boolean): void {
    this.calls++;
    if (this.names.size < MOST_RESOURCES) this.names.add(call.who.name);
    if (call.unmapped) this.unmapped.set(call.operation, (this.unmapped.get(call.operation) ?? 0) + 1);
    if (call.needs.some(({ denied }) => denied)) this.denied++;
    for (const need of call.needs) if (includeDenied || !need.denied) this.#count(need, call);
  }

  #count({ action, resource }: Need, { mfa, operation, time, eventId }: RecordedCall): void {
    let resources = this.#uses.get(action);
    if (resources === undefined) this.#uses.set(action, (resources = new Map()));
    const counted = this.#entry(resources, action, resource);
    counted.mfa &&= mfa;
    counted.count++;
    counted.operations.add(operation);
    if (time < counted.first) counted.first = time;
    if (time > counted.last) counted.last = time;
    if (counted.eventIds.length < MOST_IDS) counted.eventIds.push(eventId);
  }

  #entry(resources: Map<string, Counted>, action: string, resource: string): Counted {
    for (const name of [resource, folderOf(resource), "*"]) {
      const known = resources.get(name);
      if (known !== undefined) return known;
      if (resources.size >= MOST_RESOURCES + (name === resource ? 0 : MOST_RESOURCES) && name !== "*") continue;
      if (name !== resource) this.shortened.add(action);
      const made: Counted = {
        mfa: true,
        count: 0,
        operations: new Set(),
        first: Infinity,
        last: -Infinity,
        eventIds: [],
      };
      resources.set(name, made);
      return made;
    }
    throw new Error("unreachable: everything counts for *");
  }

  /** By action and resource, in order. */
  list(): Use[] {
    return [...this.#uses]
      .flatMap(([action, resources]) =>
        Array.from(resources, ([resource, counted]) => ({
          action,
          resource,
          ...counted,
          operations: [...counted.operations].toSorted(),
        })),
      )
      .toSorted((a, b) => (a.action + a.resource < b.action + b.resource ? -1 : 1));
  }
}

/** What a resource is in: its ARN up to the last `/`, or else the last `:`, and anything behind. */
export function folderOf(resource: string): string {
  const slash = resource.lastIndexOf("/");
  const colon = resource.split(":").length > 6 ? resource.lastIndexOf(":") : -1;
  const end = Math.max(slash, colon);
  return end < 0 ? resource : `${resource.slice(0, end + 1)}*`;
}
