import { InvalidArgumentError, type Command } from "commander";
import { isRefusal, type TrailEvent } from "../server/trail.ts";
import { refusalLines } from "../server/why.ts";
import { asClient, callControl, printAnswer, type ClientOptions } from "./control-client.ts";

interface TrailOptions extends ClientOptions {
  readonly limit: number;
  readonly errors?: true;
}

/** `trail`: the last requests, the newest nearest to the prompt. */
export function addTrailCommand(program: Command): void {
  asClient(program.command("trail"))
    .description("show the last requests: who called what, and how it ended")
    .option("--limit <N>", "how many", count, 20)
    .option("--errors", "only those that were refused")
    .action(async (options: TrailOptions) => {
      const { events } = await callControl<{ readonly events: readonly TrailEvent[] }>(options, { path: "trail" });
      const chosen = events.filter((event) => !options.errors || isRefusal(event)).slice(0, options.limit);
      printAnswer(options, { events: chosen }, () =>
        chosen.length === 0 ? "no requests yet" : chosen.toReversed().flatMap(describeEvent),
      );
    });
}

function count(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("It takes a whole number from 1.");
  return Number(text);
}

/** What an event is, in a line or two. */
export function describeEvent(event: TrailEvent): string[] {
  const { eventTime, eventName, userIdentity, httpStatus } = event;
  const caller = userIdentity?.arn ?? "(nobody)";
  return [
    `${eventTime}  ${httpStatus}  ${eventName || "(no action)"}  ${caller}`,
    ...refusalLines(event).map((line) => `    ${line}`),
  ];
}
