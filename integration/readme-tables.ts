import { kindsAsMarkdown } from "../handlers/mfa/kinds.ts";
import { optionsAsMarkdown } from "../server/option-table.ts";

interface Table {
  /** The page with the table, between two comments with its name. */
  readonly page: string;
  readonly print: () => string;
}

/** The parts of the documentation that are generated from the code, by name. */
export const tables: Readonly<Record<string, Table>> = {
  kinds: { page: "docs/mfa.md", print: kindsAsMarkdown },
  options: { page: "README.md", print: optionsAsMarkdown },
};

/** The part of a page between the comments with this name. */
export const section = (page: string, name: string): string => parts(page, name)[1].trimEnd();

/** A page with the current table of this name. Throws if it has no place for it. */
export function withTable(page: string, name: string): string {
  const [before, , after] = parts(page, name);
  return `${before}${tables[name]!.print()}\n${after}`;
}

/** The part up to the first comment with this name, the part between the two, and the part from the second on. */
function parts(page: string, name: string): readonly [string, string, string] {
  const [found, before, between, after] =
    new RegExp(`^([^]*<!-- ${name} -->\n)([^]*)(<!-- /${name} -->[^]*)$`).exec(page) ?? [];
  if (found === undefined) throw new Error(`The page has no <!-- ${name} --> and <!-- /${name} -->.`);
  return [before!, between!, after!];
}
