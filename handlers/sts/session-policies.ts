import type { Session } from "../caller.ts";
import { MalformedPolicyDocument } from "../errors.ts";
import { findPolicy } from "../iam/managed-policies.ts";
import type { Context } from "../operation.ts";
import { parsePolicy } from "../policy-documents.ts";
import { percentOf, policyTooLarge } from "../sessions.ts";

/** The most characters of an inline session policy (API reference). */
const MAXIMUM_PLAINTEXT = 2048;

interface PolicyRequest {
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined;
}

/**
 * The session policies of a request, checked; managed ones are those of `account`, the session's, or AWS's. Throws
 * PackedPolicyTooLarge and MalformedPolicyDocument.
 */
export function sessionPolicies(
  { Policy, PolicyArns = [] }: PolicyRequest,
  account: string,
  { tx }: Context,
): Pick<Session, "policy" | "policyArns"> {
  if (Policy !== undefined) {
    // The model limits the text for every operation except AssumeRole.
    if (Policy.length > MAXIMUM_PLAINTEXT) throw policyTooLarge(percentOf(Policy.length, MAXIMUM_PLAINTEXT));
    parsePolicy(Policy, "session");
  }
  const policyArns = PolicyArns.map(({ arn = "" }) => {
    // AWS's answer is not known: this is IAM's text, with STS's code for session policies.
    if (!findPolicy(arn, { tx, account })) {
      throw MalformedPolicyDocument(`Policy ${arn} does not exist or is not attachable.`);
    }
    return arn;
  });
  return { ...(Policy !== undefined && { policy: Policy }), ...(policyArns.length > 0 && { policyArns }) };
}
