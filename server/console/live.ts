import { getForm, hiddenField } from "./components.ts";
import { html, type Html, type Value } from "./html.ts";
import type { Answer, View } from "./page.ts";

/** The parts of a page that change by themselves, by names that are unique on the page. */
export type LiveParts = Readonly<Record<string, Value>>;

/**
 * A page with parts that client/live.ts keeps up to date: it asks the page for them as JSON, once a second. Where there is no
 * script, a button reloads the page. `page` puts each part in its place.
 */
export function live(view: View, parts: LiveParts, page: (part: (name: string) => Html) => Html): Answer {
  if (view.query.get("format") === "json") {
    return {
      json: {
        parts: Object.fromEntries(Object.entries(parts).map(([name, part]) => [name, String(html`${part}`)])),
      },
    };
  }
  return html`<noscript>${reload(view)}</noscript>
    ${page((name) => html`<div data-live="${name}">${parts[name]}</div>`)}`;
}

const reload = ({ query }: View): Html =>
  getForm(
    "Reload",
    [...query].map(([name, value]) => hiddenField(name, value)),
  );
