import { InvalidInput } from "../errors.ts";

/**
 * The new status of an access key, certificate, SSH key or service-specific credential. The model's enum also has
 * `Expired`, which cannot be set (evidence: key-status-expired). Throws InvalidInput.
 */
export function settableStatus(status: "Active" | "Inactive" | "Expired"): "Active" | "Inactive" {
  if (status === "Expired") throw InvalidInput("Operation does not support status Expired");
  return status;
}
