import type { TrailEvent } from "../../trail-event.ts";
import { isRefusal } from "../../trail.ts";
import { refusalLines } from "../../why.ts";
import { getForm, href, inputField, link, selectField, table, time } from "../components.ts";
import { html, type Html, type Value } from "../html.ts";
import type { Page, View } from "../page.ts";

const ON_A_PAGE = 50;

/** The last requests: who called what, and the outcome. The filters are in the URL. */
export const emulatorTrail: Page = {
  path: "/emulator/trail",
  title: "Trail",
  nav: "Emulator",
  access: "emulator",
  GET(view) {
    const events = view.emulation.era.trail.list().filter((event) =>
      FILTERS.every(({ admits, name }) => {
        const wanted = view.query.get(name) ?? "";
        return wanted === "" || admits(event, wanted);
      }),
    );
    const page = pageIn(view);
    const shown = events.slice((page - 1) * ON_A_PAGE, page * ON_A_PAGE);
    return html`${getForm(
        "Filter",
        FILTERS.map(({ name, field }) => field(view, name)),
      )}
      ${table(
        "Requests",
        ["Action", "When", "Who", "MFA", "Result"],
        shown.map(row),
        "There is no such request among the last thousand.",
      )}
      <p>
        ${page > 1 && link(addressOf(page - 1, view), "Newer")}
        ${events.length > page * ON_A_PAGE && link(addressOf(page + 1, view), "Older")} ${link(view.path, "Reload")}
      </p>`;
  },
};

/** Whether MFA was used: by the session that made the request, in the sign-in, or in the request itself. */
function usedMfa({ userIdentity, additionalEventData, requestParameters }: TrailEvent): boolean {
  return (
    userIdentity?.sessionContext?.attributes.mfaAuthenticated === "true" ||
    additionalEventData?.["MFAUsed"] === "Yes" ||
    (requestParameters as { readonly tokenCode?: unknown } | null)?.tokenCode !== undefined
  );
}

interface Filter {
  readonly name: string;
  readonly field: (view: View, name: string) => Html;
  readonly admits: (event: TrailEvent, wanted: string) => boolean;
}

const has = (text: string | undefined, part: string): boolean =>
  text?.toLowerCase().includes(part.trim().toLowerCase()) === true;

const text =
  (label: string): Filter["field"] =>
  (view, name) =>
    inputField(view, { name, label, value: view.query.get(name) ?? "", required: false });

const choice =
  (label: string, options: Readonly<Record<string, string>>): Filter["field"] =>
  (view, name) =>
    selectField(view, {
      name,
      label,
      value: view.query.get(name) ?? "",
      required: false,
      options: Object.entries({ "": "All", ...options }).map(([value, shown]) => ({ value, label: shown })),
    });

const FILTERS: readonly Filter[] = [
  {
    name: "principal",
    field: text("Principal contains"),
    admits: ({ userIdentity }, part) => has(userIdentity?.arn ?? userIdentity?.userName, part),
  },
  { name: "service", field: text("Service contains"), admits: ({ eventSource }, part) => has(eventSource, part) },
  { name: "action", field: text("Action contains"), admits: ({ eventName }, part) => has(eventName, part) },
  {
    name: "result",
    field: choice("Result", { refused: "Refused" }),
    admits: (event, wanted) => wanted !== "refused" || isRefusal(event),
  },
  {
    name: "mfa",
    field: choice("MFA", { used: "Used", "not-used": "Not used" }),
    admits: (event, wanted) => usedMfa(event) === (wanted === "used"),
  },
];

const row = (event: TrailEvent): readonly Value[] => [
  link(href`/console/emulator/trail/${event.requestID}`, event.eventName || "(no action)"),
  time(new Date(event.eventTime)),
  html`<div class="line">${event.userIdentity?.arn ?? event.userIdentity?.userName ?? "(nobody)"}</div>`,
  usedMfa(event) ? "used" : "not used",
  isRefusal(event)
    ? refusalLines(event).map((line) => html`<div class="line">${line}</div>`)
    : html`<span class="none">${event.httpStatus}</span>`,
];

function pageIn({ query }: View): number {
  const page = Number(query.get("page"));
  return Number.isSafeInteger(page) && page > 0 ? page : 1;
}

function addressOf(page: number, { query }: View): string {
  const changed = new URLSearchParams(query);
  changed.set("page", String(page));
  return `/console/emulator/trail?${changed}`;
}
