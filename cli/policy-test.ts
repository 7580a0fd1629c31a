import { Option, type Command } from "commander";
import type { ReporterName } from "../workbench/reporters/reporters.ts";

interface TestOptions {
  readonly reporter: ReporterName;
  readonly filter?: string;
}

/** `policy test`: tests of policies, which the engine that enforces decides. */
export function addPolicyTestCommand(policy: Command): void {
  policy
    .command("test")
    .argument("[paths...]", "files, or folders with *.test.yaml, *.test.yml and *.test.json", ["."])
    .description("run tests of policies")
    .addOption(
      new Option("--reporter <NAME>", "how results are told")
        .choices(["text", "junit", "tap", "json", "github"])
        .default("text"),
    )
    .option("--filter <TEXT>", "only tests that have it in their names")
    .action(async (paths: readonly string[], options: TestOptions) => {
      const { policyTestCommand } = await import("../workbench/command.ts");
      process.exitCode = await policyTestCommand(paths, options, process.stdout, process.stderr);
    });
}
