import { InvalidInput } from "../errors.ts";

/**
 * The status that an access key, certificate, SSH key or service-specific credential is to have. The model's enum has
 * `Expired`, which none can be set to (evidence: key-status-expired). Throws InvalidInput.
 */
export function settableStatus(status: "Active" | "Inactive" | "Expired"): "Active" | "Inactive" {
  if (status === "Expired") throw InvalidInput("Operation does not support status Expired");
  return status;
}
