import { InvalidArgumentError, Option, type Command } from "commander";
import type { DerivedKind, Generalisation } from "../workbench/from-trail/derive.ts";

interface FromTrailFlags {
  readonly endpoint?: string;
  readonly principal?: string;
  readonly since?: number;
  readonly until?: number;
  readonly includeDenied?: true;
  readonly resources: Generalisation;
  readonly anyAccount?: true;
  readonly mfa?: true;
  readonly kind: DerivedKind;
  readonly verify: boolean;
  readonly explain?: string;
  readonly compare?: string;
}

/** `policy from-trail`: the least policy for what was done. */
export function addFromTrailCommand(policy: Command): void {
  policy
    .command("from-trail")
    .argument(
      "[files...]",
      "events as CloudTrail writes them, also gzipped, one a line, or as iam-local trail --json prints them",
    )
    .description("print the least policy for what somebody did, verified by replay")
    .option("--endpoint <URL>", "a running emulator, whose trail is read")
    .option("--principal <WHO>", "user/NAME, role/NAME or an ARN; everybody by default")
    .option("--since <TIME>", "only calls from then on, such as 2026-11-24T12:00:00Z", time)
    .option("--until <TIME>", "only calls before that", time)
    .option("--include-denied", "what was denied is to be allowed, too")
    .addOption(
      new Option("--resources <HOW>", "resources as they are, the folders they are in, all of their type, or any")
        .choices(["exact", "prefix", "type", "any"])
        .default("exact"),
    )
    .option("--any-account", "resources of any account")
    .option("--mfa", "ask for MFA where all calls had it")
    .addOption(
      new Option("--kind <KIND>", "what is to become of it, by which its size is limited")
        .choices(["managed", "user-inline", "role-inline", "group-inline"])
        .default("managed"),
    )
    .option("--no-verify", "do not replay what was recorded")
    .option("--explain <FILE>", "write what calls are behind each statement")
    .option("--compare <POLICY>", "tell what this policy grants beyond use instead")
    .addHelpText(
      "after",
      `
Examples:
  iam-local policy from-trail --endpoint http://127.0.0.1:4593 --principal role/Deploy
  iam-local policy from-trail logs/*.json.gz --principal user/alice --resources prefix --explain why.json
  iam-local policy from-trail events.json --compare deploy.json`,
    )
    .action(async (files: readonly string[], flags: FromTrailFlags) => {
      const { fromTrailCommand } = await import("../workbench/from-trail/command.ts");
      const options = { ...flags, files, anyAccount: flags.anyAccount ?? false, mfa: flags.mfa ?? false };
      process.exitCode = await fromTrailCommand(options, process.stdout, process.stderr);
    });
}

function time(text: string): number {
  const parsed = Date.parse(text);
  if (Number.isNaN(parsed)) throw new InvalidArgumentError("It takes a time such as 2026-11-24T12:00:00Z.");
  return parsed;
}
