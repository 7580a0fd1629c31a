import { getForm, inputField, link, table } from "./components.ts";
import { html, type Html, type Value } from "./html.ts";
import type { SignedInView } from "./page.ts";

/** One page of a list operation's answer. */
interface Listed<T> {
  readonly items: readonly T[] | undefined;
  readonly marker: string | undefined;
}

type List<T> = (paging: { readonly MaxItems: number; readonly Marker?: string }) => Promise<Listed<T>>;

/** The most entries that the API returns at a time. */
const MOST = 1000;
const ON_A_PAGE = 50;

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
  ${table(caption, headings, (page.items ?? []).map(row), filter === "" ? none : "Nothing has that in its name.")}
  ${(marker !== null || page.marker !== undefined) && pager(view, page.marker)}`;
}

const matching = <T>(items: readonly T[], filter: string, nameOf: (item: T) => string): T[] =>
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
