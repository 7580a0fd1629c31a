import { dirname, join } from "node:path";
import type { DiffSide } from "./diff-source.ts";
import { eventsIn } from "./from-trail/event-stream.ts";
import { recordedCall } from "./from-trail/recorded.ts";
import { Usage } from "./from-trail/usage.ts";
import { ACCOUNT_MEMBERS } from "./open-accounts.ts";
import { runObject } from "./run.ts";
import type { AssertionResult } from "./test-results.ts";
import { fileSource } from "./test-source.ts";

/** A request of a test or a trail, as each side decides it. */
export interface CaseChange {
  /** The name of the test, or where it was recorded. */
  readonly from: string;
  readonly principal: string;
  readonly action: string;
  readonly resource: string;
  readonly old: AssertionResult["actual"];
  readonly new: AssertionResult["actual"];
  readonly changed: boolean;
}

/**
 * Decides what a file of policy tests asks on both sides, in place of the accounts that the file names. What is expected
 * does not count. Rejects with PolicyTestError, also where a side lacks whom the tests are about.
 */
export async function casesOfTests(file: string, before: DiffSide, after: DiffSide): Promise<CaseChange[]> {
  const { root } = await fileSource(file);
  const members = Object.fromEntries(root.entries().map(([name, place]) => [name, place.value]));
  return decidedByBoth(members, dirname(join(process.cwd(), file)), before, after);
}

/**
 * Decides what users and roles did, by a file of events, on both sides. Those who are not on both are passed over, and named in
 * a note. Rejects with PolicyTestError for a file that cannot be read.
 */
export async function casesOfTrail(
  file: string,
  before: DiffSide,
  after: DiffSide,
): Promise<{ readonly cases: CaseChange[]; readonly notes: readonly string[] }> {
  const byCaller = new Map<string, Usage>();
  for await (const event of eventsIn(file)) {
    const call = recordedCall(event);
    if (call === undefined) continue;
    const usage = byCaller.get(call.who.name) ?? new Usage();
    if (byCaller.size < MOST_CALLERS) byCaller.set(call.who.name, usage);
    usage.add(call, true);
  }
  const namesOf = ({ subjects }: DiffSide) => new Set(subjects.map(({ name }) => name));
  const [olds, news] = [namesOf(before), namesOf(after)];
  const known = [...byCaller].filter(([name]) => olds.has(name) && news.has(name));
  const absent = [...byCaller.keys()].filter((name) => !olds.has(name) || !news.has(name));
  const check = known.flatMap(([principal, usage]) =>
    usage.list().map(({ action, resource, mfa }) => {
      const context = { "aws:MultiFactorAuthPresent": mfa };
      return { principal, action, resource, context, expect: "allow" };
    }),
  );
  const tests = [{ name: file, check }];
  return {
    cases: check.length === 0 ? [] : await decidedByBoth({ tests }, ".", before, after),
    notes: absent.length === 0 ? [] : [`not on both sides, though in ${file}: ${absent.join(", ")}`],
  };
}

const MOST_CALLERS = 1000;

/** What a file of tests would hold, decided by both sides. */
async function decidedByBoth(
  members: Readonly<Record<string, unknown>>,
  folder: string,
  before: DiffSide,
  after: DiffSide,
): Promise<CaseChange[]> {
  const decidedBy = async ({ asTested }: DiffSide) => {
    const dropped: readonly string[] = [...ACCOUNT_MEMBERS, ...("policies" in asTested ? [] : ["principals"])];
    const kept = Object.entries(members).filter(([name]) => !dropped.includes(name));
    return byQuestion((await runObject({ ...Object.fromEntries(kept), ...asTested }, folder)).results);
  };
  const news = await decidedBy(after);
  return [...(await decidedBy(before))].flatMap(([question, old]): CaseChange[] => {
    const fresh = news.get(question);
    if (fresh === undefined) return [];
    const { test: from, principal, action, resource, actual } = old;
    const changed = (actual === "allow") !== (fresh.actual === "allow");
    return [{ from, principal, action, resource, old: actual, new: fresh.actual, changed }];
  });
}

/** Results by what was asked; what is asked several times is told apart by its turn. */
function byQuestion(results: readonly AssertionResult[]): Map<string, AssertionResult> {
  const found = new Map<string, AssertionResult>();
  const turns = new Map<string, number>();
  for (const result of results) {
    const { test, principal, action, resource, expected } = result;
    const question = JSON.stringify([test, principal, action, resource, expected]);
    const turn = turns.get(question) ?? 0;
    turns.set(question, turn + 1);
    found.set(`${turn} ${question}`, result);
  }
  return found;
}
