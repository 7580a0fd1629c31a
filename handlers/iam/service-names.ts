import { referencedServices } from "../../catalog/service-reference.ts";

/**
 * A service's name in reports. For IAM they leave out the abbreviation in the reference
 * (evidence: last-accessed-names).
 */
export const serviceName = (namespace: string): string =>
  referencedServices()[namespace]!.name.replace(/ \(IAM\)$/, "");
