import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { base32 } from "../data/ids.ts";

/** A policy that AWS owns. The documents are AWS's own (see NOTICE). */
export interface AwsManagedPolicy {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  /** `ANPA…`. The source does not have AWS's id, so this one is derived from the ARN and never changes. */
  readonly id: string;
  /** A sort key that gives the order of ListPolicies: by age, then by name. */
  readonly place: string;
  /** The number of the latest version, such as 3 for `v3`, which is also the default version. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** The versions on record, newest first. */
  readonly versions: readonly AwsPolicyVersion[];
  /** The part of the file that holds its older documents. */
  readonly part: number;
}

export interface AwsPolicyVersion {
  readonly number: number;
  /** Absent where it is not on record. */
  readonly createdAt?: number;
}

/** Times in seconds; 0 for older versions whose time is not known. */
export type IndexRow = readonly [
  path: string,
  name: string,
  version: number,
  createdAt: number,
  updatedAt: number,
  part: number,
  older: readonly (readonly [number: number, createdAt: number])[],
];

export interface ManagedPolicyIndex {
  readonly rows: readonly IndexRow[];
  /** The length in bytes of each part of the file of older documents; the parts follow one another. */
  readonly partLengths: readonly number[];
}

// Read when first asked for, so that the process starts sooner.
let index: ManagedPolicyIndex | undefined;
let policies: ReadonlyMap<string, AwsManagedPolicy> | undefined;
let latest: Readonly<Record<string, string>> | undefined;
let older: { readonly part: number; readonly documents: Readonly<Record<string, string>> } | undefined;
const indented = new Map<string, string>();

const readIndex = (): ManagedPolicyIndex => (index ??= unpacked(readFileSync(file("index"))) as ManagedPolicyIndex);

/** All of them by ARN, in the order in which ListPolicies shows them. */
export function awsManagedPolicies(): ReadonlyMap<string, AwsManagedPolicy> {
  return (policies ??= new Map(
    readIndex()
      .rows.map(policyOf)
      .toSorted((a, b) => (a.place < b.place ? -1 : 1))
      .map((policy) => [policy.arn, policy]),
  ));
}

function policyOf([path, name, version, created, updated, part, olderVersions]: IndexRow): AwsManagedPolicy {
  const arn = `arn:aws:iam::aws:policy${path}${name}`;
  const id = `ANPA${base32(createHash("sha256").update(arn).digest()).slice(0, 17)}`;
  const [createdAt, updatedAt] = [created * 1000, updated * 1000];
  const place = `${String(createdAt).padStart(14, "0")} ${name}`;
  const versions = [
    { number: version, createdAt: updatedAt },
    ...olderVersions.map(([number, at]) => ({ number, ...(at > 0 && { createdAt: at * 1000 }) })),
  ];
  return { arn, name, path, id, place, version, createdAt, updatedAt, versions, part };
}

/** The document of a version, indented as AWS stores it (evidence: aws-managed-policies-indentation). */
export function awsManagedPolicyDocument({ name, part, version }: AwsManagedPolicy, number = version): string {
  if (number !== version) return withIndentation(olderDocuments(part)[`${name} ${number}`]!);
  let document = indented.get(name);
  if (document === undefined) {
    latest ??= unpacked(readFileSync(file("documents"))) as Record<string, string>;
    indented.set(name, (document = withIndentation(latest[name]!)));
  }
  return document;
}

const withIndentation = (document: string): string => JSON.stringify(JSON.parse(document), undefined, 2);

/** Keeps the part that was read last: a caller that reads one version of a policy often reads them all. */
function olderDocuments(part: number): Readonly<Record<string, string>> {
  if (older?.part === part) return older.documents;
  const { partLengths } = readIndex();
  const start = partLengths.slice(0, part).reduce((sum, length) => sum + length, 0);
  const bytes = Buffer.alloc(partLengths[part]!);
  const descriptor = openSync(file("older"), "r");
  try {
    readSync(descriptor, bytes, 0, bytes.length, start);
  } finally {
    closeSync(descriptor);
  }
  older = { part, documents: unpacked(bytes) as Record<string, string> };
  return older.documents;
}

const file = (name: "index" | "documents" | "older"): URL =>
  new URL(`./aws-managed-policies.${name}.json.br`, import.meta.url);

const unpacked = (bytes: Buffer): unknown => JSON.parse(brotliDecompressSync(bytes).toString("utf8"));
