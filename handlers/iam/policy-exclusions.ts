import { fold } from "../../data/entities/accounts.ts";
import { InvalidInput } from "../errors.ts";
import type { IdentityPolicy } from "../identity-policies.ts";
import type { Input } from "../operation.ts";
import { Glob } from "../../policy/glob.ts";

type PolicyIdentifier = NonNullable<Input<"SimulatePrincipalPolicy">["PolicyExclusionList"]>[number];

/** What a simulation leaves out of a principal's policies. */
export interface Exclusions {
  readonly boundary: boolean;
  readonly scps: boolean;
  has(policy: IdentityPolicy): boolean;
}

/**
 * Reads PolicyExclusionList. Identifiers that match nothing are ignored, as are resource control policies, which the
 * simulator does not have. Throws InvalidInput for malformed identifiers; AWS's texts are not known
 * (evidence: simulator-exclusions).
 */
export function exclusionsOf(identifiers: readonly PolicyIdentifier[]): Exclusions {
  const tests = identifiers.map(testFor);
  const hasType = (type: string) => identifiers.some(({ PolicyType }) => PolicyType === type);
  return {
    boundary: hasType("permission-boundary"),
    scps: hasType("scp"),
    has: (policy) => tests.some((test) => test(policy)),
  };
}

type Test = (policy: IdentityPolicy) => boolean;

const isAwsOwned = (arn: string | undefined): boolean => arn?.startsWith("arn:aws:iam::aws:") ?? false;
const never: Test = () => false;

const BY_TYPE: Readonly<Record<string, Test>> = {
  "aws-managed": ({ arn }) => isAwsOwned(arn),
  "user-managed": ({ arn }) => arn !== undefined && !isAwsOwned(arn),
  inline: ({ inline }) => inline !== undefined,
  "permission-boundary": never,
  scp: never,
  rcp: never,
};

function testFor({ PolicyType, PolicyArn, InlinePolicyIdentifier }: PolicyIdentifier): Test {
  const given = [PolicyType, PolicyArn, InlinePolicyIdentifier].filter((member) => member !== undefined);
  if (given.length !== 1) {
    throw InvalidInput(
      "A policy identifier must have exactly one of PolicyType, PolicyArn and InlinePolicyIdentifier.",
    );
  }
  if (PolicyType !== undefined) {
    const test = Object.hasOwn(BY_TYPE, PolicyType) ? BY_TYPE[PolicyType] : undefined;
    return test ?? invalid(PolicyType);
  }
  if (PolicyArn !== undefined) {
    const [, owner, pattern] = /^arn:aws:iam::(aws|\d{12}):policy\/(?:.*\/)?([^/:]+)$/.exec(PolicyArn) ?? [];
    if (owner === undefined || pattern === undefined) return invalid(PolicyArn);
    const name = namePattern(pattern, PolicyArn);
    return ({ arn = "" }) =>
      arn.startsWith(`arn:aws:iam::${owner}:`) && name.matches(fold(arn.slice(arn.lastIndexOf("/") + 1)));
  }
  const { PolicyName = "", AttachmentType, AttachmentName = "" } = InlinePolicyIdentifier!;
  if (PolicyName === "" || !["user", "group", "role"].includes(AttachmentType ?? "")) return invalid(PolicyName);
  // A name that is only `*` is refused (evidence: simulator-exclusions).
  if (AttachmentName === "" || AttachmentName === "*") return invalid(AttachmentName);
  const owner = namePattern(AttachmentName, AttachmentName);
  return ({ inline }) =>
    inline !== undefined &&
    inline.ownerType === AttachmentType &&
    fold(inline.name) === fold(PolicyName) &&
    owner.matches(fold(inline.ownerName));
}

/** A name with at most one `*` and any number of `?` (API reference, "PolicyIdentifier"). */
function namePattern(pattern: string, identifier: string): Glob {
  if (pattern.indexOf("*") !== pattern.lastIndexOf("*")) return invalid(identifier);
  return Glob.of(fold(pattern));
}

function invalid(identifier: string): never {
  throw InvalidInput(`Invalid policy identifier: ${identifier}`);
}
