import type { Command } from "commander";

/** `policy`: what one does with policies that are kept as code. */
export function addPolicyCommands(program: Command): void {
  program.command("policy").description("test, check, derive and compare policies");
}
