import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";

/** The pages for users. */
export const pages = (): readonly string[] => [
  "README.md",
  ...readdirSync("docs").flatMap((file) => (file.endsWith(".md") ? [`docs/${file}`] : [])),
];

const EXAMPLES = pages()
  .map((page) => readFileSync(page, "utf8"))
  .join("\n");

/** The code of an example in the documentation, by the name in the comment before it. */
export function example(name: string): string {
  const found = new RegExp(`<!-- example: ${name} -->\n\`\`\`\\w+\n([^]*?)\n\`\`\``).exec(EXAMPLES);
  assert.ok(found, `there is no example ${name}`);
  return found[1]!;
}
