import { areLiterals, compileCondition, spell } from "../conditions.ts";
import { KeyLookup } from "../keys.ts";
import { isEscape, isVariable, parseTemplate, type Variable } from "../template.ts";
import type { ConditionEntry } from "../structure.ts";

/** What a condition compares. `opaque`: the evaluation of a literal may fail, so that nothing is concluded from it. */
export type AtomKind = "text" | "arn" | "number" | "date" | "bool" | "binary" | "address" | "null" | "opaque";

/** One key of one operator: what can be met or not. */
export interface Atom {
  readonly entry: ConditionEntry;
  /** Atoms of the same id are met together. */
  readonly id: string;
  /** In lower case. */
  readonly key: string;
  readonly kind: AtomKind;
  readonly base: string;
  readonly set: string | undefined;
  readonly negated: boolean;
  /** Of the statement that has it. */
  readonly effect: "Allow" | "Deny";
  /** Whether `${…}` is a variable. */
  readonly variables: boolean;
  /** The keys that the literals' variables are about. */
  readonly mentions: readonly Variable[];
  /** Whether it is met by a request. */
  isMet(keys: KeyLookup): boolean;
  /** Whether one value meets the operator without set prefix and IfExists. */
  takes(value: string): boolean;
}

const KINDS: readonly (readonly [RegExp, AtomKind])[] = [
  [/^String/, "text"],
  [/^Arn/, "arn"],
  [/^Numeric/, "number"],
  [/^Date/, "date"],
  [/^Bool$/, "bool"],
  [/^Binary/, "binary"],
  [/IpAddress$/, "address"],
  [/^Null$/, "null"],
];

/** The condition of a statement; `effect` counts where the evaluation fails (evidence: condition-malformed-literal). */
export function atomOf(entry: ConditionEntry, variables: boolean, effect: "Allow" | "Deny"): Atom {
  const { operator, key, values } = entry;
  const { set, base } = spell(operator)!;
  const mentions = values.flatMap((value) => mentionedIn(value, base, variables));
  const fails = base.startsWith("Arn") && !areLiterals(operator, values, variables);
  const isFoldedBeyondAscii = base.endsWith("IgnoreCase") && /[^\0-\x7f]/.test(values.join(""));
  const kind = KINDS.find(([pattern]) => pattern.test(base))![1];
  const condition = compileCondition(operator, key, values, variables);
  const plain = base === "Null" ? condition : compileCondition(base, key, values, variables);
  const meaning = [
    operator,
    key.toLowerCase(),
    variables,
    ...(fails ? [effect, ...values] : [...new Set(values)].sort()),
  ];
  return {
    entry,
    id: JSON.stringify(meaning),
    key: key.toLowerCase(),
    kind: fails || isFoldedBeyondAscii ? "opaque" : kind,
    base,
    set,
    negated: base.includes("Not"),
    effect,
    variables,
    mentions,
    isMet: (keys) => isOutcomeMet(condition.test(keys, false), effect),
    takes: (value) => isOutcomeMet(plain.test(new KeyLookup({ [key]: value }), false), effect),
  };
}

const isOutcomeMet = (outcome: string, effect: "Allow" | "Deny"): boolean =>
  outcome === "met" || (outcome === "failed" && effect === "Deny");

function mentionedIn(value: string, base: string, variables: boolean): Variable[] {
  if (!variables || !/^(?:String|Arn)/.test(base)) return [];
  return parseTemplate(value, { wildcards: false, variables }).filter(isVariable);
}

/** The atom with the values of variables; it is itself where nothing is known of one. */
export function resolved(atom: Atom, valueOf: (variable: Variable) => string | undefined): Atom {
  if (atom.mentions.length === 0) return atom;
  const values = atom.entry.values.map((value) =>
    value.replace(/\$\{([^}]*)\}/g, (whole) => {
      const [variable] = parseTemplate(whole, { wildcards: false, variables: true });
      if (variable === undefined || !isVariable(variable) || isEscape(variable.key)) return whole;
      const text = valueOf(variable);
      return text === undefined ? whole : text.replace(/[*?$]/g, (special) => `\${${special}}`);
    }),
  );
  return atomOf({ ...atom.entry, values }, atom.variables, atom.effect);
}
