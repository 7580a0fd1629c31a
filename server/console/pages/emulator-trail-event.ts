import type { DecisionReport } from "../../../handlers/decision-report.ts";
import { cliCommand } from "../../cli-command.ts";
import { eventOf } from "../../control/trail.ts";
import { entryOf } from "../../whole-trail.ts";
import { refusalLines, verdictOf, whatIsUnknown, whyBesides, type ExplainedEvent } from "../../why.ts";
import { actions, buttonLink, code, codeBlock, facts, href, jsonBlock, link, section, time } from "../components.ts";
import { html, type Html } from "../html.ts";
import type { Page, View } from "../page.ts";
import { statementsOf, whatWouldHelp } from "../sections/decision.ts";

/** One request, and what decided whether it was allowed: which policy, statement and condition. */
export const emulatorTrailEvent: Page = {
  path: "/emulator/trail/:requestId",
  title: "Request",
  access: "emulator",
  scripts: ["copy.js"],
  async GET(view) {
    const event = await eventOf(view.params["requestId"]!, view.emulation);
    const { decisions, ...recorded } = event;
    const { eventName, eventTime, userIdentity, sourceIPAddress, userAgent, requestID, httpStatus } = event;
    const command = cliCommand(event, view.origin);
    return {
      title: `Request ${eventName || "without an action"}`,
      body: html`${facts([
          ["Request ID", code(requestID)],
          ["When", time(new Date(eventTime))],
          ["Who", code(userIdentity?.arn ?? userIdentity?.userName ?? "nobody")],
          ["From", `${sourceIPAddress}, ${userAgent || "no user agent"}`],
          ["Answer", [String(httpStatus), ...refusalLines(event)].map((line) => html`<div class="line">${line}</div>`)],
        ])}
        <div id="why">${section("Why", why(event))}</div>
        ${await decidedBy(event, view)} ${command !== undefined && section("As a command", commandBlock(command))}
        ${section("Event", jsonBlock("Event", recorded))}
        ${decisions.length > 0 && section("Decisions", jsonBlock("Decisions", decisions))}
        <p>${link("/console/emulator/trail", "All requests")}</p>`,
    };
  },
};

/** The last decision, which is the one that refused if any did: what would help, and the statements that spoke. */
async function decidedBy({ requestID, decisions }: ExplainedEvent, { emulation }: View): Promise<Html | undefined> {
  const made = (await entryOf(requestID, emulation))?.authorizations.at(-1);
  if (!made) return undefined;
  const help = whatWouldHelp(made);
  return html`${help && section("What would have to change", help)}
  ${section("The statements that spoke", decisions.length > 1 && html`<p>Of the last decision.</p>`, statementsOf(made))}
  ${actions(buttonLink(href`/console/emulator/simulator?request=${requestID}`, "Replay in the simulator"))}`;
}

const commandBlock = (command: string): Html =>
  html`<p class="hint">With the credentials of whoever made the request; secrets are variables to be set.</p>
    <pre role="region" aria-label="Command" tabindex="0" data-copy><code>${command}</code></pre>`;

function why(event: ExplainedEvent): Html {
  const unknown = whatIsUnknown(event);
  const [besides, ...evidence] = whyBesides(event)?.split("\n") ?? [];
  return html`${besides !== undefined && html`<p>${besides}</p>`}
  ${evidence.length > 0 && codeBlock("As the emulator saw it", evidence.join("\n"))} ${event.decisions.map(decision)}
  ${unknown !== undefined && html`<p>${unknown}</p>`}
  ${event.uncheckedDenial !== undefined && html`<p>It passed all the same: permissions are not enforced.</p>`}`;
}

const decision = (report: DecisionReport): Html =>
  html`<h3 class="${report.decision === "allowed" ? "allowed" : "denied"}">${verdictOf(report)}</h3>
    <ul>
      ${report.reasons.map((reason) => html`<li>${reason}</li>`)}
    </ul>`;
