import { readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";

/** How AWS's service authorization reference types the values of a condition key. */
export type KeyType =
  | "String"
  | "ArrayOfString"
  | "ARN"
  | "ArrayOfARN"
  | "Bool"
  | "ArrayOfBool"
  | "Numeric"
  | "Date"
  | "IPAddress"
  | "Binary";

/** What a service's actions and resources can be asked about in conditions. */
export interface ServiceKeys {
  /** The keys that the service has, by their names, with variables: `s3:ExistingObjectTag/${key}`. */
  readonly types: Readonly<Record<string, KeyType>>;
  /** For each action the keys that it, or a resource that it acts on, knows, as places in `types`. */
  readonly actions: Readonly<Record<string, readonly number[]>>;
}

let services: Readonly<Record<string, ServiceKeys>> | undefined;

/** The condition keys of the service of that prefix, such as `s3`; undefined for one that the reference does not have. */
export function serviceKeys(prefix: string): ServiceKeys | undefined {
  services ??= JSON.parse(
    gunzipSync(readFileSync(new URL("./condition-keys.json.gz", import.meta.url))).toString("utf8"),
  ) as Record<string, ServiceKeys>;
  return Object.hasOwn(services, prefix) ? services[prefix] : undefined;
}
