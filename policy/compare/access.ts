import type { ContextKeys } from "../keys.ts";
import type { RequestPrincipal } from "../match.ts";
import type { ConditionEntry } from "../structure.ts";

/** Access that one set of policies gives by a statement and another set does not give. */
export interface Access {
  readonly statement: StatementReference;
  /** As patterns where all that a pattern means is there; `not …` where it is all but those of NotAction. */
  readonly actions: readonly string[];
  /** The statement's resources of which that is true, at least in part; `not …` for those of NotResource. */
  readonly resources: readonly string[];
  /** Those of the statement. */
  readonly conditions: readonly ConditionEntry[];
  /** Whom it is about, where policies name callers. */
  readonly callers: readonly string[];
  /** Set where it is about actions that AWS's service reference does not have (yet). */
  readonly unlisted?: true;
  /** A request that one set allows and the other does not, as the engine has decided; absent where none was found. */
  readonly example?: AccessExample;
}

export interface StatementReference {
  /** The id of the document. */
  readonly policy: string;
  /** Place in the document, from 0. */
  readonly index: number;
  readonly sid: string | undefined;
}

export interface AccessExample {
  readonly action: string;
  readonly resource: string;
  readonly caller: RequestPrincipal;
  readonly keys: ContextKeys;
}

export interface Comparison {
  readonly added: readonly Access[];
  /** What may have been added: neither an example nor a proof that there is none was found. */
  readonly undecided: readonly Access[];
}
