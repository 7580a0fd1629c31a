import { ArnPatterns } from "./arn-patterns.ts";
import type { ResourceName } from "./arn.ts";
import { compileCondition, type Condition } from "./conditions.ts";
import type { KeyLookup } from "./keys.ts";
import { type ActionName, ActionList, PrincipalList } from "./match.ts";
import type { Outcome } from "./operators.ts";
import { hasVariables, NoPolicy, type StatementStructure, structureOf } from "./structure.ts";

/** The parts of a request that every policy is matched against. */
export interface Subject {
  readonly action: ActionName;
  readonly resource: ResourceName;
  readonly keys: KeyLookup;
  readonly simulated: boolean;
}

/** A statement, ready to be matched. */
export class CompiledStatement {
  readonly index: number;
  readonly sid: string | undefined;
  readonly effect: "Allow" | "Deny";
  readonly principals: PrincipalList | undefined;
  readonly notPrincipals: PrincipalList | undefined;
  readonly conditions: readonly Condition[];
  readonly #actions: ActionList;
  readonly #exceptActions: boolean;
  /** Absent in trust policies, whose resource is the role. */
  readonly #resources: ArnPatterns | undefined;
  readonly #exceptResources: boolean;

  constructor(statement: StatementStructure, index: number, variables: boolean) {
    const { sid, effect, principals, notPrincipals, actions, notActions, resources, notResources } = statement;
    if (effect !== "Allow" && effect !== "Deny")
      throw new NoPolicy("The document is no policy: a statement neither allows nor denies.");
    this.index = index;
    this.sid = sid;
    this.effect = effect;
    this.principals = principals && new PrincipalList(principals);
    this.notPrincipals = notPrincipals && new PrincipalList(notPrincipals);
    this.#actions = new ActionList(actions ?? notActions ?? []);
    this.#exceptActions = actions === undefined && notActions !== undefined;
    const listed = resources ?? notResources;
    this.#resources = listed && new ArnPatterns(listed, variables, true);
    this.#exceptResources = resources === undefined && notResources !== undefined;
    this.conditions = statement.conditions.map(({ operator, key, values }) =>
      compileCondition(operator, key, values, variables),
    );
  }

  /** Whether the statement is about the action and the resource. */
  covers({ action, resource, keys }: Subject): boolean {
    if (this.#actions.has(action, keys) === this.#exceptActions) return false;
    return this.#resources === undefined || this.#resources.has(resource, keys) !== this.#exceptResources;
  }

  /**
   * Whether one of the conditions is met. What nobody can know allows nothing, also where its absence would, as with StringNotEquals or
   * IfExists; of a key that has one of several values, all must meet it.
   */
  test(condition: Condition, { keys, simulated }: Pick<Subject, "keys" | "simulated">): Outcome {
    const { key, operator } = condition;
    const isUnsure = this.effect === "Allow" && keys.isUnknowable(key);
    if (isUnsure && (keys.get(key) === undefined || operator.startsWith("ForAnyValue:"))) return "unmet";
    return condition.test(keys, simulated);
  }

  /**
   * Whether all conditions are met. If the evaluation fails, an Allow does not allow, and a Deny denies
   * (evidence: condition-malformed-literal).
   */
  isMet({ keys, simulated }: Subject): boolean {
    let failed = false;
    for (const condition of this.conditions) {
      const outcome = this.test(condition, { keys, simulated });
      if (outcome === "unmet") return false;
      failed ||= outcome === "failed";
    }
    return !failed || this.effect === "Deny";
  }
}

/** A document, ready to be matched; its Deny statements are separate, since they are checked first. */
export interface CompiledPolicy {
  readonly statements: readonly CompiledStatement[];
  readonly denies: readonly CompiledStatement[];
  readonly allows: readonly CompiledStatement[];
}

// The least recently used documents are dropped first, half of the cache at a time: a document that is used moves from
// the older to the newer half, so that a hit in the newer half writes nothing. A compiled document takes up to sixty
// bytes per character, so both halves together take 60 MB at most, and usually a third of that.
const HALF = 512 * 1024;
let newer = new Map<string, CompiledPolicy>();
let older = new Map<string, CompiledPolicy>();
let size = 0;

/** The compiled form of a document, from the cache if possible. Throws NoPolicy if it is not a policy. */
export function compile(document: string): CompiledPolicy {
  const hit = newer.get(document);
  if (hit !== undefined) return hit;
  const policy = older.get(document) ?? compileNew(document);
  if (size + document.length > HALF) {
    older = newer;
    newer = new Map();
    size = 0;
  }
  newer.set(document, policy);
  size += document.length;
  return policy;
}

function compileNew(document: string): CompiledPolicy {
  const policy = structureOf(document);
  const variables = hasVariables(policy);
  const statements = policy.statements.map((statement, index) => new CompiledStatement(statement, index, variables));
  return {
    statements,
    denies: statements.filter(({ effect }) => effect === "Deny"),
    allows: statements.filter(({ effect }) => effect === "Allow"),
  };
}
