import { ANY_RUN, ANY_UNIT, type GlobToken, isPlain, isVariable, parseTemplate, type Variable } from "../template.ts";
import { FIRST_VARIABLE, type Pattern, type Step } from "./automaton.ts";

const anything: Step = { type: "run", colons: true };
/** Every text. */
export const EVERYTHING: Pattern = [anything];

const units = (text: string): Step[] =>
  Array.from({ length: text.length }, (_, i) => ({ type: "symbol", codes: [text.charCodeAt(i)] }));

/** A pattern in which nothing is special. */
export const exactly = (text: string): Pattern => units(text);

/**
 * Makes patterns of the texts of policies. A variable is a symbol of its own, the same wherever it occurs: what is shown
 * of texts with symbols is true whatever the variables hold.
 */
export class PatternReader {
  readonly #symbols = new Map<string, number>();
  readonly #variables: Variable[] = [];

  /** The variable that a symbol stands for; undefined for units, and for what stands for a whole pattern. */
  variable(symbol: number): Variable | undefined {
    return this.#variables[symbol - FIRST_VARIABLE];
  }

  /** Of an Action element; compared in lower case. */
  action(text: string): Pattern {
    return this.text(text.toLowerCase(), { wildcards: true, variables: false });
  }

  /** Of a String operator. */
  text(text: string, syntax: { readonly wildcards: boolean; readonly variables: boolean }): Pattern {
    return parseTemplate(text, syntax).flatMap((part) => this.#steps(part, true));
  }

  /** Of an operator without regard to case; undefined where letters beyond ASCII make that more than two spellings. */
  textWithoutCase(text: string): Pattern | undefined {
    if (!/^[\0-\x7f]*$/.test(text)) return undefined;
    return Array.from(text, (unit) => ({
      type: "symbol",
      // The Kelvin sign is the one other character with a letter of ASCII in lower case.
      codes: [...new Set([unit.toLowerCase(), unit.toUpperCase(), ...(/k/i.test(unit) ? ["\u212a"] : [])])].map(
        (code) => code.charCodeAt(0),
      ),
    }));
  }

  /**
   * Of a Resource element (`openEnded`) or an ARN operator, as `ArnPatterns` has them; undefined where nothing can fit.
   * A pattern with a variable where ARNs are parted is a symbol as a whole, as the variable may hold colons.
   */
  arn(text: string, variables: boolean, openEnded: boolean): Pattern | undefined {
    const syntax = { wildcards: true, variables };
    if (/^\*+$/.test(text)) return EVERYTHING;
    if (isPlain(text, syntax)) return exactly(text);
    const template = parseTemplate(text, syntax);
    const steps: Step[] = [];
    let colons = 0;
    for (const part of template) {
      if (isVariable(part) && colons < 5) return [this.#symbolOf(`pattern ${text}`)];
      steps.push(...this.#steps(part, colons >= 5));
      if (typeof part === "string") colons += part.split(":").length - 1;
    }
    if (colons >= 5) return steps;
    if (!openEnded || template.at(-1) !== ANY_RUN) return undefined;
    for (; colons < 5; colons++) steps.push(...units(":"), { type: "run", colons: colons === 4 });
    return steps;
  }

  #steps(part: GlobToken | Variable, colons: boolean): Step[] {
    if (part === ANY_RUN) return [{ type: "run", colons }];
    if (part === ANY_UNIT) return [{ type: "any", colons }];
    if (typeof part === "string") return units(part);
    return [this.#symbolOf(`variable ${part.key.toLowerCase()} ${part.fallback}`, part)];
  }

  #symbolOf(name: string, variable?: Variable): Step {
    let symbol = this.#symbols.get(name);
    if (symbol === undefined) {
      symbol = FIRST_VARIABLE + this.#variables.length;
      this.#symbols.set(name, symbol);
      this.#variables.push(variable!);
    }
    return { type: "symbol", codes: [symbol] };
  }
}

/** Whether a variable is in the pattern. */
export const hasVariable = (pattern: Pattern): boolean =>
  pattern.some((step) => step.type === "symbol" && step.codes[0]! >= FIRST_VARIABLE);

/** The least pattern without variables that has all that a pattern can have, whatever its variables hold. */
export const loosened = (pattern: Pattern): Pattern =>
  pattern.map((step) => (step.type === "symbol" && step.codes[0]! >= FIRST_VARIABLE ? anything : step));
