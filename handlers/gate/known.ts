import { gatedResources, keyAliases, type GatedResource } from "../../data/entities/gate.ts";
import type { Transaction } from "../../data/store.ts";
import type { Known } from "../../gate/call.ts";
import { accountIn } from "../../policy/arn.ts";

/** What calls that have passed through the gate have told of the resources that others name. */
export const knownIn = (tx: Transaction): Known => ({
  hashKey(arn) {
    const [table = "", index = ""] = arn.split("/index/", 2);
    return tx.get(gatedResources, table)?.hashKeys?.[index];
  },
  keyOfAlias: (arn) => tx.get(keyAliases, arn)?.key,
  secret: (arn) => tx.find(gatedResources, "secret", arn)?.arn,
});

/** The resource whose owner and policy count for an ARN: the bucket of an object, the table of an index. */
export function holderOf(arn: string): string {
  const [, partition, service, region, account] = arn.split(":");
  if (service === "s3" && region === "" && account === "") return arn.split("/", 1)[0]!;
  if (service === "dynamodb") return arn.split(/\/(?:index|stream|backup|export|import)\//, 1)[0]!;
  // A subscription's ARN is its topic's with an id behind.
  if (service === "sns") return arn.split(":").slice(0, 6).join(":");
  return partition === undefined ? "" : arn;
}

/** The account that a resource is in: as it was made, as its ARN says, or else `home`. */
export const ownerOf = (arn: string, home: string, tx: Transaction): string =>
  knownResource(arn, tx)?.account ?? accountIn(arn) ?? home;

/** What is known of the resource that an ARN is about; undefined where nothing that was told of it has passed the gate. */
export const knownResource = (arn: string, tx: Transaction): GatedResource | undefined =>
  tx.get(gatedResources, holderOf(arn));
