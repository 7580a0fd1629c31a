import { checksOf } from "../check.ts";

const ERRORS = checksOf(
  "error",
  {
    REFUSED_BY_IAM: ["Refused by IAM", "IAM refuses the document."],
    DUPLICATE_ELEMENT: ["Duplicate element", "The element is there twice, and IAM refuses the document."],
    POLICY_SIZE_EXCEEDS_QUOTA: [
      "Policy size exceeds quota",
      "The document has {size} characters without white space; {what} may have {quota}.",
    ],
    TOO_LARGE_TO_CHECK: [
      "Too large to check",
      "No kind of policy may have {size} characters. Only what makes IAM refuse it was looked for.",
    ],
  },
  true,
);

const SECURITY = checksOf(
  "security",
  {
    ALLOW_TO_EVERYONE: [
      "Allow to everyone",
      "The statement allows {what} to everyone, in all accounts of AWS, without a condition that says who.",
    ],
    MFA_BOOL_LETS_KEYS_THROUGH: [
      "Bool lets access keys through",
      "Requests with long-term access keys do not have {key} at all, so {operator} is not met and they are not denied. Use {instead}, which is also met where the key is absent.",
    ],
    MFA_IF_EXISTS_LETS_KEYS_THROUGH: [
      "IfExists lets access keys through",
      "Requests with long-term access keys do not have {key} at all, so {operator} is met and they are allowed without MFA. Use {instead}.",
    ],
    MFA_NULL_LETS_SESSIONS_THROUGH: [
      "Null lets sessions without MFA through",
      "Temporary credentials that were made without MFA have {key} as well, with the value false, so Null does not tell them from those with MFA. Use {instead}.",
    ],
  },
  true,
);

const WARNINGS = checksOf(
  "warning",
  {
    ACTION_WITHOUT_RESOURCE: [
      "Action without a resource",
      "{action} acts on none of the statement's resources; it acts on {arns}.",
    ],
    RESOURCE_WITHOUT_ACTION: ["Resource without an action", "None of the statement's actions acts on {resource}."],
    NO_MATCHING_ACTION: ["No matching action", "{pattern} matches no action of AWS's service reference."],
    CONDITION_KEY_WITHOUT_ACTION: [
      "Condition key without an action",
      "None of the statement's actions knows {key}, so requests never have it.",
    ],
  },
  true,
);

/** What Access Analyzer does not look for. */
export const OURS = { ...ERRORS, ...SECURITY, ...WARNINGS };
