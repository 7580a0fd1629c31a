import { operations } from "../handlers/index.ts";
import { kindsAsMarkdown } from "../handlers/mfa/kinds.ts";
import { services } from "../server/api/model.ts";
import { optionsAsMarkdown } from "../server/options.ts";

/** The parts of the README that the code itself prints, by the names in the comments around them. */
export const tables: Readonly<Record<string, () => string>> = {
  kinds: kindsAsMarkdown,
  options: optionsAsMarkdown,
  "not-implemented": notImplemented,
};

function notImplemented(): string {
  const names = [...services.values()].flatMap((service) => [...service.operations.keys()]);
  return names
    .filter((name) => !operations.has(name))
    .map((name) => `\`${name}\``)
    .join(", ");
}

/** What stands in the README between the comments of that name. */
export function section(readme: string, name: string): string {
  return readme.split(`<!-- ${name} -->\n`)[1]!.split(`<!-- /${name} -->`)[0]!.trimEnd();
}

/** The README with its tables as they are now. */
export function withTables(readme: string): string {
  let updated = readme;
  for (const [name, table] of Object.entries(tables)) {
    const [before, after] = [`<!-- ${name} -->\n`, `<!-- /${name} -->`];
    updated = updated.split(before)[0]! + before + table() + "\n" + after + updated.split(after)[1]!;
  }
  return updated;
}
