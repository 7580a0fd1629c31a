// Writes what the sources know by themselves into the README and docs/: `npm run docs`, in the project's root. Tests say
// when that is due.
import { readFileSync, writeFileSync } from "node:fs";
import { uncitedPage } from "./evidence.ts";
import { operationsPage } from "./operations-page.ts";
import { withTables } from "./readme-tables.ts";

writeFileSync("README.md", withTables(readFileSync("README.md", "utf8")));
writeFileSync("docs/operations.md", operationsPage());
// Last, since the pages before it may cite facts, too.
writeFileSync("docs/evidence/uncited.md", uncitedPage());
