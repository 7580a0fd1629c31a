import type { OperationAction, ServiceOperations } from "../catalog/service-operations.ts";
import type { Check } from "./call.ts";
import { CannotMap } from "./cannot-map.ts";
import {
  type Ask,
  type Asks,
  type Call,
  type Candidates,
  type KeyReader,
  type Rule,
  type ServiceRules,
  UNKNOWABLE,
} from "./rule.ts";
import { REQUEST_TAG, TAG_KEYS, tagsIn } from "./tags.ts";

/** All that a call asks for. Throws CannotMap. */
export function checksOf(rules: ServiceRules, call: Call): readonly Check[] {
  const rule = Object.hasOwn(rules.operations, call.operation) ? rules.operations[call.operation]! : byType(rules);
  const asked: Rule = (input) => {
    const asks = listed(rule(input, call));
    return [...asks, ...tagging(rules, call, asks)];
  };
  return checksBy(rules, call, asked);
}

/** All that a call asks for by that rule. Throws CannotMap. */
export function checksBy(rules: ServiceRules, call: Call, rule: Rule): readonly Check[] {
  const asks = listed(rule(call.input, call));
  if (asks.length === 0) throw new CannotMap(`The input of ${call.operation} does not say what it acts on.`);
  return asks.map((ask) => checkOf(rules, call, typeof ask === "string" ? { resource: ask } : ask));
}

const listed = (asks: Asks): readonly (string | Ask)[] =>
  asks === undefined
    ? []
    : typeof asks === "string" || !Array.isArray(asks)
      ? [asks as string | Ask]
      : (asks as (string | Ask)[]);

/** What is made with tags asks for the tagging as well (evidence: gate-tags-on-creation). */
function tagging(
  { tagging: tags }: ServiceRules,
  { operation, input, catalogue }: Call,
  [first]: readonly (string | Ask)[],
): readonly Ask[] {
  if (!tags || first === undefined || /^(?:Tag|AddTags)/.test(operation)) return [];
  if (!actionOf(catalogue, operation)?.keys?.includes(REQUEST_TAG) || !tagsIn(input)) return [];
  const resource = typeof first === "string" ? first : first.resource;
  return [{ action: tags.action, resource: tags.on?.(resource) ?? resource }];
}

/** The rule of operations without one of their own: their action, on what the input names of the types that the reference has for it. */
export const byType =
  ({ types }: ServiceRules): Rule =>
  (input, call) => {
    const action = actionOf(call.catalogue, call.operation);
    if (action === undefined) throw new CannotMap(`The gate does not know what ${call.operation} takes.`);
    // What acts on something must name it, also where the reference has it optional: `*` would be another permission.
    if (!action.types) return "*";
    return Object.keys(action.types).flatMap((name) =>
      Object.hasOwn(types, name) ? (types[name]!(input, call) ?? []) : [],
    );
  };

export const actionOf = ({ actions }: ServiceOperations, name: string): OperationAction | undefined =>
  Object.hasOwn(actions, name) ? actions[name] : undefined;

function checkOf(rules: ServiceRules, call: Call, ask: Ask): Check {
  const named = ask.action ?? call.operation;
  const { resource } = ask;
  // What another service is asked for has the keys that the ask brings along.
  if (named.includes(":")) return { action: named, resource, keys: ask.keys ?? {}, unknowable: [] };
  const input = ask.input ?? call.input;
  const keys: Record<string, string | readonly string[]> = {};
  const plan = planOf(rules, call.catalogue, named);
  let { unknowable } = plan;
  for (const [name, reader] of plan.readers) {
    const value = reader(input, call, resource);
    if (value === undefined) continue;
    if (value === UNKNOWABLE) unknowable = [...unknowable, shown(name)];
    else if (isUnsure(value)) {
      unknowable = [...unknowable, shown(name)];
      keys[name] = value.slice(1) as string[];
    } else if (typeof value === "string" || Array.isArray(value)) keys[name] = value as string | readonly string[];
    else for (const [variable, one] of Object.entries(value)) keys[name.replace(VARIABLE, () => variable)] = one;
  }
  for (const name in ask.keys) keys[name] = ask.keys[name]!;
  return { action: `${call.catalogue.prefix}:${named}`, resource, keys, unknowable };
}

const isUnsure = (value: ReturnType<KeyReader>): value is Candidates => Array.isArray(value) && value[0] === UNKNOWABLE;

const VARIABLE = /\$\{.*\}$|<key>$|tag-key$/;
/** `s3:ExistingObjectTag/${TagKey}` as policies have it. */
export const shown = (name: string) => name.replace(VARIABLE, "*");

interface KeyPlan {
  readonly readers: readonly (readonly [string, KeyReader])[];
  readonly unknowable: readonly string[];
}

const plans = new WeakMap<ServiceRules, Map<string, KeyPlan>>();

/** The condition keys of an action: those that can be read, and those that nobody here can know. */
function planOf(rules: ServiceRules, catalogue: ServiceOperations, action: string): KeyPlan {
  let ofService = plans.get(rules);
  if (!ofService) plans.set(rules, (ofService = new Map()));
  let plan = ofService.get(action);
  if (!plan) {
    const names = actionOf(catalogue, action)?.keys ?? [];
    const readers: (readonly [string, KeyReader])[] = [];
    const unknowable: string[] = [];
    for (const name of names) {
      const reader = Object.hasOwn(rules.keys, name) ? rules.keys[name] : TAG_KEYS.get(name);
      if (reader) readers.push([name, reader]);
      else unknowable.push(shown(name));
    }
    plan = { readers, unknowable };
    ofService.set(action, plan);
  }
  return plan;
}
