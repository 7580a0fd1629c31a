/** What a client did to a register: a value under a key, or none. */
export interface Operation {
  readonly client: string;
  readonly key: string;
  readonly kind: "read" | "write";
  /** What was read or written; `null` if nothing is there, or is removed. */
  readonly value: string | null;
  /** When it was asked and answered, by one clock, whatever its unit. */
  readonly invoked: number;
  /** `null` if the outcome is unknown: a write may happen at any time from then on, or never. Such a read says nothing. */
  readonly completed: number | null;
}

/**
 * Whether a history of registers is linearizable: each operation can have happened at one moment between its question and its
 * answer. Registers are independent of each other, so that each is checked for itself; `initial` is what all of them hold at
 * first. Returns a counterexample for each register whose history is not: the operation that no order explains, and what
 * happened before it.
 */
export function checkRegisters(history: readonly Operation[], initial: string | null = null): readonly string[] {
  const registers = new Map<string, Operation[]>();
  for (const operation of history) {
    const ofKey = registers.get(operation.key);
    if (ofKey) ofKey.push(operation);
    else registers.set(operation.key, [operation]);
  }
  return [...registers.values()].flatMap((operations) => counterexampleTo(operations, initial) ?? []);
}

/** One way in which everything until now can have happened. */
interface Configuration {
  readonly value: string | null;
  /** What happened already, of the operations without an answer. */
  readonly happened: ReadonlySet<Operation>;
}

/**
 * Goes through the history in time with all configurations that are possible, and lets an operation happen as late as it may:
 * at its answer, or when another one needs it (G. Lowe, "Testing for linearizability", 2017: just-in-time
 * linearization). When none is left, the operation just answered is the first that no order explains.
 */
function counterexampleTo(operations: readonly Operation[], initial: string | null): string | undefined {
  const relevant = operations.filter((operation) => operation.completed !== null || isObserved(operation, operations));
  let configurations: readonly Configuration[] = [{ value: initial, happened: new Set() }];
  const open = new Set<Operation>();
  for (const { operation, answered } of eventsOf(relevant)) {
    if (!answered) {
      open.add(operation);
      continue;
    }
    const { reached, values } = until(operation, configurations, open);
    open.delete(operation);
    if (reached.length === 0) return explain(operation, values, operations);
    configurations = reached;
  }
  return undefined;
}

/** A write of unknown outcome whose value nobody has read may as well have happened last. */
const isObserved = ({ kind, value }: Operation, operations: readonly Operation[]): boolean =>
  kind === "write" && operations.some((other) => other.kind === "read" && other.value === value);

/** Questions and answers in the order of time; of the same moment, questions come first, so that all of it overlaps. */
function eventsOf(operations: readonly Operation[]) {
  const events = operations.flatMap((operation) => {
    const { invoked, completed } = operation;
    const question = { at: invoked, operation, answered: false };
    return completed === null ? [question] : [question, { at: completed, operation, answered: true }];
  });
  return events.sort((one, other) => one.at - other.at || Number(one.answered) - Number(other.answered));
}

/**
 * The configurations in which `target` has happened, by letting open operations happen before it in all ways; and all values that
 * the register can have had meanwhile.
 */
function until(target: Operation, from: readonly Configuration[], open: ReadonlySet<Operation>) {
  const ids = new Map([...open].map((operation, id) => [operation, id]));
  const keyOf = ({ value, happened }: Configuration) =>
    JSON.stringify([value, [...happened].map((operation) => ids.get(operation)!).sort((one, other) => one - other)]);
  const reached = new Map<string, Configuration>();
  const seen = new Map<string, Configuration>();
  const waiting = [...from];
  for (let current = waiting.pop(); current; current = waiting.pop()) {
    const { value, happened } = current;
    if (happened.has(target)) {
      const answered = { value, happened: new Set([...happened].filter((operation) => operation !== target)) };
      reached.set(keyOf(answered), answered);
      continue;
    }
    const key = keyOf(current);
    if (seen.has(key)) continue;
    seen.set(key, current);
    for (const operation of open) {
      if (happened.has(operation) || !mayHappen(operation, value, happened, open)) continue;
      waiting.push({ value: operation.value, happened: new Set([...happened, operation]) });
    }
  }
  return { reached: [...reached.values()], values: new Set([...seen.values()].map(({ value }) => value)) };
}

/** A read can only be of what is there; that a write of unknown outcome happened matters only if a read waits for it. */
function mayHappen(
  { kind, value, completed }: Operation,
  present: string | null,
  happened: ReadonlySet<Operation>,
  open: ReadonlySet<Operation>,
): boolean {
  if (kind === "read") return value === present;
  const isAwaited = (other: Operation) => other.kind === "read" && other.value === value && !happened.has(other);
  return completed !== null || [...open].some(isAwaited);
}

/** How many of the operations before it a counterexample shows. */
const SHOWN = 20;

function explain(culprit: Operation, values: ReadonlySet<string | null>, operations: readonly Operation[]): string {
  const before = operations
    .filter((operation) => operation !== culprit && operation.invoked <= culprit.completed!)
    .sort((one, other) => one.invoked - other.invoked);
  const possible = [...values].map(show).sort().join(" or ");
  return [
    `${culprit.key}: ${sentence(culprit)}, when it can only have been ${possible}. Before that`,
    ...before.slice(-SHOWN).map((operation) => `  ${sentence(operation)}`),
  ].join("\n");
}

function sentence({ client, kind, value, invoked, completed }: Operation): string {
  const when = completed === null ? `from ${invoked} on, or never` : `between ${invoked} and ${completed}`;
  return `${client} ${kind === "read" ? "read" : "wrote"} ${show(value)} ${when}`;
}

const show = (value: string | null): string => (value === null ? "nothing" : JSON.stringify(value));
