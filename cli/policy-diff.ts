import { Option, type Command } from "commander";
import type { DiffReporterName } from "../workbench/diff-report.ts";

interface DiffOptions {
  readonly reporter: DiffReporterName;
  readonly tests?: readonly string[];
  readonly trail?: readonly string[];
}

/** `policy diff`: what a change of policies lets whom do. */
export function addPolicyDiffCommand(policy: Command): void {
  policy
    .command("diff")
    .argument(
      "<old>",
      "a policy, a folder of policies, a seed, an export, an emulator's URL, or one of these as REV:PATH",
    )
    .argument("<new>", "the same, after the change")
    .description("say which actions on which resources became allowed or denied, and to whom")
    .addOption(
      new Option("--reporter <NAME>", "how changes are told")
        .choices(["text", "json", "github", "markdown"])
        .default("text"),
    )
    .option("--tests <FILES...>", "policy tests: what they ask is decided on both sides")
    .option("--trail <FILES...>", "events, as CloudTrail writes them: what was done is decided on both sides")
    .addHelpText(
      "after",
      `
Exit code: 0 no access has changed, 1 some has, or it could not be decided, 2 something cannot be read.

Examples:
  iam-local policy diff main:policies policies
  iam-local policy diff git:v1.2:seed.yaml seed.yaml --tests deploy.test.yaml`,
    )
    .action(async (old: string, fresh: string, options: DiffOptions) => {
      const { policyDiffCommand } = await import("../workbench/diff-command.ts");
      process.exitCode = await policyDiffCommand(old, fresh, options, process.stdout, process.stderr);
    });
}
