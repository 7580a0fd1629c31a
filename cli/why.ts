import type { Command } from "commander";
import type { DecisionReport } from "../handlers/decision-report.ts";
import type { TrailEvent } from "../server/trail.ts";
import { verdictOf, whyUndecided, type ExplainedEvent } from "../server/why.ts";
import { asClient, callControl, CommandFailed, printAnswer, type ClientOptions } from "./control-client.ts";
import { describeEvent } from "./trail.ts";

/** `why`: what decided whether a request was allowed. */
export function addWhyCommand(program: Command): void {
  asClient(program.command("why"))
    .argument("[request-id]", "the request, as its client was told it; the last one that was denied by default")
    .description("say which policy, statement and condition allowed or denied a request")
    .addHelpText(
      "after",
      `
Examples:
  iam-local why
  iam-local why 6f1c1f9e-0f4b-4c62-9a52-2b1c1f9e0f4b`,
    )
    .action(async (requestId: string | undefined, options: ClientOptions) => {
      const id = requestId ?? (await lastDenial(options));
      const event = await callControl<ExplainedEvent>(options, { path: `trail/${encodeURIComponent(id)}` });
      printAnswer(options, event, () => [
        ...describeEvent(event),
        ...event.decisions.flatMap(describe),
        ...undecided(event),
      ]);
    });
}

async function lastDenial(options: ClientOptions): Promise<string> {
  const { events } = await callControl<{ readonly events: readonly TrailEvent[] }>(options, { path: "trail" });
  const denied = events.find((event) => event.errorCode === "AccessDenied" || event.uncheckedDenial !== undefined);
  if (!denied)
    throw new CommandFailed("no request that the trail holds was denied. Say which one: iam-local why REQUEST_ID");
  return denied.requestID;
}

function describe(decision: DecisionReport): string[] {
  return ["", verdictOf(decision), ...decision.reasons.map((reason) => `  ${reason}`)];
}

function undecided(event: ExplainedEvent): string[] {
  const why = whyUndecided(event);
  return why === undefined ? [] : ["", why];
}
