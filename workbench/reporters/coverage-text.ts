import { shareOf, type Coverage, type PolicyCoverage } from "../coverage.ts";
import type { Mutation } from "../mutation.ts";
import type { TestedPolicy } from "../policies.ts";
import type { Part, StatementCoverage } from "../statement-tracker.ts";
import { fromHere, oneLine } from "./words.ts";

/** For people: each policy's share, and below it what no test has made use of. */
export function coverageText({ policies, covered, parts, percent }: Coverage): string {
  return [
    `Coverage: ${percent}% (${covered} of ${parts} parts of ${policies.length} policies)`,
    ...policies.flatMap(policyLines),
    "",
  ].join("\n");
}

function policyLines(policy: PolicyCoverage): string[] {
  return [
    `  ${String(shareOf([policy]).percent).padStart(3)}%  ${oneLine(policy.policy.name)}`,
    ...policy.statements.flatMap((statement) =>
      partLines(statement).map(([part, line]) => `        ${placeOf(policy.policy, part.path)}${oneLine(line)}`),
    ),
  ];
}

/** What is not covered of a statement; of one that has decided nothing, only what its tests lack. */
function partLines(statement: StatementCoverage): [Part, string][] {
  const { parts, kept, overruled } = statement;
  const [whole] = parts;
  const name = statementName(statement);
  if (whole!.hits > 0) {
    return parts.filter(({ hits }) => hits === 0).map((part) => [part, `${name}: ${NEVER[part.kind](part.text)}`]);
  }
  const because =
    overruled.size > 0
      ? "other policies refuse what it allows in the tests"
      : kept.size > 0
        ? "its conditions keep it from the tests that reach it"
        : "no test reaches it";
  return [[whole!, `${name} never decides: ${because}`]];
}

/** `statement 1 (Read)` */
export const statementName = ({ index, sid }: { readonly index: number; readonly sid?: string | undefined }): string =>
  `statement ${index + 1}${sid === undefined ? "" : ` (${sid})`}`;

const NEVER: Readonly<Record<Part["kind"], (text: string) => string>> = {
  statement: () => "never decided",
  action: (text) => `no test for the action ${text}`,
  resource: (text) => `no test for the resource ${text}`,
  met: (text) => `${text} is never met`,
  unmet: (text) => `${text} is always met`,
};

/** `seed.yaml:9: `, or nothing for what stands in no file. */
function placeOf({ place }: TestedPolicy, path: Part["path"]): string {
  return place === undefined ? "" : `${fromHere(place.file)}:${place.at(path).line}: `;
}

/** For people: the mutants that no test has noticed. */
export function mutationText({ mutants, survivors, percent }: Mutation): string {
  return [
    `Mutation: ${percent}% (${mutants - survivors.length} of ${mutants} mutants noticed)`,
    ...survivors.map(
      ({ policy, index, change, path }) =>
        `  ${placeOf(policy, path)}${oneLine(`${policy.name}, statement ${index + 1}: no test fails ${change}`)}`,
    ),
    "",
  ].join("\n");
}
