import { type Access, type AccessSet, accessAdded, accessSet, NO_ACCESS } from "../policy/compare/compare.ts";
import type { CaseChange } from "./diff-cases.ts";
import type { DiffSide } from "./diff-source.ts";
import type { Subject } from "./diff-subjects.ts";

/** What became different for one subject, or for several alike. */
export interface SubjectDiff {
  readonly names: readonly string[];
  readonly kind: Subject["kind"];
  /** Set where the subject is in one side only. */
  readonly only?: "old" | "new";
  readonly added: readonly Access[];
  readonly removed: readonly Access[];
  /** What may have been added or removed. */
  readonly undecided: { readonly added: readonly Access[]; readonly removed: readonly Access[] };
}

export interface PolicyDiff {
  readonly old: string;
  readonly new: string;
  /** How many subjects both sides have together. */
  readonly compared: number;
  /** Those of which something changed, or of which that was not decided. */
  readonly subjects: readonly SubjectDiff[];
  readonly cases: readonly CaseChange[];
  readonly notes: readonly string[];
}

/** Compares two sides subject by subject; each pair of sets of policies is compared once, however many have them. */
export function diffSides(before: DiffSide, after: DiffSide): Pick<PolicyDiff, "compared" | "subjects"> {
  const key = ({ kind, name }: Subject) => `${kind} ${name}`;
  const olds = new Map(before.subjects.map((subject) => [key(subject), subject]));
  const news = new Map(after.subjects.map((subject) => [key(subject), subject]));
  const groups = new Map<string, { readonly diff: SubjectDiff; readonly names: string[] }>();
  const all = new Set([...olds.keys(), ...news.keys()]);
  for (const name of all) {
    const [old, fresh] = [olds.get(name), news.get(name)];
    const same = JSON.stringify([(old ?? fresh)!.kind, documentsOf(old), documentsOf(fresh)]);
    const known = groups.get(same);
    const subject = (fresh ?? old)!;
    if (known !== undefined) known.names.push(subject.name);
    else {
      const names = [subject.name];
      groups.set(same, { names, diff: diffSubject(old, fresh, names) });
    }
  }
  return { compared: all.size, subjects: Array.from(groups.values(), ({ diff }) => diff).filter(hasChanged) };
}

const documentsOf = (subject: Subject | undefined): string[][] | undefined =>
  subject?.levels.map((level) => level.map(({ document }) => document));

function diffSubject(old: Subject | undefined, fresh: Subject | undefined, names: readonly string[]): SubjectDiff {
  const { kind } = (fresh ?? old)!;
  const [before, after] = [setOf(old), setOf(fresh)];
  const isUnchanged = JSON.stringify(documentsOf(old)) === JSON.stringify(documentsOf(fresh));
  const gained = isUnchanged ? NOTHING : accessAdded(before, after);
  const lost = isUnchanged ? NOTHING : accessAdded(after, before);
  return {
    names,
    kind,
    ...(old === undefined && { only: "new" as const }),
    ...(fresh === undefined && { only: "old" as const }),
    added: withoutNoise(gained.added),
    removed: withoutNoise(lost.added),
    undecided: { added: withoutNoise(gained.undecided), removed: withoutNoise(lost.undecided) },
  };
}

/** Actions that AWS's service reference does not have are told of only where a statement has no others. */
const withoutNoise = (accesses: readonly Access[]): Access[] =>
  accesses.filter(
    ({ unlisted, statement }) =>
      !unlisted || !accesses.some((other) => !other.unlisted && isSame(other.statement, statement)),
  );

const isSame = (one: Access["statement"], other: Access["statement"]): boolean =>
  one.policy === other.policy && one.index === other.index;

const NOTHING = { added: [], undecided: [] };

const setOf = (subject: Subject | undefined): AccessSet =>
  subject === undefined ? NO_ACCESS : accessSet(subject.levels);

const hasChanged = ({ added, removed, undecided }: SubjectDiff): boolean =>
  added.length + removed.length + undecided.added.length + undecided.removed.length > 0;

/** Whether what anybody may do has changed, as far as that is known. */
export const isChanged = ({ subjects, cases }: PolicyDiff): boolean =>
  cases.some(({ changed }) => changed) || subjects.some(({ added, removed }) => added.length + removed.length > 0);

/** Whether something was left open. */
export const isUndecided = ({ subjects }: PolicyDiff): boolean =>
  subjects.some(({ undecided }) => undecided.added.length + undecided.removed.length > 0);
