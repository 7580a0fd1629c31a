import { referencedServices } from "../../catalog/service-reference.ts";

/**
 * What reports call a service. Of IAM they leave out the abbreviation that the reference has
 * (evidence: last-accessed-names).
 */
export const serviceName = (namespace: string): string =>
  referencedServices()[namespace]!.name.replace(/ \(IAM\)$/, "");
