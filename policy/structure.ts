import { isOperator } from "./conditions.ts";
import type { Finding, FaultKind } from "./faults.ts";
import { type Json, type JsonMember, readJson } from "./json.ts";
import { variableNames } from "./template.ts";

/**
 * A policy's elements as they were written, with lone values as lists. An absent element is undefined, an empty one is
 * empty.
 */
export interface PolicyStructure {
  readonly version: string | undefined;
  /** Whether Statement is an object, not a list, and comes before Version. */
  readonly loneStatementFirst: boolean;
  readonly statements: readonly StatementStructure[];
}

export interface StatementStructure {
  readonly sid: string | undefined;
  readonly effect: string | undefined;
  readonly principals: readonly PrincipalEntry[] | undefined;
  readonly notPrincipals: readonly PrincipalEntry[] | undefined;
  readonly actions: readonly string[] | undefined;
  readonly notActions: readonly string[] | undefined;
  readonly resources: readonly string[] | undefined;
  readonly notResources: readonly string[] | undefined;
  readonly conditions: readonly ConditionEntry[];
}

/**
 * One principal: `type` is `AWS`, `Service`, `Federated` or `CanonicalUser`, or absent if Principal is a plain string.
 */
export interface PrincipalEntry {
  readonly type: string | undefined;
  readonly value: string;
}

export interface ConditionEntry {
  readonly operator: string;
  readonly key: string;
  readonly values: readonly string[];
}

const POLICY_ELEMENTS = new Set(["Version", "Id", "Statement", "Conditions"]);
const STATEMENT_ELEMENTS = new Set(
  "Sid Effect Principal NotPrincipal Action NotAction Resource NotResource Condition".split(" "),
);

/** The rules that all kinds of policy share: known elements, each of the right type, and known condition operators. */
export interface StructureReading {
  /** An element of the wrong type is empty, so that the others keep their places. */
  readonly structure: PolicyStructure;
  readonly findings: readonly Finding[];
}

/**
 * Reads the elements of a policy. Whether an element is present, and its content, is left to the grammar of its kind.
 */
export function readStructure(json: Json): StructureReading {
  const reader = new Reader();
  return { structure: reader.policy(json), findings: reader.findings };
}

/** A document that must be a policy is not one. */
export class NoPolicy extends Error {}

/**
 * The elements of a document that was checked when it was stored. Throws NoPolicy for a document that is not a policy.
 */
export function structureOf(text: string): PolicyStructure {
  const { structure, fault } = structureOrFault(text);
  if (structure === undefined) throw new NoPolicy(`The document is no policy: ${fault}`);
  return structure;
}

/** Why a document does not have a policy's structure, in plain words; undefined if it has. */
export const structureFault = (text: string): string | undefined => structureOrFault(text).fault;

function structureOrFault(text: string): { readonly structure?: PolicyStructure; readonly fault?: string } {
  const { json, faults } = readJson(text);
  if (json === undefined || faults.length > 0) return { fault: "It is not JSON." };
  const { structure, findings } = readStructure(json);
  return findings.length > 0 ? { fault: findings[0]!.detail } : { structure };
}

export const VERSION_2012 = "2012-10-17";
export const VERSION_2008 = "2008-10-17";

/** Whether `${…}` is a variable in the policy; in the older version it is plain text. */
export const hasVariables = ({ version }: PolicyStructure): boolean => version === VERSION_2012;

/**
 * The names of condition keys and of variables (also `*`, `?` and `$`) that a policy mentions, as spelt, once each;
 * actions and principals have no variables (evidence: context-keys-listed).
 */
export function mentionedKeys(policy: PolicyStructure): string[] {
  const inText = (text: string) => (hasVariables(policy) ? variableNames(text) : []);
  const keys = policy.statements.flatMap(({ conditions, resources, notResources }) => [
    ...(resources ?? notResources ?? []).flatMap(inText),
    ...conditions.flatMap(({ key, values }) => [key, ...values.flatMap(inText)]),
  ]);
  return [...new Set(keys)];
}

class Reader {
  readonly findings: Finding[] = [];
  /** The path of what is being read. */
  readonly #path: (string | number)[] = [];

  policy(json: Json): PolicyStructure {
    const members = this.#object(json, POLICY_ELEMENTS);
    this.#text(members, "Id");
    const version = this.#text(members, "Version");
    const written = members.get("Statement")?.value;
    const statements = written && this.#within("Statement", () => this.#each(written, this.#statement));
    const names = [...members.keys()];
    const isFirst = names.indexOf("Statement") < names.indexOf("Version");
    return { version, loneStatementFirst: isFirst && written?.type === "object", statements: statements ?? [] };
  }

  readonly #statement = (json: Json): StatementStructure => {
    const members = this.#object(json, STATEMENT_ELEMENTS);
    return {
      sid: this.#text(members, "Sid"),
      effect: this.#text(members, "Effect"),
      principals: this.#member(members, "Principal", this.#principals),
      notPrincipals: this.#member(members, "NotPrincipal", this.#principals),
      actions: this.#member(members, "Action", this.#texts),
      notActions: this.#member(members, "NotAction", this.#texts),
      resources: this.#member(members, "Resource", this.#texts),
      notResources: this.#member(members, "NotResource", this.#texts),
      conditions: this.#member(members, "Condition", this.#conditions) ?? [],
    };
  };

  readonly #principals = (json: Json): PrincipalEntry[] => {
    if (json.type === "text") return [{ type: undefined, value: json.value }];
    return [...this.#object(json)].flatMap(([type, { value }]) =>
      this.#within(type, () => this.#texts(value)).map((text) => ({ type, value: text })),
    );
  };

  readonly #conditions = (json: Json): ConditionEntry[] =>
    [...this.#object(json)].flatMap(([operator, { value }]) =>
      this.#within(operator, () => this.#keys(operator, value)),
    );

  #keys(operator: string, json: Json): ConditionEntry[] {
    const keys = [...this.#object(json)];
    // An operator without keys is no condition, and AWS accepts any name for it (evidence: document-accepted).
    if (keys.length > 0 && !isOperator(operator)) {
      this.#find("unknown-operator", `There is no condition operator ${JSON.stringify(operator)}.`, true);
      return [];
    }
    return keys.map(([key, { value }]) => {
      const values = this.#within(key, () => this.#each(value, this.#conditionValue));
      return { operator, key, values };
    });
  }

  /** Condition values may also be numbers and Booleans: grammar of the IAM JSON policy language. */
  readonly #conditionValue = (json: Json): string =>
    json.type === "word" && json.text !== "null" ? json.text : this.#requiredText(json);

  #object(json: Json, names?: ReadonlySet<string>): ReadonlyMap<string, JsonMember> {
    if (json.type !== "object") {
      this.#find("wrong-type", "An object in braces is expected here.");
      return NO_MEMBERS;
    }
    for (const name of names === undefined ? [] : json.members.keys()) {
      if (names!.has(name)) continue;
      const known = [...names!].join(", ");
      const detail = `There is no element ${JSON.stringify(name)} here; there may be ${known}.`;
      this.#within(name, () => this.#find("unknown-element", detail, true));
    }
    return json.members;
  }

  readonly #texts = (json: Json): string[] => this.#each(json, this.#requiredText);

  #text(members: ReadonlyMap<string, JsonMember>, name: string): string | undefined {
    return this.#member(members, name, this.#requiredText);
  }

  readonly #requiredText = (json: Json): string => {
    if (json.type === "text") return json.value;
    this.#find("wrong-type", "A text in double quotes is expected here.");
    return "";
  };

  #member<T>(members: ReadonlyMap<string, JsonMember>, name: string, read: (json: Json) => T): T | undefined {
    const member = members.get(name);
    return member && this.#within(name, () => read(member.value));
  }

  /** The items of a list; a lone value counts as a list of one. */
  #each<T>(json: Json, read: (item: Json) => T): T[] {
    const items = json.type === "list" ? json.items : [json];
    return items.map((item, index) => this.#within(index, () => read(item)));
  }

  #within<T>(step: string | number, read: () => T): T {
    this.#path.push(step);
    const result = read();
    this.#path.pop();
    return result;
  }

  #find(kind: FaultKind, detail: string, atName = false): void {
    this.findings.push({ kind, detail, path: [...this.#path], ...(atName && { atName }) });
  }
}

const NO_MEMBERS: ReadonlyMap<string, JsonMember> = new Map();
