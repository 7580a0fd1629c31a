import { dirname, join } from "node:path";
import type { DiffSide } from "./diff-source.ts";
import { ACCOUNT_MEMBERS } from "./open-accounts.ts";
import type { AssertionResult } from "./test-results.ts";
import { runObject } from "./run.ts";
import { fileSource } from "./test-source.ts";

/** A request of a test, as each side decides it. */
export interface CaseChange {
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
  const folder = dirname(join(process.cwd(), file));
  const decidedBy = async ({ asTested }: DiffSide) => {
    const dropped: readonly string[] = [...ACCOUNT_MEMBERS, ...("policies" in asTested ? [] : ["principals"])];
    const kept = root.entries().filter(([name]) => !dropped.includes(name));
    const tests = Object.fromEntries(kept.map(([name, place]) => [name, place.value]));
    return byQuestion((await runObject({ ...tests, ...asTested }, folder)).results);
  };
  const news = await decidedBy(after);
  return [...(await decidedBy(before))].flatMap(([question, old]): CaseChange[] => {
    const fresh = news.get(question);
    if (fresh === undefined) return [];
    const { test, principal, action, resource, actual } = old;
    const changed = (actual === "allow") !== (fresh.actual === "allow");
    return [
      { from: `test ${JSON.stringify(test)}`, principal, action, resource, old: actual, new: fresh.actual, changed },
    ];
  });
}

/** Results by what was asked; what is asked several times is told apart by its turn. */
function byQuestion(results: readonly AssertionResult[]): Map<string, AssertionResult> {
  const found = new Map<string, AssertionResult>();
  for (const result of results) {
    const { test, principal, action, resource, expected } = result;
    let turn = 0;
    const key = () => JSON.stringify([test, principal, action, resource, expected, turn]);
    while (found.has(key())) turn++;
    found.set(key(), result);
  }
  return found;
}
