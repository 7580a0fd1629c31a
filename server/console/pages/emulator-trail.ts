import type { TrailEvent } from "../../trail-event.ts";
import { isRefusal } from "../../trail.ts";
import { wholeTrail } from "../../whole-trail.ts";
import { refusalLines } from "../../why.ts";
import { age, getForm, href, link, table, tableRow } from "../components.ts";
import { html, type Html, type Value } from "../html.ts";
import type { Page, View } from "../page.ts";
import { admittedBy, filterFields, usedMfa } from "../trail-filters.ts";

const ON_A_PAGE = 50;
const HEADINGS = ["Action", "When", "Who", "MFA", "Result"];

/** The last requests: who called what, and how it ended. The newest page grows by itself (client/trail.ts). */
export const emulatorTrail: Page = {
  path: "/emulator/trail",
  title: "Trail",
  nav: "Emulator",
  access: "emulator",
  scripts: ["trail.js"],
  async GET(view) {
    const trail = await wholeTrail(view.emulation);
    const events = trail.list().filter(admittedBy(view.query));
    const page = pageIn(view);
    const shown = events.slice((page - 1) * ON_A_PAGE, page * ON_A_PAGE);
    const rows = table(
      "Requests",
      HEADINGS,
      shown.map((event) => cellsOf(event, view.now)),
      "There is no such request among the last thousand.",
    );
    return html`${getForm("Filter", filterFields(view))}
      ${
        page === 1
          ? html`<div data-trail="${streamAddress(view, shown[0])}" data-most="${ON_A_PAGE}">
              <p class="live" role="status"></p>
              ${rows}
            </div>`
          : rows
      }
      <p>
        ${page > 1 && link(addressOf(page - 1, view), "Newer")}
        ${events.length > page * ON_A_PAGE && link(addressOf(page + 1, view), "Older")} ${link(view.path, "Reload")}
      </p>`;
  },
};

/** What the page's script is told of a request: its row. */
export const rowOf = (event: TrailEvent, now: number): string => String(tableRow(cellsOf(event, now), HEADINGS));

const cellsOf = (event: TrailEvent, now: number): readonly Value[] => [
  html`${link(href`/console/emulator/trail/${event.requestID}`, event.eventName || "(no action)")}
    <div class="hint">${event.eventSource.replace(/\.amazonaws\.com$/, "")}</div>`,
  age(Date.parse(event.eventTime), now),
  html`<div class="line">${event.userIdentity?.arn ?? event.userIdentity?.userName ?? "(nobody)"}</div>`,
  usedMfa(event) ? "used" : "not used",
  isRefusal(event) ? refusal(event) : html`<span class="none">${event.httpStatus}</span>`,
];

const refusal = (event: TrailEvent): Html =>
  html`${refusalLines(event).map((line) => html`<div class="line">${line}</div>`)}
    <div class="line">
      ${link(`${href`/console/emulator/trail/${event.requestID}`}#why`, "Why?")}
      ${isDecided(event) && link(href`/console/emulator/simulator?request=${event.requestID}`, "Replay in the simulator")}
    </div>`;

/** Whether policies refused it, or would have. */
export const isDecided = ({ errorCode, uncheckedDenial }: TrailEvent): boolean =>
  errorCode === "AccessDenied" || uncheckedDenial !== undefined;

/** Where to listen to what comes after what is shown. */
function streamAddress({ query }: View, newest: TrailEvent | undefined): string {
  const asked = new URLSearchParams(query);
  if (newest) asked.set("after", newest.requestID);
  return `/console/emulator/trail-stream?${asked}`;
}

function pageIn({ query }: View): number {
  const page = Number(query.get("page"));
  return Number.isSafeInteger(page) && page > 0 ? page : 1;
}

function addressOf(page: number, { query }: View): string {
  const changed = new URLSearchParams(query);
  changed.set("page", String(page));
  return `/console/emulator/trail?${changed}`;
}
