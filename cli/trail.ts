import { setTimeout } from "node:timers/promises";
import { InvalidArgumentError, type Command } from "commander";
import type { TrailEvent } from "../server/trail-event.ts";
import { isRefusal } from "../server/trail.ts";
import { headLine, refusalLines } from "../server/why.ts";
import { asClient, callControl, printAnswer, type ClientOptions } from "./control-client.ts";

interface TrailOptions extends ClientOptions {
  readonly limit: number;
  readonly errors?: true;
  readonly follow?: true;
  readonly user?: string;
  readonly event?: string;
}

/** How often `--follow` asks for new requests. */
const INTERVAL_MS = 500;

/** `trail`: the last requests, oldest first, so that the newest is nearest to the prompt. */
export function addTrailCommand(program: Command): void {
  asClient(program.command("trail"))
    .description("show the last requests: who called what, how it ended, and its id for iam-local why")
    .option("--limit <N>", "how many", count, 20)
    .option("--errors", "only those that were refused")
    .option("--user <NAME>", "only those of this IAM user")
    .option("--event <NAME>", "only those of this operation, such as GetSessionToken")
    .option("--follow", "go on with those that come, until stopped with Ctrl-C; --json then prints one a line")
    .addHelpText(
      "after",
      `
Examples:
  iam-local trail --errors --user Jane
  iam-local trail --follow --event AssumeRole`,
    )
    .action(async (options: TrailOptions) => {
      const seen = await newEvents(options);
      const chosen = seen.filter(isWanted(options)).slice(0, options.limit);
      if (options.follow) return follow(chosen, seen[0]?.requestID, options);
      printAnswer(options, { events: chosen }, () =>
        chosen.length === 0 ? "no such request" : chosen.toReversed().flatMap(describeEvent),
      );
    });
}

const isWanted =
  ({ errors }: TrailOptions) =>
  (event: TrailEvent): boolean =>
    !errors || isRefusal(event);

/** The events after the id `after` that match the user and operation asked for, newest first. */
async function newEvents(options: TrailOptions, after?: string): Promise<readonly TrailEvent[]> {
  const { user, event } = options;
  const query = { userName: user, eventName: event, after };
  return (await callControl<{ readonly events: readonly TrailEvent[] }>(options, { path: "trail", query })).events;
}

async function follow(first: readonly TrailEvent[], last: string | undefined, options: TrailOptions): Promise<void> {
  let newest = last;
  for (let events = first; process.stdout.writable; events = (await next()).filter(isWanted(options))) {
    for (const event of events.toReversed()) {
      console.log(options.json ? JSON.stringify(event) : describeEvent(event).join("\n"));
    }
    await setTimeout(INTERVAL_MS);
  }

  async function next(): Promise<readonly TrailEvent[]> {
    const events = await newEvents(options, newest);
    newest = events[0]?.requestID ?? newest;
    return events;
  }
}

function count(text: string): number {
  if (!/^[1-9]\d*$/.test(text)) throw new InvalidArgumentError("It takes a whole number from 1.");
  return Number(text);
}

/** An event in a few lines. */
const describeEvent = (event: TrailEvent): string[] => [
  headLine(event),
  ...refusalLines(event).map((line) => `    ${line}`),
];
