import { WireError } from "../../handlers/errors.ts";
import { facts, link, postForm } from "./components.ts";
import { html, type Html, type Value } from "./html.ts";
import { redirect, type SignedInPage, type SignedInView } from "./page.ts";
import { unlessRefused } from "./unless-refused.ts";

/** Something that has to be removed before what it belongs to can be deleted. */
export interface Dependent {
  readonly name: string;
  readonly remove: () => Promise<unknown>;
}

/** Dependents of one kind, such as access keys. */
export interface Dependents {
  readonly label: string;
  readonly find: () => Promise<readonly Dependent[]>;
}

/** Something that can be deleted. */
export interface Deletable {
  /** Such as `the user Ann`. */
  readonly called: string;
  /** Its own page, and the list that it is in. */
  readonly home: string;
  readonly list: string;
  /** In the order in which they are removed. */
  readonly dependents: readonly Dependents[];
  readonly remove: () => Promise<unknown>;
}

/**
 * A page that deletes something with all that depends on it, which it lists before. It is done one by one, each by its
 * operation: where one is refused, what was removed before stays removed, and the page lists what is left.
 */
export const deletionPage = (
  path: `/${string}`,
  title: string,
  find: (view: SignedInView) => Promise<Deletable>,
): SignedInPage => ({
  path,
  title,
  access: "signed-in",
  async GET(view) {
    const { called, home, dependents } = await find(view);
    const rows: [string, Value][] = [];
    let isEmpty = true;
    for (const { label, find: list } of dependents) {
      const shown = await unlessRefused(async () => {
        const found = await list();
        if (found.length > 0) isEmpty = false;
        return namesOf(found);
      });
      rows.push([label, shown]);
    }
    return {
      title: `Delete ${called}`,
      body: html`<p>
          ${
            isEmpty
              ? "Nothing depends on it. This cannot be undone."
              : "This goes with it, in this order, since IAM deletes nothing that is still in use. It cannot be undone."
          }
        </p>
        ${facts(rows)}
        ${postForm(
          view,
          {
            submit: isEmpty ? `Delete ${called}` : `Delete ${called} and all of this`,
            danger: true,
            besides: link(home, "Cancel"),
          },
          html``,
        )}`,
    };
  },
  async POST(view) {
    const { called, list, dependents, remove } = await find(view);
    for (const { find: listed } of dependents) {
      for (const dependent of await unlessDenied(listed)) await dependent.remove();
    }
    await remove();
    return redirect(list, `${called[0]!.toUpperCase()}${called.slice(1)} has been deleted.`);
  },
});

const MOST_NAMES = 20;

const namesOf = (found: readonly Dependent[]): Html =>
  found.length === 0
    ? html`<span class="none">none</span>`
    : html`<strong>${found.length}</strong>:
        ${found
          .slice(0, MOST_NAMES)
          .map(({ name }) => name)
          .join(", ")}${found.length > MOST_NAMES && ", …"}`;

/** What may not be listed may be nothing: IAM says when the rest is deleted. */
async function unlessDenied(list: Dependents["find"]): Promise<readonly Dependent[]> {
  try {
    return await list();
  } catch (cause) {
    if (cause instanceof WireError && cause.code === "AccessDenied") return [];
    throw cause;
  }
}
