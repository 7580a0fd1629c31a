import type { Command } from "commander";
import { addPolicyDiffCommand } from "./policy-diff.ts";
import { addFromTrailCommand } from "./policy-from-trail.ts";
import { addPolicyTestCommand } from "./policy-test.ts";
import { addPolicyCheckCommand } from "./policy-check.ts";

/** `policy`: commands for policies that are kept as code. */
export function addPolicyCommands(program: Command): void {
  const policy = program.command("policy").description("test, check, derive and compare policies");
  addPolicyTestCommand(policy);
  addPolicyDiffCommand(policy);
  addFromTrailCommand(policy);
  addPolicyCheckCommand(policy);
}
