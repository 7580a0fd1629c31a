import type { Command } from "commander";
import type { Health } from "../server/health.ts";
import { asClient, callControl, printAnswer, type ClientOptions } from "./control-client.ts";
import { seconds } from "./seconds.ts";

/** `clock`: shows the emulator's time and moves it. */
export function addClockCommands(program: Command): void {
  const clock = program
    .command("clock")
    .description("show, set, advance or freeze the emulator's time")
    .addHelpText(
      "after",
      `
Examples:
  iam-local clock advance 30                an MFA device shows its next code
  iam-local clock advance -3600             an hour back
  iam-local clock set 2026-11-24T12:00:00Z
  iam-local clock freeze                    the time stands still until "real"`,
    );

  asClient(clock.command("show", { isDefault: true }))
    .description("show the time (also without a word)")
    // A word that is not a subcommand ends up here too.
    .allowExcessArguments()
    .action(async (options: ClientOptions, { args: [word] }: Command) => {
      if (word !== undefined) clock.error(`error: unknown command '${word}'`);
      const answer = await callControl<Health>(options, { path: "health" });
      printAnswer(options, answer.clock, ({ now, frozen, moved }) =>
        frozen ? `${now}, frozen` : moved ? `${now}, moved` : now,
      );
    });

  asClient(clock.command("advance"))
    .argument("<seconds>", "fractions and negative numbers are fine", seconds)
    .description("move the time on")
    .action((advance: number, options: ClientOptions) => move(options, { advance }));

  asClient(clock.command("set"))
    .argument("<time>", "ISO 8601, such as 2026-11-24T12:00:00Z")
    .description("set the time; it runs on from there")
    .action((time: string, options: ClientOptions) => move(options, { set: time }));

  asClient(clock.command("freeze"))
    .description("stop the time where it is")
    .action((options: ClientOptions) => move(options, { freeze: true }));

  asClient(clock.command("real"))
    .description("back to this machine's time")
    .action((options: ClientOptions) => move(options, { real: true }));
}

async function move(options: ClientOptions, command: object): Promise<void> {
  const answer = await callControl<{ readonly now: string }>(options, { path: "clock", body: command });
  printAnswer(options, answer, ({ now }) => now);
}
