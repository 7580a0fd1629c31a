import type { Command } from "commander";
import type { Health } from "../server/health.ts";
import { asClient, callControl, printAnswer, type ClientOptions } from "./control-client.ts";

/** `health` and `reset`: the running emulator as a whole. */
export function addServerCommands(program: Command): void {
  asClient(program.command("health"))
    .description("say whether an emulator answers, and how it was started")
    .action(async (options: ClientOptions) => {
      const answer = await callControl<Health>(options, { path: "health" });
      printAnswer(options, answer, ({ version, account, mfaRules, state, clock, checks }) => [
        `iam-local ${version} answers at ${options.endpoint}`,
        `account ${account}, state in ${state === "file" ? "a folder" : "memory"}, MFA rules ${mfaRules}`,
        `clock ${clock.now}${clock.frozen ? ", frozen" : clock.moved ? ", moved" : ""}`,
        `checks: ${Object.entries(checks)
          .map(([check, state_]) => `${check} ${state_}`)
          .join(", ")}`,
      ]);
    });

  asClient(program.command("reset"))
    .description("forget everything: state, clock, counters and sessions are as at start; the root keys stay")
    .action(async (options: ClientOptions) => {
      const answer = await callControl<object>(options, { path: "reset", body: "" });
      printAnswer(options, answer, () => "everything is as at start");
    });
}
