import type { Command } from "commander";
import type { Health } from "../server/health.ts";
import { readText } from "./read-text.ts";
import { asClient, callControl, printAnswer, type ClientOptions } from "./control-client.ts";

/** `health` and `reset`, for the running emulator as a whole. */
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
    .option("--account <ID>", "forget what that account has, and nothing else")
    .action(async ({ account, ...options }: ClientOptions & { readonly account?: string }) => {
      const answer = await callControl<object>(options, { path: "reset", query: { account }, body: "" });
      printAnswer(
        options,
        answer,
        () => `${account === undefined ? "everything" : `account ${account}`} is as at start`,
      );
    });

  asClient(program.command("seed"))
    .argument("<file>", "YAML or JSON, as --seed takes it; policy documents stand in it")
    .description("add the accounts, users, roles and all else of a seed to the running emulator: all of it or nothing")
    .action(async (file: string, options: ClientOptions) => {
      const body = await readText(file);
      const answer = await callControl<object>(options, { path: "seed", body, contentType: "text/plain" });
      printAnswer(options, answer, () => `${file} is added`);
    });
}
