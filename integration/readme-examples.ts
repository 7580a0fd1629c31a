import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

const EXAMPLES = readFileSync("README.md", "utf8") + readFileSync("docs/federation.md", "utf8");

/** The code of an example of the documentation, by the name in the comment before it. */
export function example(name: string): string {
  const found = new RegExp(`<!-- example: ${name} -->\n\`\`\`\\w+\n([^]*?)\n\`\`\``).exec(EXAMPLES);
  assert.ok(found, `there is no example ${name}`);
  return found[1]!;
}
