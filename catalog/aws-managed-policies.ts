import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import { base32 } from "../data/ids.ts";

/** A policy that AWS owns, in its latest version, which is its default one. The documents are AWS's own (see NOTICE). */
export interface AwsManagedPolicy {
  readonly arn: string;
  readonly name: string;
  readonly path: string;
  /** `ANPA…`. The source does not tell AWS's id, so this one is derived from the ARN and stays the same. */
  readonly id: string;
  /** The number of its latest version, such as 3 for `v3`. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

type IndexRow = readonly [path: string, name: string, version: number, createdAt: number, updatedAt: number];

// Read when first asked for: the start of the process does not wait for them.
let index: ReadonlyMap<string, AwsManagedPolicy> | undefined;
let documents: Readonly<Record<string, string>> | undefined;

/** All of them by ARN, in the order of their ids, as ListPolicies shows them. */
export function awsManagedPolicies(): ReadonlyMap<string, AwsManagedPolicy> {
  return (index ??= new Map(
    (read("index") as IndexRow[])
      .map(([path, name, version, createdAt, updatedAt]): AwsManagedPolicy => {
        const arn = `arn:aws:iam::aws:policy${path}${name}`;
        const id = `ANPA${base32(createHash("sha256").update(arn).digest()).slice(0, 17)}`;
        return { arn, name, path, id, version, createdAt, updatedAt };
      })
      .toSorted((a, b) => (a.id < b.id ? -1 : 1))
      .map((policy) => [policy.arn, policy]),
  ));
}

/** The document of the latest version. */
export function awsManagedPolicyDocument({ name }: AwsManagedPolicy): string {
  documents ??= read("documents") as Record<string, string>;
  return documents[name]!;
}

function read(part: "index" | "documents"): unknown {
  const file = new URL(`./aws-managed-policies.${part}.json.gz`, import.meta.url);
  return JSON.parse(gunzipSync(readFileSync(file)).toString("utf8"));
}
