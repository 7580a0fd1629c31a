import type { TrailEvent } from "../trail-event.ts";
import { isRefusal } from "../trail.ts";
import { inputField, selectField } from "./components.ts";
import type { Html } from "./html.ts";
import type { View } from "./page.ts";

// What the trail is filtered by. The filters stand in the address.

interface Filter {
  readonly name: string;
  readonly field: (view: View, name: string) => Html;
  /** Undefined where the address does not say what is wanted. */
  readonly admits: (event: TrailEvent, wanted: string | undefined) => boolean;
}

/** Whether an event is one of those that the address asks for. */
export const admittedBy =
  (query: URLSearchParams) =>
  (event: TrailEvent): boolean =>
    FILTERS.every(({ name, admits }) => admits(event, query.get(name) || undefined));

export const filterFields = (view: View): Html[] => FILTERS.map(({ name, field }) => field(view, name));

/** Whether MFA was used: for the session that the request is of, in the sign-in, or in the request itself. */
export function usedMfa({ userIdentity, additionalEventData, requestParameters }: TrailEvent): boolean {
  return (
    userIdentity?.sessionContext?.attributes.mfaAuthenticated === "true" ||
    additionalEventData?.["MFAUsed"] === "Yes" ||
    (requestParameters as { readonly tokenCode?: unknown } | null)?.tokenCode !== undefined
  );
}

const has = (text: string | undefined, part: string): boolean =>
  text?.toLowerCase().includes(part.trim().toLowerCase()) === true;

const textFilter = (name: string, label: string, textOf: (event: TrailEvent) => string | undefined): Filter => ({
  name,
  field: (view) => inputField(view, { name, label, value: view.query.get(name) ?? "", required: false }),
  admits: (event, wanted) => wanted === undefined || has(textOf(event), wanted),
});

const choice =
  (label: string, options: Readonly<Record<string, string>>): Filter["field"] =>
  (view, name) =>
    selectField(view, {
      name,
      label,
      value: view.query.get(name) ?? "",
      required: false,
      options: Object.entries(options).map(([value, shown]) => ({ value, label: shown })),
    });

const FILTERS: readonly Filter[] = [
  textFilter("principal", "Principal contains", ({ userIdentity }) => userIdentity?.arn ?? userIdentity?.userName),
  textFilter("action", "Action contains", ({ eventName }) => eventName),
  textFilter("service", "Service contains", ({ eventSource }) => eventSource),
  textFilter("error", "Error contains", ({ errorCode, errorMessage }) => errorCode ?? errorMessage),
  {
    name: "result",
    field: choice("Result", { "": "All", refused: "Refused" }),
    admits: (event, wanted) => wanted !== "refused" || isRefusal(event),
  },
  {
    name: "mfa",
    field: choice("MFA", { "": "All", used: "Used", "not-used": "Not used" }),
    admits: (event, wanted) => wanted === undefined || usedMfa(event) === (wanted === "used"),
  },
  {
    name: "console",
    field: choice("The console's own", { "": "Hidden", shown: "Shown" }),
    admits: ({ sessionCredentialFromConsole }, wanted) =>
      wanted === "shown" || sessionCredentialFromConsole === undefined,
  },
];
