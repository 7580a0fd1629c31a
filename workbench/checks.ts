import type { ContextKeys } from "../policy/evaluate.ts";
import type { Place } from "../server/seed/place.ts";
import { actionsFor } from "./actions.ts";
import {
  ask,
  expectationIn,
  keysIn,
  mfaIn,
  refusedAt,
  resourcePolicyIn,
  textsIn,
  type Assertion,
  type Expectation,
  type Reading,
} from "./assertions.ts";
import { contextFrom } from "../server/question.ts";
import { overlaid } from "./request-context.ts";

/** The members of a check; those of a test are the defaults of its checks. */
export const CHECK_MEMBERS = [
  "principal",
  "action",
  "resource",
  "context",
  "mfa",
  "resourcePolicy",
  "expect",
  "decidedBy",
  "why",
] as const;
export type CheckPlaces = Readonly<Record<(typeof CHECK_MEMBERS)[number], Place>>;

/** A test as far as what stands in it builds on. */
export interface TestDefaults {
  readonly name: string;
  readonly places: CheckPlaces;
  /** Condition keys of the file and of the test. */
  readonly keys: ContextKeys;
}

/** What a check is given, or else its test. */
export function orDefaults<N extends keyof CheckPlaces>(
  places: Readonly<Record<N, Place>>,
  { places: defaults }: TestDefaults,
): Readonly<Record<N, Place>> {
  const chosen = Object.entries<Place>(places).map(([name, place]) => {
    const inherited = defaults[name as N] as Place | undefined;
    return [name, !place.isGiven && inherited?.isGiven ? inherited : place];
  });
  return Object.fromEntries(chosen) as Record<N, Place>;
}

/** The assertions of one entry of `check`: `assertions`, a mapping from actions to decisions, or `action` and `expect`. */
export function* checkAssertions(
  { assertions, ...own }: CheckPlaces & Readonly<Record<"assertions", Place>>,
  test: TestDefaults,
  reading: Reading,
): Iterable<Assertion> {
  const places = orDefaults(own, test);
  const keys = own.context.isGiven ? overlaid(test.keys, keysIn(own.context)) : test.keys;
  if (!assertions.isGiven) return yield* expand(places, actionsIn(places), keys, test.name, reading);
  if (own.action.isGiven || own.expect.isGiven) throw assertions.fail("takes the place of action and expect.");
  const asked = assertions.entries().map(([action, place]) => ({ action, place, ...assertedIn(place, places) }));
  yield* expand(places, asked, keys, test.name, reading);
}

/** A decision alone, or a mapping that says more of it. */
function assertedIn(place: Place, { decidedBy, why }: CheckPlaces): Expectation {
  if (typeof place.value !== "object") return expectationIn({ expect: place, decidedBy, why });
  const own = place.members("expect", "decidedBy", "why");
  return expectationIn({
    expect: own.expect,
    decidedBy: own.decidedBy.isGiven ? own.decidedBy : decidedBy,
    why: own.why.isGiven ? own.why : why,
  });
}

interface Asked extends Expectation {
  readonly action: string;
  readonly place: Place;
}

function actionsIn(places: CheckPlaces): Asked[] {
  const expectation = expectationIn(places);
  const { action } = places;
  const items = Array.isArray(action.value) ? action.items() : [action];
  return items.map((place) => ({ action: place.text(), place, ...expectation }));
}

function* expand(
  places: CheckPlaces,
  asked: readonly Asked[],
  keys: ContextKeys,
  test: string,
  reading: Reading,
  at?: Place,
): Iterable<Assertion> {
  const principals = reading.principals.named(places.principal);
  const resources = places.resource.isGiven ? textsIn(places.resource) : ["*"];
  const resourcePolicy = resourcePolicyIn(places.resourcePolicy);
  const mfa = mfaIn(places.mfa);
  for (const { action: text, place, ...expectation } of asked) {
    for (const resource of resources) {
      for (const action of actionsFor(text, resource, place, reading.accounts.notes)) {
        for (const principal of principals) {
          const steps = [ask(principal, { action, resource, resourcePolicy }, keys, mfa, reading)];
          yield { test, place: at ?? place, principal: principal.name, action, resource, ...expectation, steps };
        }
      }
    }
  }
}

/** A table: `columns` name members of checks or condition keys, each of `rows` is a check. An empty cell is not given. */
export function* tableAssertions(table: Place, test: TestDefaults, reading: Reading): Iterable<Assertion> {
  const { columns, rows } = table.members("columns", "rows");
  const names = columns.items().map((column) => {
    const name = column.text();
    if (name.includes(":") || (CHECK_MEMBERS as readonly string[]).includes(name)) return name;
    throw column.fail(`must be one of ${CHECK_MEMBERS.join(", ")}, or a condition key.`);
  });
  for (const row of rows.items()) {
    const { length } = row.items();
    if (length !== names.length) throw row.fail(`has ${length} cells, and the table has ${names.length} columns.`);
    const cells = Object.fromEntries(names.map((name, index) => [name, row.at(index)]));
    const places = { ...test.places };
    let keys = test.keys;
    for (const [name, cell] of Object.entries(cells)) {
      if (!cell.isGiven) continue;
      if (name.includes(":"))
        keys = overlaid(
          keys,
          refusedAt(cell, () => contextFrom({ [name]: cell.value })),
        );
      else if (name === "context") keys = overlaid(keys, keysIn(cell));
      else places[name as keyof CheckPlaces] = cell;
    }
    yield* expand(places, actionsIn(places), keys, test.name, reading, row);
  }
}
