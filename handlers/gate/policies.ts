import type { Transaction } from "../../data/store.ts";
import { readResourcePolicy } from "../../policy/document.ts";
import type { Fault } from "../../policy/faults.ts";
import { invalidPrincipalText } from "../../policy/trust-grammar.ts";
import { WireError } from "../errors.ts";
import { bindPrincipals } from "../iam/trust-policies.ts";
import { detailOf } from "../policy-documents.ts";
import type { GatedResource } from "../../data/entities/gate.ts";

/** A policy that may be kept, and whom it names. */
export type CheckedPolicy = Required<Pick<GatedResource, "policy" | "bindings">>;

/**
 * Checks the policy that a resource is to have, and finds the users and roles that it names. Throws the service's own refusal: S3's
 * says what is wrong, the others have one text for whatever it is (evidence: gate-bucket-policy-texts, gate-policy-texts).
 */
export function checkedPolicy(
  document: string,
  { service, arn }: { readonly service: string; readonly arn: string },
  tx: Transaction,
): CheckedPolicy {
  const bucket = service === "s3" ? arn.slice(arn.lastIndexOf(":") + 1) : undefined;
  const { structure, fault } = readResourcePolicy(document, service, bucket);
  if (fault) throw refusal(service, fault.message, detailOf(fault), fault.kind);
  const bindings = bindPrincipals(structure, tx, (principal) =>
    refusal(
      service,
      "Invalid principal in policy",
      `${invalidPrincipalText("AWS", principal)}: there is none.`,
      "principal",
    ),
  );
  return { policy: document, bindings };
}

function refusal(service: string, message: string, detail: string, kind: Fault["kind"]): WireError {
  const isPrincipal = kind === "principal";
  switch (service) {
    case "s3":
      return new WireError("MalformedPolicy", 400, message, detail);
    case "sqs":
      return new WireError("InvalidAttributeValue", 400, "Invalid value for the parameter Policy.", detail);
    case "sns":
      return new WireError(
        "InvalidParameter",
        400,
        `Invalid parameter: Policy Error: ${isPrincipal ? "PrincipalNotFound" : "null"}`,
        detail,
      );
    case "kms":
      return new WireError(
        "MalformedPolicyDocumentException",
        400,
        isPrincipal ? "Policy contains a statement with one or more invalid principals." : message,
        detail,
      );
    case "secretsmanager":
      return new WireError(
        "MalformedPolicyDocumentException",
        400,
        isPrincipal
          ? "This resource policy contains an unsupported principal."
          : "This resource policy contains a syntax error.",
        detail,
      );
    default:
      return new WireError("ValidationException", 400, `Invalid policy document: ${message}`, detail);
  }
}
