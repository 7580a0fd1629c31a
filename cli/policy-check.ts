import { text as readAll } from "node:stream/consumers";
import { type Command, Option } from "commander";
import type { Threshold } from "../workbench/check/check.ts";

const KINDS = ["identity", "inline", "trust", "resource", "scp", "rcp", "session", "boundary"] as const;
const REPORTERS = ["text", "json", "sarif", "github"] as const;
const LEVELS = ["error", "warning", "suggestion"] as const satisfies readonly Threshold[];

interface CheckCommandOptions {
  readonly kind?: (typeof KINDS)[number];
  readonly reporter: (typeof REPORTERS)[number];
  readonly level: Threshold;
  readonly ignore: readonly string[];
}

/** `policy check`: what AWS would refuse in documents, and what Access Analyzer would find. */
export function addPolicyCheckCommand(policy: Command): void {
  policy
    .command("check")
    .argument("<files...>", "policies, seeds, exports, folders of them; - for standard input")
    .description("find what IAM refuses in policy documents, and what Access Analyzer would say of them")
    .addOption(new Option("--kind <KIND>", "what all documents are; guessed by default").choices(KINDS))
    .addOption(new Option("--reporter <NAME>", "how findings are told").choices(REPORTERS).default("text"))
    .addOption(new Option("--level <LEVEL>", "the least that is told").choices(LEVELS).default("warning"))
    .option("--ignore <CODE>", "leave out a kind of finding (may be repeated)", collected, [])
    .addHelpText(
      "after",
      `
Exit codes: 0 nothing was found, 1 something was, 2 called wrongly, or a file cannot be read.

Examples:
  iam-local policy check policies/
  iam-local policy check --kind scp guardrails.json --level suggestion
  aws iam get-account-authorization-details | iam-local policy check - --reporter sarif > findings.sarif`,
    )
    .action(check);
}

const collected = (code: string, before: readonly string[]): readonly string[] => [...before, code];

async function check(paths: readonly string[], { kind, reporter, level, ignore }: CheckCommandOptions): Promise<void> {
  const [{ checkFiles, CheckFailed, filesAt }, { REPORTERS: reporters }, { isCode }] = await Promise.all([
    import("../workbench/check/check.ts"),
    import("../workbench/check/reporters.ts"),
    import("../policy/lint/checks.ts"),
  ]);
  try {
    const unknown = ignore.find((code) => !isCode(code));
    if (unknown !== undefined) throw new CheckFailed(`there is no finding ${unknown} that could be ignored.`);
    const files = [];
    for (const path of paths) {
      if (path === "-") files.push({ file: "<stdin>", text: await readAll(process.stdin), named: true });
      else files.push(...filesAt(path));
    }
    const report = await checkFiles(files, { kind, threshold: level, ignored: new Set(ignore) });
    const told = reporters[reporter]!(report);
    if (told !== "") console.log(told);
    process.exitCode = report.findings.length > 0 ? 1 : 0;
  } catch (cause) {
    if (!(cause instanceof CheckFailed)) throw cause;
    console.error(`iam-local: ${cause.message}`);
    process.exitCode = 2;
  }
}
