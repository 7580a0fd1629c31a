import { referencedService } from "../../catalog/service-reference.ts";
import type { Path } from "../json.ts";
import { splitAtColons } from "../template.ts";
import { found, type LintFinding, placedStatements, type Subject } from "./finding.ts";
import { servicePrefixes } from "./known-actions.ts";
import { type ArnShape, arnShape, overlap, templateShape } from "./overlap.ts";

const PARTITIONS = ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"];
/** As regions are called; which of them there are is not looked at. */
const REGION = /^[a-z]{2,4}(?:-[a-z]+){1,3}-\d{1,2}$/;
/** Services with resources of AWS's own, whose ARNs have no account: public documents, parameters, images and views. */
const OWNED_BY_AWS = ["ssm", "imagebuilder", "resource-explorer-2"];
const OPEN = /[*?]|\$\{/;

/** Resources that are no ARNs of their service. */
export function* resourceFindings(subject: Subject): Iterable<LintFinding> {
  for (const { statement, path } of placedStatements(subject)) {
    for (const name of ["Resource", "NotResource"] as const) {
      const resources = (name === "Resource" ? statement.resources : statement.notResources) ?? [];
      for (const [place, resource] of resources.entries()) {
        const finding = malformed(resource, [...path, name, place]);
        if (finding !== undefined) yield finding;
      }
    }
  }
}

/** What is wrong with a resource as it is written. */
export function malformed(resource: string, path: Path): LintFinding | undefined {
  if (/^\*+$/.test(resource) || resource.startsWith("${")) return undefined;
  const parts = splitAtColons(resource);
  const [prefix = "", partition = "", service = "", region = "", account = ""] = parts;
  if (prefix !== "arn" && !OPEN.test(prefix)) return found("INVALID_ARN_PREFIX", path);
  if (parts.length < 6 && !resource.endsWith("*")) return found("MISSING_ARN_FIELD", path, { number: 6 });
  if (!PARTITIONS.includes(partition) && !OPEN.test(partition)) {
    return found("INVALID_PARTITION", path, { service, partition, partitions: PARTITIONS.join(", ") });
  }
  if (service !== service.toLowerCase() && !OPEN.test(service)) {
    return found("INVALID_ARN_SERVICE_CASE", path, { service });
  }
  if (region !== "" && !REGION.test(region) && !OPEN.test(region)) return found("INVALID_ARN_REGION", path, { region });
  if (account !== "" && !/^(?:\d{12}|aws|cloudfront|third-party)$/.test(account) && !OPEN.test(account)) {
    return found("INVALID_ARN_ACCOUNT", path, { account });
  }
  const shape = arnShape(resource);
  return shape && unlikeService(resource, shape, service, path);
}

/** A resource against the ARNs that its service has. */
function unlikeService(resource: string, shape: ArnShape, service: string, path: Path): LintFinding | undefined {
  const shapes = shapesOf(service);
  if (shapes.length === 0) return undefined;
  const alike = shapes.filter((known) => overlap(shape[5], known[5]));
  if (alike.length === 0) return found("INVALID_ARN_RESOURCE", path);
  const [, , , region, account] = shape;
  const all = (test: (known: ArnShape) => boolean) => alike.every(test);
  if (region !== "" && !OPEN.test(region) && all((known) => known[3] === "")) {
    return found("ARN_REGION_NOT_ALLOWED", path, { service });
  }
  if (account !== "" && !OPEN.test(account) && all((known) => known[4] === "")) {
    return found("ARN_ACCOUNT_NOT_ALLOWED", path, { service });
  }
  if (region === "" && all((known) => known[3] === "*")) return found("MISSING_ARN_REGION", path, { service });
  if (account === "" && !OWNED_BY_AWS.includes(service) && all((known) => known[4] === "*"))
    return found("MISSING_ARN_ACCOUNT", path, { resource });
  return undefined;
}

const shapes = new Map<string, readonly ArnShape[]>();

/** The ARNs whose third part is this; services share such prefixes, as `elasticloadbalancing` and its second version do. */
function shapesOf(service: string): readonly ArnShape[] {
  if (shapes.size === 0) {
    const byVendor = new Map<string, ArnShape[]>();
    for (const prefix of servicePrefixes()) {
      for (const arn of referencedService(prefix)!.arns) {
        const shape = templateShape(arn);
        const there = byVendor.get(shape[2]);
        if (there === undefined) byVendor.set(shape[2], [shape]);
        else there.push(shape);
      }
    }
    for (const [vendor, list] of byVendor) shapes.set(vendor, list);
  }
  return shapes.get(service) ?? [];
}
