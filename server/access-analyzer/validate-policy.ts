import { createHash } from "node:crypto";
import type {
  ValidatePolicyCommandInput,
  ValidatePolicyCommandOutput,
  ValidatePolicyFinding,
} from "@aws-sdk/client-accessanalyzer";
import type { PolicyKind } from "../../policy/document.ts";
import { CHECKS } from "../../policy/lint/checks.ts";
import type { Level } from "../../policy/lint/check.ts";
import { learnMore } from "../../policy/lint/learn-more.ts";
import { type Finding, lint } from "../../policy/lint/lint.ts";
import type { Location } from "../../policy/locations.ts";
import { invalidInput } from "./input.ts";

const TYPES: Readonly<Record<Level, NonNullable<ValidatePolicyFinding["findingType"]>>> = {
  error: "ERROR",
  security: "SECURITY_WARNING",
  warning: "WARNING",
  suggestion: "SUGGESTION",
};

const KINDS: Readonly<Record<NonNullable<ValidatePolicyCommandInput["policyType"]>, PolicyKind>> = {
  IDENTITY_POLICY: "simulated",
  RESOURCE_POLICY: "simulated-resource",
  SERVICE_CONTROL_POLICY: "scp",
  RESOURCE_CONTROL_POLICY: "rcp",
};

/** As many findings as an answer has where the request does not say. */
const PAGE = 100;

type Output = Omit<ValidatePolicyCommandOutput, "$metadata">;

/** The findings that Access Analyzer has, in the order of the document; ours are left out, and so is what only IAM refuses. */
export function validatePolicy(input: ValidatePolicyCommandInput): Output {
  const { policyDocument = "", policyType = "IDENTITY_POLICY", validatePolicyResourceType: resourceType } = input;
  if (resourceType !== undefined && policyType !== "RESOURCE_POLICY") {
    const message = "validatePolicyResourceType can only be specified for resource policies.";
    throw invalidInput(message, "fieldValidationFailed", [{ name: "validatePolicyResourceType", message }]);
  }
  const kind = resourceType === "AWS::IAM::AssumeRolePolicyDocument" ? "trust" : KINDS[policyType];
  const findings = lint(policyDocument, { kind, resourceType }).filter(({ code }) => !CHECKS[code].ours);
  const digest = digestOf([policyDocument, policyType, resourceType]);
  const from = input.nextToken === undefined ? 0 : readToken(input.nextToken, digest);
  const to = from + (input.maxResults ?? PAGE);
  return {
    findings: findings.slice(from, to).map(shown),
    ...(to < findings.length && { nextToken: writeToken(to, digest) }),
  };
}

/** As Access Analyzer shows it, whose columns count from 0 (evidence: access-analyzer-locations). */
function shown(finding: Finding): ValidatePolicyFinding {
  const { code, message, steps, atName, start, end } = finding;
  const path = steps.map((step, place) => {
    if (typeof step === "number") return { index: step };
    return atName && place === steps.length - 1 ? { key: step } : { value: step };
  });
  return {
    findingDetails: message,
    findingType: TYPES[CHECKS[code].level],
    issueCode: code,
    learnMoreLink: learnMore(code)!,
    locations: [{ path, span: { start: position(start), end: position(end) } }],
  };
}

const position = ({ line, column, offset }: Location) => ({ line, column: column - 1, offset });

const digestOf = (parts: readonly (string | undefined)[]): string =>
  createHash("sha256").update(JSON.stringify(parts)).digest("base64url").slice(0, 22);

const writeToken = (place: number, digest: string): string => Buffer.from(`${place} ${digest}`).toString("base64url");

/** Where the next page begins. Throws Refused for a token that is none of this document's. */
function readToken(token: string, digest: string): number {
  const [place = "", owner] = Buffer.from(token, "base64url").toString("latin1").split(" ");
  if (owner === digest && /^\d{1,9}$/.test(place)) return Number(place);
  const message = "The nextToken is none that this policy was answered with.";
  throw invalidInput(message, "fieldValidationFailed", [{ name: "nextToken", message }]);
}
