import { shareOf, type Coverage } from "../coverage.ts";
import type { Mutation } from "../mutation.ts";
import type { TestedPolicy } from "../policies.ts";
import { fromHere } from "./words.ts";

/** Coverage for JSON: each part with its tests. */
export const coverageObject = (coverage: Coverage): { readonly coverage: object } => ({ coverage: toObject(coverage) });

function toObject({ policies, covered, parts, percent }: Coverage): object {
  return {
    percent,
    covered,
    parts,
    policies: policies.map((policy) => ({
      policy: policy.policy.name,
      ...placed(policy.policy, []),
      percent: shareOf([policy]).percent,
      statements: policy.statements.map(({ index, sid, parts: ofStatement, kept }) => ({
        statement: index + 1,
        sid,
        kept: [...kept],
        parts: ofStatement.map(({ kind, text, path, tests, hits }) => ({
          kind,
          ...(text !== "" && { text }),
          ...placed(policy.policy, path),
          hits,
          tests: [...tests],
        })),
      })),
    })),
  };
}

/** The mutants that no test has noticed, for JSON. */
export const mutationObject = ({ mutants, survivors, percent }: Mutation): object => ({
  mutation: {
    percent,
    mutants,
    survivors: survivors.map(({ policy, index, change, path }) => ({
      policy: policy.name,
      statement: index + 1,
      change,
      ...placed(policy, path),
    })),
  },
});

function placed({ place }: TestedPolicy, path: readonly (string | number)[]): object {
  return place === undefined ? {} : { file: fromHere(place.file), line: place.at(path).line };
}
