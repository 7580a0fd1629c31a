import type { DecisionReport } from "../../../handlers/decision-report.ts";
import { eventOf } from "../../control/trail.ts";
import { refusalLines, verdictOf, whatIsUnknown, whyBesides, type ExplainedEvent } from "../../why.ts";
import { code, codeBlock, facts, jsonBlock, link, section, time } from "../components.ts";
import { html, type Html } from "../html.ts";
import type { Page } from "../page.ts";

/** One request, and what decided whether it was allowed: which policy, statement and condition. */
export const emulatorTrailEvent: Page = {
  path: "/emulator/trail/:requestId",
  title: "Request",
  access: "emulator",
  GET({ params, emulation }) {
    const event = eventOf(params["requestId"]!, emulation.era.trail);
    const { decisions, ...recorded } = event;
    const { eventName, eventTime, userIdentity, sourceIPAddress, userAgent, requestID, httpStatus } = event;
    return {
      title: `Request ${eventName || "without an action"}`,
      body: html`${facts([
          ["Request ID", code(requestID)],
          ["When", time(new Date(eventTime))],
          ["Who", code(userIdentity?.arn ?? userIdentity?.userName ?? "nobody")],
          ["From", `${sourceIPAddress}, ${userAgent || "no user agent"}`],
          ["Answer", [String(httpStatus), ...refusalLines(event)].map((line) => html`<div class="line">${line}</div>`)],
        ])}
        ${section("Why", why(event))} ${section("Event", jsonBlock("Event", recorded))}
        ${decisions.length > 0 && section("Decisions", jsonBlock("Decisions", decisions))}
        <p>${link("/console/emulator/trail", "All requests")}</p>`,
    };
  },
};

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
