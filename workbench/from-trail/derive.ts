import { referencedAction } from "../../catalog/service-reference.ts";
import { ArnPatterns } from "../../policy/arn-patterns.ts";
import { resourceName } from "../../policy/arn.ts";
import { policySize } from "../../policy/document.ts";
import { KeyLookup } from "../../policy/keys.ts";
import { DEFAULT_QUOTAS } from "../../handlers/quotas.ts";
import { templateOf } from "./cloudtrail-resources.ts";
import { folderOf, type Use } from "./usage.ts";

/** How resources are generalised: not at all, to the folder they are in, to all of their type, or to everything. */
export type Generalisation = "exact" | "prefix" | "type" | "any";

/** What the policies are to be, by which their size is limited (evidence: quota-values). */
export const LIMITS = {
  managed: DEFAULT_QUOTAS.PolicySize,
  "user-inline": DEFAULT_QUOTAS.InlinePolicySizePerUser,
  "role-inline": DEFAULT_QUOTAS.InlinePolicySizePerRole,
  "group-inline": DEFAULT_QUOTAS.InlinePolicySizePerGroup,
} as const;
export type DerivedKind = keyof typeof LIMITS;

export interface DeriveOptions {
  readonly resources: Generalisation;
  readonly anyAccount: boolean;
  /** Whether MFA is asked for where all calls had it. */
  readonly mfa: boolean;
  readonly kind: DerivedKind;
}

/** A statement, with the uses behind it. */
export interface DerivedStatement {
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly mfa: boolean;
  readonly uses: readonly Use[];
}

/** What a policy holds, and its text as it is written for people. */
export interface DerivedPolicy {
  readonly statements: readonly DerivedStatement[];
  readonly document: string;
}

/** The least policies that allow all uses, in the fewest statements without more access than that. */
export function derive(uses: readonly Use[], options: DeriveOptions): DerivedPolicy[] {
  const limit = LIMITS[options.kind];
  const packed: DerivedStatement[][] = [];
  for (const statement of statementsFor(uses, options).flatMap((one) => fitted(one, limit))) {
    const place = packed.find((statements) => policySize(textOf([...statements, statement])) <= limit);
    if (place === undefined) packed.push([statement]);
    else place.push(statement);
  }
  return packed.map((statements) => ({ statements, document: textOf(statements) }));
}

/** An action on resources that one pattern stands for. */
interface Cell {
  readonly action: string;
  readonly pattern: string;
  readonly mfa: boolean;
  readonly uses: readonly Use[];
}

/** Actions with the same resources share a statement, or resources with the same actions: whichever takes fewer statements. */
function statementsFor(uses: readonly Use[], options: DeriveOptions): DerivedStatement[] {
  const cells = cellsFor(uses, options);
  const byActions = grouped(cells, "action", "pattern");
  const byResources = grouped(cells, "pattern", "action");
  const difference = byResources.length - byActions.length || textOf(byResources).length - textOf(byActions).length;
  return difference < 0 ? byResources : byActions;
}

/** What is to be allowed; where MFA is asked for, what is allowed without it is not allowed with it once more. */
function cellsFor(uses: readonly Use[], options: DeriveOptions): Cell[] {
  const byAction = new Map<string, Use[]>();
  for (const use of uses) byAction.set(use.action, [...(byAction.get(use.action) ?? []), use]);
  return [...byAction].flatMap(([action, ofAction]): Cell[] => {
    const needsMfa = (use: Use) => options.mfa && use.mfa;
    const open = widest(ofAction.filter((use) => !needsMfa(use)).map((use) => generalised(use, options)));
    const isOpen = new ArnPatterns(open, true, true);
    const guarded = ofAction.filter((use) => needsMfa(use) && !isOpen.has(resourceName(use.resource), NO_KEYS));
    const cell = (pattern: string, mfa: boolean, from: readonly Use[]): Cell => {
      const patterns = new ArnPatterns([pattern], true, true);
      const behind = from.filter(({ resource }) => patterns.has(resourceName(resource), NO_KEYS));
      return { action, pattern, mfa, uses: behind };
    };
    return [
      ...open.map((pattern) => cell(pattern, false, ofAction)),
      ...widest(guarded.map((use) => generalised(use, options))).map((pattern) => cell(pattern, true, guarded)),
    ];
  });
}

/** One statement for all that have the same of the other; what a statement has is told in order. */
function grouped(cells: readonly Cell[], one: "action" | "pattern", other: "action" | "pattern"): DerivedStatement[] {
  const rows = new Map<string, Cell[]>();
  for (const cell of cells) {
    const key = JSON.stringify([cell.mfa, cell[one]]);
    rows.set(key, [...(rows.get(key) ?? []), cell]);
  }
  const alike = new Map<string, Cell[]>();
  for (const row of rows.values()) {
    const key = JSON.stringify([row[0]!.mfa, row.map((cell) => cell[other]).toSorted()]);
    alike.set(key, [...(alike.get(key) ?? []), ...row]);
  }
  return Array.from(alike.values(), (group) => ({
    actions: [...new Set(group.map(({ action }) => action))].toSorted(),
    resources: [...new Set(group.map(({ pattern }) => pattern))].toSorted(),
    mfa: group[0]!.mfa,
    uses: [...new Set(group.flatMap((cell) => cell.uses))],
  }));
}

const NO_KEYS = new KeyLookup({});

function generalised({ action, resource }: Use, { resources, anyAccount }: DeriveOptions): string {
  const wide = widened(action, resource, resources);
  return anyAccount ? wide.replace(/^(arn:[^:]*:[^:]*:[^:]*:)\d{12}:/, "$1*:") : wide;
}

function widened(action: string, resource: string, how: Generalisation): string {
  if (how === "any" || resource === "*") return "*";
  if (how === "exact") return escaped(resource);
  if (how === "prefix") return folderOf(escaped(resource));
  const template = templateOf(resource, referencedAction(action)?.arns ?? []);
  if (template === undefined) return "*";
  // Partition, region and account stay as they are.
  const [, partition = "", , region = "", account = ""] = resource.split(":");
  return template
    .replace("${Partition}", partition)
    .replace("${Region}", region)
    .replace("${Account}", account)
    .replace(/\$\{\w+\}/g, "*");
}

/** Names may hold what would be a variable; wildcards stay, as there are some for what is not known. */
const escaped = (resource: string): string => resource.replaceAll("${", "${$}{");

/** Patterns without those that others cover, in order. */
function widest(patterns: readonly string[]): string[] {
  const distinct = [...new Set(patterns)].toSorted();
  const wild = distinct.filter((pattern) => pattern.includes("*"));
  return distinct.filter((pattern) => {
    const others = wild.filter((other) => other !== pattern);
    return others.length === 0 || !new ArnPatterns(others, true, true).has(resourceName(pattern), NO_KEYS);
  });
}

/** A statement in as many parts as it takes for each to fit into a policy. */
function fitted(statement: DerivedStatement, limit: number): DerivedStatement[] {
  if (policySize(textOf([statement])) <= limit) return [statement];
  const { actions, resources } = statement;
  if (actions.length === 1 && resources.length === 1) return [statement];
  const [name, list] = resources.length > 1 ? (["resources", resources] as const) : (["actions", actions] as const);
  const middle = Math.ceil(list.length / 2);
  return [list.slice(0, middle), list.slice(middle)].flatMap((half) => {
    const part = { ...statement, [name]: half };
    return fitted({ ...part, uses: statement.uses.filter(isBehind(part)) }, limit);
  });
}

function isBehind({ actions, resources }: DerivedStatement): (use: Use) => boolean {
  const patterns = new ArnPatterns(resources, true, true);
  return ({ action, resource }) => actions.includes(action) && patterns.has(resourceName(resource), NO_KEYS);
}

const MFA = { Bool: { "aws:MultiFactorAuthPresent": "true" } };
const oneOrMore = (texts: readonly string[]) => (texts.length === 1 ? texts[0] : texts);

/** A policy document, as people write it. */
export function textOf(statements: readonly Pick<DerivedStatement, "actions" | "resources" | "mfa">[]): string {
  const Statement = statements.map(({ actions, resources, mfa }) => ({
    Effect: "Allow",
    Action: oneOrMore(actions),
    Resource: oneOrMore(resources),
    ...(mfa && { Condition: MFA }),
  }));
  return JSON.stringify({ Version: "2012-10-17", Statement }, undefined, 2);
}
