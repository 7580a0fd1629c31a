import type { Command } from "commander";
import type { TrailEvent } from "../server/trail-event.ts";
import { isRefusal } from "../server/trail.ts";
import { explanation, type ExplainedEvent } from "../server/why.ts";
import { asClient, callControl, CommandFailed, printAnswer, type ClientOptions } from "./control-client.ts";

/** `why`: what decided whether a request was allowed, and any other reason for its refusal. */
export function addWhyCommand(program: Command): void {
  asClient(program.command("why"))
    .argument(
      "[request-id]",
      "the request, as its client was told it, or the authorization id in a refusal; the last one that was refused by default",
    )
    .description("say why a request was refused: the policy, statement and condition, or what AWS keeps to itself")
    .addHelpText(
      "after",
      `
Examples:
  iam-local why
  iam-local why 6f1c1f9e-0f4b-4c62-9a52-2b1c1f9e0f4b`,
    )
    .action(async (requestId: string | undefined, options: ClientOptions) => {
      const id = requestId ?? (await lastRefusal(options));
      const event = await callControl<ExplainedEvent>(options, { path: `trail/${encodeURIComponent(id)}` });
      printAnswer(options, event, explanation);
    });
}

async function lastRefusal(options: ClientOptions): Promise<string> {
  const { events } = await callControl<{ readonly events: readonly TrailEvent[] }>(options, { path: "trail" });
  const refused = events.find(isRefusal);
  if (!refused)
    throw new CommandFailed("no request that the trail holds was refused. Say which one: iam-local why REQUEST_ID");
  return refused.requestID;
}
