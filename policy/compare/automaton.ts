// Texts that fit some patterns and do not fit others, found or shown not to exist: all patterns are walked through
// together, one symbol after the other, with the set of places that each has come to.

/** One step of a pattern: one of the symbols, any symbol, or any run of symbols; `colons`: whether `:` is among them. */
export type Step =
  | { readonly type: "symbol"; readonly codes: readonly number[] }
  | { readonly type: "any"; readonly colons: boolean }
  | { readonly type: "run"; readonly colons: boolean };

/** A pattern for texts of UTF-16 units and of symbols that stand for the values of variables. */
export type Pattern = readonly Step[];

/** Symbols from here on stand for whole texts that nobody knows: what a policy variable holds. */
export const FIRST_VARIABLE = 0x1_0000;

/** Alternatives, and whether a text is to fit one of them or none. */
export interface Constraint {
  readonly patterns: readonly Pattern[];
  readonly fits: boolean;
}

/** How much work may still be done; a search that runs out of it is undecided. */
export interface Budget {
  left: number;
}

export type Found = { readonly symbols: readonly number[] } | "none" | "undecided";

const COLON = 0x3a;
const END = "end";

/** A constraint with its patterns one after the other, each with an end; places are indexes. */
interface Machine {
  readonly steps: readonly (Step | typeof END)[];
  readonly starts: readonly number[];
  readonly fits: boolean;
}

interface Node {
  readonly places: readonly (readonly number[])[];
  readonly symbol: number;
  readonly before: Node | undefined;
}

/** The shortest text that meets all constraints. Exact but for the budget. */
export function findText(constraints: readonly Constraint[], budget: Budget): Found {
  const machines = constraints.map(machineOf);
  const fresh = freshSymbol(constraints);
  const first = machines.map(({ steps, starts }) => closed(starts, steps));
  let level: Node[] = [{ places: first, symbol: -1, before: undefined }];
  if (isHopeless(first, machines)) return "none";
  const seen = new Set([keyOf(first)]);
  while (level.length > 0) {
    const next: Node[] = [];
    for (const node of level) {
      if (isAccepted(node.places, machines)) return { symbols: textOf(node) };
      for (const symbol of symbolsAt(node.places, machines, fresh)) {
        const places = machines.map(({ steps }, i) => advance(node.places[i]!, steps, symbol));
        budget.left -= places.reduce((sum, { length }) => sum + length, 1);
        if (budget.left < 0) return "undecided";
        if (isHopeless(places, machines)) continue;
        const key = keyOf(places);
        if (seen.has(key)) continue;
        seen.add(key);
        next.push({ places, symbol, before: node });
      }
    }
    level = next;
  }
  return "none";
}

/** Whether a text meets the constraints. */
export function meets(symbols: readonly number[], constraints: readonly Constraint[]): boolean {
  return constraints.every((constraint) => {
    const machine = machineOf(constraint);
    let places = closed(machine.starts, machine.steps);
    for (const symbol of symbols) places = advance(places, machine.steps, symbol);
    return isAccepted([places], [machine]);
  });
}

function machineOf({ patterns, fits }: Constraint): Machine {
  const steps: (Step | typeof END)[] = [];
  const starts: number[] = [];
  for (const pattern of patterns) {
    starts.push(steps.length);
    for (const step of pattern) steps.push(step);
    steps.push(END);
  }
  return { steps, starts, fits };
}

/** The places with those behind runs, which may be empty; in order, once each. */
function closed(places: readonly number[], steps: Machine["steps"]): number[] {
  const all = new Set<number>();
  for (let place of places) {
    while (!all.has(place)) {
      all.add(place);
      const step = steps[place]!;
      if (step === END || step.type !== "run") break;
      place++;
    }
  }
  return [...all].sort((a, b) => a - b);
}

function advance(places: readonly number[], steps: Machine["steps"], symbol: number): number[] {
  const reached: number[] = [];
  for (const place of places) {
    const step = steps[place]!;
    if (step === END || !takes(step, symbol)) continue;
    reached.push(step.type === "run" ? place : place + 1);
  }
  return closed(reached, steps);
}

/** What a variable holds is of any length and may have colons, so that only a run that takes these takes it. */
function takes(step: Step, symbol: number): boolean {
  if (step.type === "symbol") return step.codes.includes(symbol);
  if (symbol >= FIRST_VARIABLE) return step.type === "run" && step.colons;
  return step.colons || symbol !== COLON;
}

const hasEnded = (places: readonly number[], { steps }: Machine): boolean =>
  places.some((place) => steps[place] === END);

const isAccepted = (places: Node["places"], machines: readonly Machine[]): boolean =>
  machines.every((machine, i) => hasEnded(places[i]!, machine) === machine.fits);

/** Whether no text that begins like this one can meet the constraints. */
const isHopeless = (places: Node["places"], machines: readonly Machine[]): boolean =>
  machines.some(({ steps, fits }, i) => (fits ? places[i]!.length === 0 : places[i]!.some(isTotal(steps))));

/** Whether everything fits from a place on. */
const isTotal =
  (steps: Machine["steps"]) =>
  (place: number): boolean => {
    const step = steps[place]!;
    return step !== END && step.type === "run" && step.colons && steps[place + 1] === END;
  };

/** The symbols that lead to different places: those that are asked for here, `:`, and one for all others. */
function symbolsAt(places: Node["places"], machines: readonly Machine[], fresh: number): Set<number> {
  const symbols = new Set([fresh, COLON]);
  for (const [i, { steps }] of machines.entries()) {
    for (const place of places[i]!) {
      const step = steps[place]!;
      if (step !== END && step.type === "symbol") for (const code of step.codes) symbols.add(code);
    }
  }
  return symbols;
}

const keyOf = (places: Node["places"]): string => places.map((of) => of.join(",")).join(";");

function textOf(node: Node): number[] {
  const symbols: number[] = [];
  for (let at: Node | undefined = node; at?.before !== undefined; at = at.before) symbols.push(at.symbol);
  return symbols.toReversed();
}

const LEGIBLE = Array.from("xyzwvutsrqponmlkjihgfedcba0123456789", (letter) => letter.charCodeAt(0));
const PRIVATE_USE = 0xe000;

/** A unit that no pattern asks for, so that it stands for all such units; a letter where possible. */
export function freshSymbol(constraints: readonly Constraint[]): number {
  const used = new Set<number>();
  for (const { patterns } of constraints) {
    for (const pattern of patterns) {
      for (const step of pattern) if (step.type === "symbol") for (const code of step.codes) used.add(code);
    }
  }
  let symbol = LEGIBLE.find((code) => !used.has(code)) ?? PRIVATE_USE;
  while (used.has(symbol)) symbol++;
  return symbol;
}
