import { splitArn } from "../policy/arn.ts";
import { CannotMap } from "./cannot-map.ts";
import type { Call } from "./rule.ts";

/** Whose names are meant. */
type Place = Pick<Call, "region" | "account">;

export function partitionOf(region: string): string {
  if (region.startsWith("cn-")) return "aws-cn";
  if (region.startsWith("us-gov-")) return "aws-us-gov";
  return region.startsWith("eusc-") ? "aws-eusc" : "aws";
}

/** The ARN of what the caller's account has in the region of the call. */
export const arnOf = ({ region, account }: Place, service: string, resource: string): string =>
  `arn:${partitionOf(region)}:${service}:${region}:${account}:${resource}`;

export const isArn = (text: string): boolean => text.startsWith("arn:");

/**
 * An ARN that a request gives. It must be of that service, and of the partition and region of the call: AWS has nothing else at
 * this endpoint, but the service behind the gate may look at the name alone, and policies that forbid it would not apply.
 * What DynamoDB Local calls its region, `ddblocal`, is that of the call. Throws CannotMap.
 */
export function givenArn(place: Place, text: string, service: string, resource: RegExp): string {
  const parts = splitArn(text);
  if (parts?.[0] !== "arn" || parts[2] !== service || !resource.test(parts[5])) {
    throw new CannotMap(`${text} is no ARN of what this operation acts on.`);
  }
  if (parts[3] === "ddblocal") return arnOf(place, service, parts[5]);
  const global = parts[3] === "" && service === "dynamodb" && parts[5].startsWith("global-table/");
  if (parts[1] !== partitionOf(place.region) || (parts[3] !== place.region && !global) || !/^\d{12}$/.test(parts[4])) {
    throw new CannotMap(`${text} is not in ${place.region}, where the request was sent.`);
  }
  return text;
}
