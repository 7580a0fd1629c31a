import { referencedAction, referencedServices } from "../catalog/service-reference.ts";
import { splitArn } from "./arn.ts";
import { Glob } from "./glob.ts";
import { KeyLookup } from "./keys.ts";
import { actionName, ActionList } from "./match.ts";
import { type StatementStructure, structureOf } from "./structure.ts";

// Which services a policy gives a way into, whatever a request's conditions are: conditions on an Allow are taken to be
// met, those on a Deny not to be (evidence: last-accessed-granting).

/** The namespaces, in order, of the services of which a set of identity policies leaves at least one action allowed. */
export function grantedServices(documents: readonly string[]): string[] {
  const access = accessOf(documents);
  return Object.keys(referencedServices()).filter((namespace) => {
    for (const _ of allowedActions(namespace, access)) return true;
    return false;
  });
}

/** The actions of a service, in order, that a set of identity policies leaves allowed. */
export function grantedActions(documents: readonly string[], namespace: string): string[] {
  return [...allowedActions(namespace, accessOf(documents))].toSorted();
}

/** Which services one policy grants by itself; only a deny of all of a service, on everything, takes it back. */
export function grants(document: string): (namespace: string) => boolean {
  const { allows, denies } = accessOf([document]);
  const broad = denies.filter((deny) => deny.resources.includes("*") && deny.notResources.length === 0);
  return (namespace) => {
    const actions = candidates(namespace, allows).map((name) => `${namespace}:${name}`);
    if (broad.some((deny) => actions.every(deny.has))) return false;
    for (const _ of allowedActions(namespace, { allows, denies: [] })) return true;
    return false;
  };
}

interface Access {
  readonly allows: readonly Statement[];
  readonly denies: readonly Statement[];
}

interface Statement {
  /** Whether the statement is about an action. */
  readonly has: (action: string) => boolean;
  /** The names in it, patterns as well, in lower case. */
  readonly names: readonly string[];
  /** Everything, where the statement names what it is not about. */
  readonly resources: readonly string[];
  readonly notResources: readonly string[];
}

function accessOf(documents: readonly string[]): Access {
  const statements = documents.flatMap((document) => structureOf(document).statements);
  const isDeny = ({ effect }: StatementStructure) => effect === "Deny";
  return {
    allows: statements.filter((statement) => !isDeny(statement)).map(statementOf),
    denies: statements.filter((statement) => isDeny(statement) && statement.conditions.length === 0).map(statementOf),
  };
}

function statementOf({ actions, notActions, resources, notResources = [] }: StatementStructure): Statement {
  const list = new ActionList(actions ?? notActions ?? []);
  return {
    has: (action) => list.has(actionName(action), new KeyLookup({})) === (actions !== undefined),
    names: (actions ?? []).map((action) => action.toLowerCase()),
    resources: resources ?? ["*"],
    notResources,
  };
}

function* allowedActions(namespace: string, { allows, denies }: Access): Iterable<string> {
  // Actions share their types of resource.
  const overlap = remembering((a, b) => overlaps(withWildcards(a), withWildcards(b)));
  for (const name of candidates(namespace, allows)) {
    const action = `${namespace}:${name}`;
    const opposing = denies.filter((deny) => deny.has(action));
    const isAllowed = allows.some(
      (allow) =>
        allow.has(action) &&
        allow.resources.some(
          (resource) =>
            canActOn(action, resource, overlap) && !opposing.some((deny) => covers(deny, resource, overlap)),
        ),
    );
    if (isAllowed) yield name;
  }
}

/** The service's actions, and what policies name as such: AWS counts names that it does not know. */
function candidates(namespace: string, allows: readonly Statement[]): string[] {
  const known = Object.keys(referencedServices()[namespace]?.actions ?? {});
  const prefix = `${namespace}:`;
  const named = allows
    .flatMap(({ names }) => names)
    .filter((name) => name.startsWith(prefix) && !/[*?]/.test(name) && !referencedAction(name))
    .map((name) => name.slice(prefix.length));
  return [...known, ...named];
}

/** Whether an action has a type of resource that a policy's resource may be. */
function canActOn(action: string, resource: string, overlap: Comparison): boolean {
  const known = referencedAction(action);
  if (!known || resource === "*") return true;
  return known.arns.some((arn) => overlap(arn, resource));
}

/** Variables of ARNs in the reference and of policies, as wildcards. */
const withWildcards = (text: string): string => text.replace(/\$\{[^}]*\}/g, "*");

/** Whether a deny takes away all that a resource stands for; one with variables is taken not to. */
function covers({ resources, notResources }: Statement, resource: string, overlap: Comparison): boolean {
  if (notResources.some((except) => overlap(except, resource))) return false;
  return resources.some((denied) => Glob.of(denied).matches(resource));
}

type Comparison = (a: string, b: string) => boolean;

function remembering(compare: Comparison): Comparison {
  const known = new Map<string, boolean>();
  return (a, b) => {
    const pair = `${a.length} ${a}${b}`;
    let result = known.get(pair);
    if (result === undefined) known.set(pair, (result = compare(a, b)));
    return result;
  };
}

const STAR = "*".charCodeAt(0);
const QUESTION_MARK = "?".charCodeAt(0);

/** Whether there is a text that two patterns both fit. */
function overlaps(a: string, b: string): boolean {
  const [partsA, partsB] = [splitArn(a), splitArn(b)];
  // Most pairs differ in their service, which is a text.
  if (partsA && partsB && !/[*?]/.test(partsA[2] + partsB[2]) && partsA[2] !== partsB[2]) return false;
  // reachable[j]: whether some text fits what was read of `a` and the first j units of `b`.
  let reachable = new Uint8Array(b.length + 1);
  reachable[0] = 1;
  for (let j = 0; b[j] === "*"; j++) reachable[j + 1] = 1;
  const units = Uint16Array.from({ length: b.length }, (_, j) => b.charCodeAt(j));
  for (let i = 0; i < a.length; i++) {
    const unit = a.charCodeAt(i);
    const next = new Uint8Array(b.length + 1);
    if (unit === STAR) next[0] = reachable[0]!;
    for (let j = 1; j <= units.length; j++) {
      const other = units[j - 1]!;
      const grows = unit === STAR || other === STAR ? reachable[j]! | next[j - 1]! : 0;
      const meets = unit === other || unit === QUESTION_MARK || other === QUESTION_MARK;
      next[j] = grows | (meets ? reachable[j - 1]! : 0);
    }
    reachable = next;
  }
  return reachable[b.length] === 1;
}
