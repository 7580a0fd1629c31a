const LENGTH = 25;
const AUTHORIZATION_ID = new RegExp(`^[0-9a-z]{${LENGTH}}$`);

/**
 * The id of a refusal's authorization details, which IAM's messages name: 25 characters, exactly what a UUID takes in
 * base 36 (evidence: authz-details-sentence). Here it is the request's id in base 36.
 */
export const authorizationId = (requestId: string): string =>
  BigInt(`0x${requestId.replaceAll("-", "")}`)
    .toString(36)
    .padStart(LENGTH, "0");

/** The id of the request that was refused; undefined if the text is not an id of authorization details. */
export function refusedRequestId(id: string): string | undefined {
  if (!AUTHORIZATION_ID.test(id)) return undefined;
  const number = Array.from(id).reduce((sum, digit) => sum * 36n + BigInt(Number.parseInt(digit, 36)), 0n);
  const hex = number.toString(16).padStart(32, "0");
  if (hex.length > 32) return undefined;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

// Refusals of these were seen without the sentence (evidence: authz-details-sentence).
const WITHOUT_DETAILS = /^iam:(?:(?:Enable|Disable)OrganizationsRoot\w+|ListOrganizationsFeatures)$/;

const BEGINNING = ". Go to https://us-east-1.console.aws.amazon.com/iam/home?region=us-east-1#/authorization-details/";

/**
 * The last sentence of IAM's refusals since 2026; empty for actions of other services, and for those whose refusals
 * were seen without it.
 */
export function detailsSentence(action: string, requestId: string): string {
  if (!action.startsWith("iam:") || WITHOUT_DETAILS.test(action)) return "";
  const id = authorizationId(requestId);
  return `${BEGINNING}${id} for complete details, or call the GetRequestAuthorizationDetails API with the following authorization id: ${id}`;
}

/**
 * A message without that sentence. The emulator shows the details itself, and the sentence would send people to AWS.
 */
export const withoutDetails = (message: string): string => message.split(BEGINNING, 1)[0]!;
