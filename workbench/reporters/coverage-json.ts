import { shareOf, type Coverage } from "../coverage.ts";
import type { Mutation } from "../mutation.ts";
import type { TestedPolicy } from "../policies.ts";
import type { CoverageReport, MutationReport } from "../test-results.ts";
import { fromHere } from "./words.ts";

/** Coverage for programs: each part with its tests. */
export const coverageReport = ({ policies, covered, parts, percent }: Coverage): CoverageReport => ({
  percent,
  covered,
  parts,
  policies: policies.map((policy) => ({
    policy: policy.policy.name,
    ...placed(policy.policy, []),
    percent: shareOf([policy]).percent,
    statements: policy.statements.map(({ index, sid, parts: ofStatement, kept, overruled }) => ({
      statement: index + 1,
      sid,
      kept: [...kept],
      overruled: [...overruled],
      parts: ofStatement.map(({ kind, text, path, tests, hits }) => ({
        kind,
        ...(text !== "" && { text }),
        ...placed(policy.policy, path),
        hits,
        tests: [...tests],
      })),
    })),
  })),
});

/** The mutants that no test has noticed, for programs. */
export const mutationReport = ({ mutants, survivors, percent }: Mutation): MutationReport => ({
  percent,
  mutants,
  survivors: survivors.map(({ policy, index, change, path }) => ({
    policy: policy.name,
    statement: index + 1,
    change,
    ...placed(policy, path),
  })),
});

const placed = ({ place }: TestedPolicy, path: readonly (string | number)[]) =>
  place === undefined ? {} : { file: fromHere(place.file), line: place.at(path).line };
