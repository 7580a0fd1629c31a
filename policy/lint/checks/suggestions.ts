import { checksOf } from "../check.ts";

const NULL_INSTEAD =
  "To determine if the request context is empty, we recommend that you use the Null condition operator with the value of true instead.";

/** Access Analyzer's suggestions (evidence: access-analyzer-suggestions). */
export const SUGGESTIONS = checksOf("suggestion", {
  ALLOW_WITH_UNSUPPORTED_TAG_CONDITION_KEY_FOR_SERVICE: [
    "Allow with unsupported tag condition key for service",
    "Using the effect Allow with the tag condition key {key} and actions for services with the following prefixes does not affect the policy: {services}. Actions for the listed service are not allowed by this statement. We recommend that you move these actions to a different statement without this condition key.",
  ],
  EMPTY_ARRAY_ACTION: [
    "Empty array action",
    "This statement includes no actions and does not affect the policy. Specify actions.",
  ],
  EMPTY_ARRAY_CONDITION: [
    "Empty array condition",
    "There are no values for the condition key {key} and it does not affect the policy. Specify conditions.",
  ],
  EMPTY_ARRAY_CONDITION_FORALLVALUES: [
    "Empty array condition ForAllValues",
    `The ForAllValues prefix with an empty condition key matches only if the key {key} is missing from the request context. ${NULL_INSTEAD}`,
  ],
  EMPTY_ARRAY_CONDITION_FORANYVALUE: [
    "Empty array condition ForAnyValue",
    "The ForAnyValue prefix with an empty condition key {key} never matches the request context and it does not affect the policy. Specify conditions.",
  ],
  EMPTY_ARRAY_CONDITION_IFEXISTS: [
    "Empty array condition IfExists",
    `The IfExists suffix with an empty condition key matches only if the key {key} is missing from the request context. ${NULL_INSTEAD}`,
  ],
  EMPTY_ARRAY_PRINCIPAL: [
    "Empty array principal",
    "This statement includes no principals and does not affect the policy. Specify principals.",
  ],
  EMPTY_ARRAY_RESOURCE: [
    "Empty array resource",
    "This statement includes no resources and does not affect the policy. Specify resources.",
  ],
  EMPTY_OBJECT_CONDITION: [
    "Empty object condition",
    "This condition block is empty and it does not affect the policy. Specify conditions.",
  ],
  EMPTY_OBJECT_PRINCIPAL: [
    "Empty object principal",
    "This statement includes no principals and does not affect the policy. Specify principals.",
  ],
  EMPTY_SID_VALUE: ["Empty Sid value", "Add a value to the empty string in the Sid element."],
  IMPROVE_IP_RANGE: [
    "Improve IP range",
    "The non-zero bits in the IP address after the masked bits are ignored. Replace address with {address}.",
  ],
  NULL_WITH_QUALIFIER: [
    "Null with qualifier",
    "Avoid using the Null condition operator with the ForAllValues or ForAnyValue qualifiers because they always return a true or false respectively.",
  ],
  PRIVATE_IP_ADDRESS_SUBSET: [
    "Private IP address subset",
    "The values for condition key aws:SourceIp include a mix of private and public IP addresses. The private addresses will not have the desired effect. aws:SourceIp works only for public IP address ranges.",
  ],
  PRIVATE_NOT_IP_ADDRESS_SUBSET: [
    "Private NotIpAddress subset",
    "The values for condition key aws:SourceIp include a mix of private and public IP addresses. The private addresses have no effect. aws:SourceIp works only for public IP address ranges.",
  ],
  REDUNDANT_ACTION: [
    "Redundant action",
    "The {count} action(s) are redundant because they provide similar permissions. Update the policy to remove the redundant action such as: {value}.",
  ],
  REDUNDANT_CONDITION_VALUE_NUM: [
    "Redundant condition value num",
    "Multiple values in {operator} are redundant. Replace with the {which} single value for {key}.",
  ],
  REDUNDANT_PRINCIPAL_ROLE_TRUST_POLICY: [
    "Redundant principal role trust policy",
    "The assumed-role principal {session} is redundant with its parent role {role}. Remove the assumed-role principal.",
  ],
  REDUNDANT_RESOURCE: [
    "Redundant resource",
    "The {count} resource ARN(s) are redundant because they reference the same resource. Review the use of wildcards (*) in the following: {value}",
  ],
  REDUNDANT_STATEMENT: [
    "Redundant statement",
    "The statements are redundant because they provide identical permissions. Update the policy to remove the redundant statement.",
  ],
});
