import { InvalidArgumentError, Option, type Command } from "commander";
import type { CoverageForm, TestCommandOptions } from "../workbench/command.ts";
import type { ReporterName } from "../workbench/reporters/reporters.ts";

/** The flags of the command, as commander reads them. */
interface Flags {
  readonly reporter: ReporterName;
  readonly filter?: string;
  readonly coverage?: CoverageForm | true;
  readonly coverageFile?: string;
  readonly threshold?: number;
  readonly mutate?: true;
  readonly mutateThreshold?: number;
  readonly watch?: true;
}

/** `policy test`: tests of policies, which the engine that enforces decides. */
export function addPolicyTestCommand(policy: Command): void {
  policy
    .command("test")
    .argument("[paths...]", "files, or folders with *.test.yaml, *.test.yml and *.test.json", ["."])
    .description("run tests of policies by the engine that enforces, without a running emulator")
    .addOption(
      choice("--reporter <NAME>", "how results are told", ["text", "junit", "tap", "json", "github"]).default("text"),
    )
    .option("--filter <TEXT>", "only tests that have it in their names")
    .addOption(choice("--coverage [FORM]", "what of the policies the tests have made use of", ["text", "json", "lcov"]))
    .option("--coverage-file <FILE>", "write the coverage there (json: coverage.json, lcov: lcov.info)")
    .option("--threshold <PERCENT>", "fail where the coverage, rounded down, is below", percent)
    .option("--mutate", "weaken each statement in turn, and list what no test notices")
    .option("--mutate-threshold <PERCENT>", "fail where the share of mutants that are noticed is below", percent)
    .option("--watch", "run again whenever a file beside the tests changes")
    .addHelpText(
      "after",
      `
Exit codes: 0 all passed, 1 a test failed or a threshold was missed, 2 a file cannot be run.

Examples:
  iam-local policy test
  iam-local policy test policies/ --coverage --threshold 90 --mutate
  iam-local policy test --reporter junit > results.xml`,
    )
    .action(async (paths: readonly string[], { watch, ...flags }: Flags) => {
      const { coverage } = flags;
      const options = { ...flags, ...(coverage !== undefined && { coverage: coverage === true ? "text" : coverage }) };
      const { policyTestCommand } = await import("../workbench/command.ts");
      const once = () => policyTestCommand(paths, options as TestCommandOptions, process.stdout, process.stderr);
      process.exitCode = await once();
      if (watch)
        await (
          await import("../workbench/watch.ts")
        ).watchTests(paths, once, process.stdout, { written: flags.coverageFile });
    });
}

const choice = (flags: string, description: string, choices: readonly string[]): Option =>
  new Option(flags, description).choices(choices);

function percent(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= 100) return number;
  throw new InvalidArgumentError("It must be a whole number from 0 to 100.");
}
