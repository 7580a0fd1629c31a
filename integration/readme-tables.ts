import { kindsAsMarkdown } from "../handlers/mfa/kinds.ts";
import { optionsAsMarkdown } from "../server/options.ts";

/** The parts of the README that the code itself prints, by the names in the comments around them. */
export const tables: Readonly<Record<string, () => string>> = {
  kinds: kindsAsMarkdown,
  options: optionsAsMarkdown,
};

/** What stands in the README between the comments of that name. */
export const section = (readme: string, name: string): string => parts(readme, name)[1].trimEnd();

/** The README with its tables as they are now. Throws where it has no place for one. */
export function withTables(readme: string): string {
  let updated = readme;
  for (const [name, table] of Object.entries(tables)) {
    const [before, , after] = parts(updated, name);
    updated = `${before}${table()}\n${after}`;
  }
  return updated;
}

/** What stands up to the first comment of that name, between the two, and from the second on. */
function parts(readme: string, name: string): readonly [string, string, string] {
  const [found, before, between, after] =
    new RegExp(`^([^]*<!-- ${name} -->\n)([^]*)(<!-- /${name} -->[^]*)$`).exec(readme) ?? [];
  if (found === undefined) throw new Error(`The README has no <!-- ${name} --> and <!-- /${name} -->.`);
  return [before!, between!, after!];
}
