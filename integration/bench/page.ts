import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { report } from "./table.ts";

/** Writes the measured figures to docs/performance.md, with how and where they were measured. */
export function writePage(): void {
  const command = ["npm run bench --", ...process.argv.slice(2)].join(" ");
  const machine = `node ${process.versions.node}, ${cpus().length} cores of ${cpus()[0]!.model}`;
  writeFileSync(
    "docs/performance.md",
    `# Performance

Written by \`npm run build && ${command}\` (${machine}).
Each request is signed anew and verified. Compare numbers of one run only: "x bare" is the server's CPU for a request over
that of a bare \`node:http\` server in the same run, which reads the body and answers the same text.
${report()}

[The gate](gate.md#speed) has a bench of its own: \`node dist/integration/bench/gate.js\`. \`node dist/integration/bench/listeners.js\` measures the
pages that listen to the trail alone.
`,
  );
}
