import { checksOf } from "../check.ts";

const tagKeys = (effect: string, what: string): string =>
  `Using the effect ${effect} with the tag condition key {key} and actions for services with the following prefixes ${what}: {services}.`;

/** Access Analyzer's security warnings (evidence: access-analyzer-security-warnings). */
export const SECURITY_WARNINGS = checksOf("security", {
  ALLOW_WITH_NOT_PRINCIPAL: [
    "Allow with NotPrincipal",
    "Using Allow with NotPrincipal can be overly permissive. We recommend that you use Principal instead.",
  ],
  DENY_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE: [
    "Deny with unsupported tag condition key for service",
    `${tagKeys("Deny", "can be overly permissive")} Actions for the listed services are not denied by this statement. We recommend that you move these actions to a different statement without this condition key.`,
  ],
  FORALLVALUES_WITH_SINGLE_VALUED_KEY: [
    "ForAllValues with single valued key",
    "Using ForAllValues qualifier with the single-valued condition key {key} can be overly permissive. We recommend that you remove ForAllValues:.",
  ],
  MISSING_CONDITION_KEY_FOR_OIDC_PRINCIPAL: [
    "Missing condition key for OIDC principal",
    "Using an Open ID Connect principal without a condition can be overly permissive. Add condition keys with a prefix that matches your federated OIDC principals to ensure that only the intended identity provider assumes the role.",
  ],
  MISSING_GITHUB_REPO_CONDITION_KEY: [
    "Missing github repo condition key",
    "Granting a federated GitHub principal permissions without a condition key can allow more sources to assume the role than intended. Add the token.actions.githubusercontent.com:sub condition key and specify the branch and repository name in the value.",
  ],
  PASS_ROLE_WITH_NOT_RESOURCE: [
    "Pass role with NotResource",
    "Using the iam:PassRole action with NotResource can be overly permissive because it can allow iam:PassRole permissions on multiple resources. We recommend that you specify resource ARNs instead.",
  ],
  PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE: [
    "Pass role with star in action and NotResource",
    "Using an action with a wildcard (*) and NotResource can be overly permissive because it allows iam:PassRole permissions on multiple resources. We recommend that you specify resource ARNs instead.",
  ],
  PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE: [
    "Pass role with star in action and resource",
    "Using wildcards (*) in the action and the resource can be overly permissive because it allows iam:PassRole permissions on all resources. We recommend that you specify resource ARNs or add the iam:PassedToService condition key to your statement.",
  ],
  PASS_ROLE_WITH_STAR_IN_RESOURCE: [
    "Pass role with star in resource",
    "Using the iam:PassRole action with wildcards (*) in the resource can be overly permissive because it allows iam:PassRole permissions on multiple resources. We recommend that you specify resource ARNs or add the iam:PassedToService condition key to your statement.",
  ],
  RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL: [
    "Restrict access to service principal",
    "Granting access to a service principal without specifying a source is overly permissive. Use aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths condition key to grant fine-grained access.",
  ],
});

/** Access Analyzer's warnings (evidence: access-analyzer-warnings). */
export const WARNINGS = checksOf("warning", {
  CREATE_SLR_WITH_NOT_RESOURCE: [
    "Create SLR with NotResource",
    "Using the iam:CreateServiceLinkedRole action with NotResource can allow creation of unintended service-linked roles for multiple resources. We recommend that you specify resource ARNs instead.",
  ],
  CREATE_SLR_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE: [
    "Create SLR with star in action and NotResource",
    "Using an action with a wildcard(*) and NotResource can allow creation of unintended service-linked roles because it can allow iam:CreateServiceLinkedRole permissions on multiple resources. We recommend that you specify resource ARNs instead.",
  ],
  CREATE_SLR_WITH_STAR_IN_ACTION_AND_RESOURCE: [
    "Create SLR with star in action and resource",
    "Using wildcards (*) in the action and the resource can allow creation of unintended service-linked roles because it allows iam:CreateServiceLinkedRole permissions on all resources. We recommend that you specify resource ARNs instead.",
  ],
  CREATE_SLR_WITH_STAR_IN_RESOURCE: [
    "Create SLR with star in resource",
    "Using the iam:CreateServiceLinkedRole action with wildcards (*) in the resource can allow creation of unintended service-linked roles. We recommend that you specify resource ARNs instead.",
  ],
  DEPRECATED_GLOBAL_CONDITION_KEY: [
    "Deprecated global condition key",
    "We recommend that you update {key} to use the newer condition key {newer}.",
  ],
  INVALID_DATE_VALUE: [
    "Invalid date value",
    "The date {date} might not resolve as expected. We recommend that you use the YYYY-MM-DD format.",
  ],
  INVALID_ROLE_REFERENCE: [
    "Invalid role reference",
    "The Principal element includes the IAM role ID {id}. We recommend that you use a role ARN instead.",
  ],
  INVALID_USER_REFERENCE: [
    "Invalid user reference",
    "The Principal element includes the IAM user ID {id}. We recommend that you use a user ARN instead.",
  ],
  MISSING_VERSION: [
    "Missing version",
    "We recommend that you specify the Version element to help you with debugging permission issues.",
  ],
  POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA: [
    "Policy size exceeds identity policy quota",
    "The {size} characters in the identity policy, excluding whitespace, exceed the {quota} character maximum for inline and managed policies. We recommend that you use multiple granular policies.",
  ],
  POLICY_SIZE_EXCEEDS_RESOURCE_POLICY_QUOTA: [
    "Policy size exceeds resource policy quota",
    "The {size} characters in the resource policy exceed the character maximum for resource policies. We recommend that you use multiple granular policies.",
  ],
  TYPE_MISMATCH: ["Type mismatch", "Use the operator type {allowed} instead of operator {operator}."],
  TYPE_MISMATCH_BOOLEAN: [
    "Type mismatch Boolean",
    "Add a valid Boolean value (true or false) for the condition operator {operator}.",
  ],
  TYPE_MISMATCH_DATE: [
    "Type mismatch date",
    "The date condition operator is used with an invalid value. Specify a valid date using YYYY-MM-DD or other ISO 8601 date/time format.",
  ],
  TYPE_MISMATCH_NUMBER: ["Type mismatch number", "Add a valid numeric value for the condition operator {operator}."],
  UNIQUE_SIDS_RECOMMENDED: [
    "Unique Sids recommended",
    "We recommend that you use statement IDs that are unique to your policy. Update the Sid value.",
  ],
  UNSUPPORTED_ACTION_FOR_CONDITION_KEY: [
    "Unsupported action for condition key",
    "The following actions: {actions} are not supported by the condition key: {key}. The condition will not be evaluated for these actions. We recommend that you move these actions to a different statement without this condition key.",
  ],
  WILDCARD_WITHOUT_LIKE_OPERATOR: [
    "Wildcard without like operator",
    "Your condition value includes a * or ? character. If you meant to use a wildcard (*, ?), update the condition operator to include Like.",
  ],
});
