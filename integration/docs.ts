// Writes what the sources know by themselves into the README and docs/: `npm run docs`, in the project's root. Tests say
// when that is due.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { operationsPage } from "./operations-page.ts";
import { withTables } from "./readme-tables.ts";

writeFileSync("README.md", withTables(readFileSync("README.md", "utf8")));
mkdirSync("docs", { recursive: true });
writeFileSync("docs/operations.md", operationsPage());
