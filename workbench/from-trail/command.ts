import { writeFileSync } from "node:fs";
import { fileFailure } from "../../server/file-failure.ts";
import { accessLines } from "../diff-report.ts";
import { PolicyTestError } from "../policy-test-error.ts";
import { oneLine } from "../reporters/words.ts";
import type { DeriveOptions } from "./derive.ts";
import {
  beyondUse,
  explanationOf,
  type Beyond,
  type FromTrail,
  policiesFrom,
  type TrailSelection,
  usageIn,
} from "./from-trail.ts";
import type { Usage, Use } from "./usage.ts";

export interface FromTrailOptions extends TrailSelection, DeriveOptions {
  readonly verify: boolean;
  /** A file for what is behind each statement. */
  readonly explain?: string | undefined;
  /** A file with a policy to compare with. */
  readonly compare?: string | undefined;
}

interface Output {
  write(text: string): unknown;
}

/**
 * Prints the least policy for what was recorded, or several in a list where one would be too large. With `compare` it tells
 * instead what that policy grants beyond use. Answers the exit code: 0 for a policy that was verified, 1 where nothing was
 * recorded, the replay failed, or the compared policy grants more or less; 2 where something cannot be read.
 */
export async function fromTrailCommand(options: FromTrailOptions, output: Output, errors: Output): Promise<number> {
  try {
    if (options.files.length === 0 && options.endpoint === undefined) {
      throw new PolicyTestError("nothing says where calls are recorded: a file, or --endpoint.");
    }
    const usage = await usageIn(options);
    for (const line of notesOn(usage, options)) errors.write(`${oneLine(line)}\n`);
    const derived = policiesFrom(usage, options, options.verify);
    if (derived.uses.length === 0) {
      errors.write("iam-local: nothing that needs a permission was recorded.\n");
      return 1;
    }
    if (options.explain !== undefined) writeExplanation(options.explain, derived, usage);
    const failures = failuresIn(derived);
    for (const line of failures) errors.write(`iam-local: ${oneLine(line)}\n`);
    if (failures.length > 0) return 1;
    if (options.compare !== undefined) return tellBeyond(options.compare, derived, output);
    const documents = derived.policies.map(({ document }) => document);
    output.write(
      documents.length === 1
        ? `${documents[0]}\n`
        : `${JSON.stringify(
            documents.map((text) => JSON.parse(text) as object),
            undefined,
            2,
          )}\n`,
    );
    return 0;
  } catch (cause) {
    if (!(cause instanceof PolicyTestError)) throw cause;
    errors.write(`iam-local: ${cause.message}\n`);
    return 2;
  }
}

function notesOn(usage: Usage, { includeDenied = false, principal }: FromTrailOptions): string[] {
  const { calls, denied, names, unmapped, shortened } = usage;
  const unknown = [...unmapped].map(([operation, count]) => `${operation} (${count})`);
  return [
    `${calls} ${calls === 1 ? "call" : "calls"}${principal === undefined && names.size > 1 ? ` of ${names.size} principals` : ""}.`,
    ...(denied > 0 ? [`${denied} were denied and ${includeDenied ? "count all the same" : "are left out"}.`] : []),
    ...(unknown.length > 0 ? [`No action is known for ${unknown.join(", ")}: the policy lacks what they need.`] : []),
    ...(shortened.size > 0 ? [`Too many resources to tell all apart: ${[...shortened].join(", ")}.`] : []),
  ];
}

function writeExplanation(file: string, derived: FromTrail, usage: Usage): void {
  try {
    writeFileSync(file, `${JSON.stringify(explanationOf(derived, usage), undefined, 2)}\n`);
  } catch (cause) {
    throw new PolicyTestError(`${file} cannot be written: ${fileFailure(cause)}.`);
  }
}

const useText = ({ action, resource, mfa }: Use): string => `${action} on ${resource}${mfa ? " with MFA" : ""}`;

function failuresIn({ verification }: FromTrail): string[] {
  if (verification === undefined) return [];
  return [
    ...verification.missing.map((use) => `the replay failed: ${useText(use)} would be denied.`),
    ...verification.needless.map(
      ({ policy, statement, action }) =>
        `${action} in statement ${statement + 1} of policy ${policy + 1} is not needed.`,
    ),
  ];
}

function tellBeyond(file: string, derived: FromTrail, output: Output): number {
  const beyond = beyondUse(file, derived);
  output.write([...beyondLines(beyond), ""].map(oneLine).join("\n"));
  const { granted, undecided, unused, missing } = beyond;
  return granted.length + undecided.length + unused.length + missing.length > 0 ? 1 : 0;
}

function beyondLines({ granted, undecided, unused, missing }: Beyond): string[] {
  const lines = [
    ...unused.map(({ index, sid }) => `Statement ${index + 1}${sid ? ` (${sid})` : ""} was not used.`),
    ...granted.flatMap((access) => ["Not used:", ...accessLines(access)]),
    ...undecided.flatMap((access) => ["Not decided whether it was used:", ...accessLines(access)]),
    ...missing.map((use) => `Recorded, and not allowed: ${useText(use)}.`),
  ];
  return lines.length > 0 ? lines : ["It grants what was used and nothing else."];
}
