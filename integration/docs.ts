// `npm run docs`, in the project's root, writes what is generated from the sources into README.md and docs/. Tests say
// when it has to be run.
import { readFileSync, writeFileSync } from "node:fs";
import { uncitedPage } from "./evidence.ts";
import { gateOperationsPage } from "./gate-operations-page.ts";
import { operationsPage } from "./operations-page.ts";
import { tables, withTable } from "./readme-tables.ts";

for (const [name, { page }] of Object.entries(tables)) {
  writeFileSync(page, withTable(readFileSync(page, "utf8"), name));
}
writeFileSync("docs/operations.md", operationsPage());
writeFileSync("docs/gate-operations.md", gateOperationsPage());
// Last, since the pages before it may cite facts, too.
writeFileSync("docs/evidence/uncited.md", uncitedPage());
