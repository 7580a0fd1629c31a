import { getForm, inputField, link, table } from "./components.ts";
import { html, type Html, type Value } from "./html.ts";
import type { SignedInView, View } from "./page.ts";

/** One page of a list operation's answer. */
interface Listed<T> {
  readonly items: readonly T[] | undefined;
  readonly marker: string | undefined;
}

type List<T> = (paging: { readonly MaxItems: number; readonly Marker?: string }) => Promise<Listed<T>>;

/** The most entries that the API returns at a time. */
const MOST = 1000;
const ON_A_PAGE = 50;
const NOTHING_FOUND = "Nothing has that in its name.";

/** All entries of a list operation, over as many pages as it takes. */
export async function all<T>(list: List<T>): Promise<T[]> {
  const found: T[] = [];
  let marker: string | undefined;
  do {
    const page = await list({ MaxItems: MOST, ...(marker !== undefined && { Marker: marker }) });
    found.push(...(page.items ?? []));
    marker = page.marker;
  } while (marker !== undefined);
  return found;
}

interface Listing<T> {
  readonly caption: string;
  readonly headings: readonly string[];
  readonly none: string;
  readonly list: List<T>;
  readonly row: (item: T) => readonly Value[];
  /** The text that the filter searches. */
  readonly nameOf: (item: T) => string;
  /** Fields of the filter form besides the name. */
  readonly filters?: Value;
}

/** A table of entities: one page at a time, or all whose name contains the filter's text. */
export async function listing<T>(
  view: SignedInView,
  { caption, headings, none, list, row, nameOf, filters }: Listing<T>,
): Promise<Html> {
  const filter = view.query.get("filter") ?? "";
  const marker = view.query.get("marker");
  const page =
    filter === ""
      ? await list({ MaxItems: ON_A_PAGE, ...(marker !== null && { Marker: marker }) })
      : { items: matching(await all(list), filter, nameOf), marker: undefined };
  return html`${getForm(
    "Search",
    inputField(view, { name: "filter", label: "Name contains", value: filter, required: false }),
    filters,
  )}
  ${table(caption, headings, (page.items ?? []).map(row), filter === "" ? none : NOTHING_FOUND)}
  ${(marker !== null || page.marker !== undefined) && pager(view, page.marker)}`;
}

/** What of a long list stands on the page that `?page=` names, from 1, and the links to the others. */
export function inPages<T>(
  items: readonly T[],
  { query, path }: View,
): { readonly shown: readonly T[]; readonly pager: Value } {
  const last = Math.max(1, Math.ceil(items.length / ON_A_PAGE));
  const asked = Number(query.get("page"));
  const page = Number.isSafeInteger(asked) && asked > 0 ? Math.min(asked, last) : 1;
  const at = (number: number) => {
    const changed = new URLSearchParams(query);
    changed.set("page", String(number));
    return `${path.split("?")[0]}?${changed}`;
  };
  return {
    shown: items.slice((page - 1) * ON_A_PAGE, page * ON_A_PAGE),
    pager:
      last > 1 &&
      html`<p>
        Page ${page} of ${last}, ${items.length} in all. ${page > 1 && link(at(page - 1), "Previous page")}
        ${page < last && link(at(page + 1), "Next page")}
      </p>`,
  };
}

/** What of a long list has the text that is filtered by, a page of it, with the form that asks for the text. */
export function filtered<T>(items: readonly T[], nameOf: (item: T) => string, view: View) {
  const filter = view.query.get("filter") ?? "";
  return {
    ...inPages(matching(items, filter, nameOf), view),
    none: (text: string) => (filter === "" ? text : NOTHING_FOUND),
    filter:
      items.length > ON_A_PAGE &&
      getForm("Search", inputField(view, { name: "filter", label: "Name contains", value: filter, required: false })),
  };
}

/** Those whose name has the text in it, in upper or lower case. */
export const matching = <T>(items: readonly T[], filter: string, nameOf: (item: T) => string): T[] =>
  items.filter((item) => nameOf(item).toLowerCase().includes(filter.toLowerCase()));

function pager({ query, path }: SignedInView, next: string | undefined): Html {
  const at = (marker: string | undefined) => {
    const changed = new URLSearchParams(query);
    changed.delete("marker");
    if (marker !== undefined) changed.set("marker", marker);
    return `${path.split("?")[0]}?${changed}`;
  };
  return html`<p>
    ${query.has("marker") && link(at(undefined), "First page")} ${next !== undefined && link(at(next), "Next page")}
  </p>`;
}
