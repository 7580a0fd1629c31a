import { WireError } from "../handlers/errors.ts";
import { SeedError } from "../server/seed/seed-error.ts";
import { WebError } from "../server/web/errors.ts";
import { diffSides, isChanged, isUndecided, type PolicyDiff } from "./diff.ts";
import { casesOfTests, casesOfTrail, type CaseChange } from "./diff-cases.ts";
import { diffReporters, type DiffReporterName } from "./diff-report.ts";
import { withSide } from "./diff-source.ts";
import { PolicyTestError } from "./policy-test-error.ts";

export interface DiffCommandOptions {
  readonly reporter: DiffReporterName;
  /** Files of policy tests. */
  readonly tests?: readonly string[] | undefined;
  /** Files of events. */
  readonly trail?: readonly string[] | undefined;
}

interface Output {
  write(text: string): unknown;
}

/** Compares two sides. Rejects with PolicyTestError or SeedError for what cannot be read. */
export const policyDiff = (
  old: string,
  fresh: string,
  { tests = [], trail = [] }: Pick<DiffCommandOptions, "tests" | "trail">,
): Promise<PolicyDiff> =>
  withSide(old, (before) =>
    withSide(fresh, async (after) => {
      const cases: CaseChange[] = [];
      const notes = new Set([...before.notes, ...after.notes]);
      for (const file of tests) cases.push(...(await casesOfTests(file, before, after)));
      for (const file of trail) {
        const recorded = await casesOfTrail(file, before, after);
        cases.push(...recorded.cases);
        for (const note of recorded.notes) notes.add(note);
      }
      return { old, new: fresh, ...diffSides(before, after), cases, notes: [...notes] };
    }),
  );

/** What it says of a side, a test or a trail that it cannot take. */
const REFUSALS = [PolicyTestError, SeedError, WebError, WireError];

/**
 * Compares two sides and tells what changed. Answers the exit code: 0 where no access has changed, 1 where some has or that was
 * not decided, 2 where something cannot be read, which is said in one line on `errors`.
 */
export async function policyDiffCommand(
  old: string,
  fresh: string,
  options: DiffCommandOptions,
  output: Output,
  errors: Output,
): Promise<number> {
  try {
    const diff = await policyDiff(old, fresh, options);
    output.write(diffReporters[options.reporter](diff));
    return isChanged(diff) || isUndecided(diff) ? 1 : 0;
  } catch (cause) {
    if (!REFUSALS.some((refusal) => cause instanceof refusal)) throw cause;
    errors.write(`iam-local: ${(cause as Error).message}\n`);
    return 2;
  }
}
