import { checksOf } from "../check.ts";

/** What Access Analyzer calls an error (evidence: access-analyzer-errors). */
export const ERRORS = checksOf("error", {
  ARN_ACCOUNT_NOT_ALLOWED: [
    "ARN account not allowed",
    "The service {service} does not support specifying an account ID in the resource ARN.",
  ],
  ARN_REGION_NOT_ALLOWED: [
    "ARN Region not allowed",
    "The service {service} does not support specifying a Region in the resource ARN.",
  ],
  DATA_TYPE_MISMATCH: ["Data type mismatch", "The text does not match the expected JSON data type {type}."],
  DUPLICATE_KEYS_WITH_DIFFERENT_CASE: [
    "Duplicate keys with different case",
    "The condition key {key} appears more than once with different capitalization in the same condition block. Remove the duplicate condition keys.",
  ],
  EMPTY_VARIABLE: [
    "Empty variable",
    "Empty policy variable. Remove the ${ } variable structure or provide a variable within the structure.",
  ],
  FEDERATED_PRINCIPAL_NOT_SUPPORTED: [
    "Federated principal not supported",
    "The policy type does not support a federated identity provider in the principal element. Use a supported principal.",
  ],
  INVALID_ACTION: ["Invalid action", "The action {action} does not exist."],
  INVALID_ARN_ACCOUNT: [
    "Invalid ARN account",
    "The resource ARN account ID {account} is not valid. Provide a 12-digit account ID.",
  ],
  INVALID_ARN_PREFIX: ["Invalid ARN prefix", "Add the required prefix (arn) to the resource ARN."],
  INVALID_ARN_REGION: [
    "Invalid ARN Region",
    "The Region {region} is not valid for this resource. Update the resource ARN to include a supported Region.",
  ],
  INVALID_ARN_RESOURCE: [
    "Invalid ARN resource",
    "Resource ARN does not match the expected ARN format. Update the resource portion of the ARN.",
  ],
  INVALID_ARN_SERVICE_CASE: [
    "Invalid ARN service case",
    "Update the service name {service} in the resource ARN to use all lowercase letters.",
  ],
  INVALID_CONDITION_DATA_TYPE: [
    "Invalid condition data type",
    "The condition value data types do not match. Use condition values of the same JSON data type.",
  ],
  INVALID_CONDITION_KEY_FORMAT: [
    "Invalid condition key format",
    "The condition key format is not valid. Use the format service:keyname.",
  ],
  INVALID_CONDITION_MULTIPLE_BOOLEAN: [
    "Invalid condition multiple Boolean",
    "The condition key does not support multiple Boolean values. Use a single Boolean value.",
  ],
  INVALID_CONDITION_OPERATOR: [
    "Invalid condition operator",
    "The condition operator {operator} is not valid. Use a valid condition operator.",
  ],
  INVALID_EFFECT: ["Invalid effect", "The effect {effect} is not valid. Use Allow or Deny."],
  INVALID_GLOBAL_CONDITION_KEY: [
    "Invalid global condition key",
    "The condition key {key} does not exist. Use a valid condition key.",
  ],
  INVALID_PARTITION: [
    "Invalid partition",
    "The resource ARN for the service {service} does not support the partition {partition}. Use the supported values: {partitions}",
  ],
  INVALID_POLICY_ELEMENT: ["Invalid policy element", "The policy element {element} is not valid."],
  INVALID_PRINCIPAL_FORMAT: [
    "Invalid principal format",
    "The Principal element contents are not valid. Specify a key-value pair in the Principal element.",
  ],
  INVALID_PRINCIPAL_KEY: ["Invalid principal key", "The principal key {key} is not valid."],
  INVALID_REGION: [
    "Invalid Region",
    "The Region {region} is not valid. Update the condition value to a suported Region.",
  ],
  INVALID_SERVICE_CONDITION_KEY: [
    "Invalid service condition key",
    "The condition key {key} does not exist in the service {service}. Use a valid condition key.",
  ],
  INVALID_SERVICE_IN_ACTION: [
    "Invalid service in action",
    "The service {service} specified in the action does not exist.",
  ],
  INVALID_SERVICE_PRINCIPAL_FORMAT: [
    "Invalid service principal format",
    "The service principal does not match the expected format. Use the format {format}.",
  ],
  INVALID_VARIABLE_FOR_OPERATOR: [
    "Invalid variable for operator",
    "Policy variables can only be used with String and ARN operators.",
  ],
  INVALID_VERSION: [
    "Invalid version",
    "The version {version} is not valid. Use one of the following versions: {versions}",
  ],
  INVALID_VPC_FORMAT: [
    "Invalid VPC format",
    "The VPC identifier in the condition key value is not valid. Use the prefix 'vpc-' followed by 8 or 17 alphanumeric characters.",
  ],
  INVALID_VPCE_FORMAT: [
    "Invalid VPCE format",
    "The VPCE identifier in the condition key value is not valid. Use the prefix 'vpce-' followed by 8 or 17 alphanumeric characters.",
  ],
  JSON_SYNTAX_ERROR: ["JSON syntax error", "Fix the JSON syntax error at index {index} line {line} column {column}."],
  MISSING_ACTION: ["Missing action", "Add an Action or NotAction element to the policy statement."],
  MISSING_ARN_ACCOUNT: [
    "Missing ARN account",
    "The resource {resource} in the arn is missing an account id. Please provide a 12 digit account id.",
  ],
  MISSING_ARN_FIELD: [
    "Missing ARN field",
    "Resource ARNs must include at least {number} fields in the following structure: arn:partition:service:region:account:resource",
  ],
  MISSING_ARN_REGION: ["Missing ARN Region", "Add a Region to the {service} resource ARN."],
  MISSING_BRACE_IN_VARIABLE: [
    "Missing brace in variable",
    "The policy variable is missing a closing curly brace. Add } after the variable text.",
  ],
  MISSING_EFFECT: ["Missing effect", "Add an Effect element to the policy statement with a value of Allow or Deny."],
  MISSING_PRINCIPAL: ["Missing principal", "Add a Principal element to the policy statement."],
  MISSING_QUALIFIER: [
    "Missing qualifier",
    "The request context key {key} has multiple values. Use the ForAllValues or ForAnyValue condition key qualifiers in your policy.",
  ],
  MISSING_QUOTE_IN_VARIABLE: [
    "Missing quote in variable",
    "The policy variable default value must begin and end with single quotes. Add the missing quotes.",
  ],
  MISSING_RESOURCE: ["Missing resource", "Add a Resource or NotResource element to the policy statement."],
  MISSING_STATEMENT: ["Missing statement", "Add a statement to the policy"],
  NULL_WITH_IF_EXISTS: [
    "Null with if exists",
    "The Null condition operator cannot be used with the IfExists suffix. Update the operator or the suffix.",
  ],
  POLICY_SIZE_EXCEEDS_RCP_QUOTA: [
    "Policy size exceeds RCP quota",
    "The {size} characters in the resource control policy (RCP) exceed the {quota} character maximum for RCPs. We recommend that you use multiple granular policies.",
  ],
  POLICY_SIZE_EXCEEDS_SCP_QUOTA: [
    "Policy size exceeds SCP quota",
    "The {size} characters in the service control policy (SCP) exceed the {quota} character maximum for SCPs. We recommend that you use multiple granular policies.",
  ],
  PRIVATE_IP_ADDRESS: [
    "Private IP address",
    "aws:SourceIp works only for public IP address ranges. The values for condition key aws:SourceIp include only private IP addresses and will not have the desired effect.",
  ],
  PRIVATE_NOT_IP_ADDRESS: [
    "Private NotIpAddress",
    "The values for condition key aws:SourceIp include only private IP addresses and has no effect. aws:SourceIp works only for public IP address ranges.",
  ],
  RCP_SYNTAX_ERROR_ACTION: [
    "RCP syntax error action",
    "RCPs only support specifying select service prefixes in the Action element.",
  ],
  RCP_SYNTAX_ERROR_ALLOW: [
    "RCP syntax error allow",
    "RCPs only support specifying all principals in the Principal element, all resources in the Resource element, and no Condition element with an Allow effect.",
  ],
  RCP_SYNTAX_ERROR_NOTACTION: [
    "RCP syntax error NotAction",
    "RCPs do not support the NotAction element. Update to use the Action element.",
  ],
  RCP_SYNTAX_ERROR_PRINCIPAL: [
    "RCP syntax error principal",
    'RCPs only support the Principal element with "*" to specify all principals.',
  ],
  ROLE_TRUST_POLICY_SYNTAX_ERROR_NOTRESOURCE: [
    "Role trust policy syntax error notresource",
    "Role trust policies apply to the role that they are attached to. You cannot specify a NotResource. Remove the NotResource element.",
  ],
  ROLE_TRUST_POLICY_SYNTAX_ERROR_RESOURCE: [
    "Role trust policy syntax error resource",
    "Role trust policies apply to the role that they are attached to. You cannot specify a resource. Remove the Resource element.",
  ],
  ROLE_TRUST_POLICY_UNSUPPORTED_WILDCARD_IN_PRINCIPAL: [
    "Role trust policy unsupported wildcard in principal",
    '"Principal:" "*" is not supported in the principal element of a role trust policy. Replace the wildcard with a valid principal value.',
  ],
  SCP_SYNTAX_ERROR_PRINCIPAL: [
    "SCP syntax error principal",
    "SCPs do not support specifying principals. Remove the Principal or NotPrincipal element.",
  ],
  TYPE_MISMATCH_IP_RANGE: [
    "Type mismatch IP range",
    "The condition operator {operator} is used with an invalid IP range value. Specify the IP range in standard CIDR format.",
  ],
  UNIQUE_SIDS_REQUIRED: [
    "Unique Sids required",
    "Duplicate statement IDs are not supported for this policy type. Update the Sid value.",
  ],
  UNSUPPORTED_ACTION_IN_POLICY: [
    "Unsupported action in policy",
    "The action {action} is not supported for the resource-based policy attached to the resource type {type}.",
  ],
  UNSUPPORTED_ELEMENT_COMBINATION: [
    "Unsupported element combination",
    "The policy elements {one} and {other} can not be used in the same statement. Remove one of these elements.",
  ],
  UNSUPPORTED_PRINCIPAL: [
    "Unsupported principal",
    "The policy type {type} does not support the Principal element. Remove the Principal element.",
  ],
  UNSUPPORTED_RESOURCE_ARN_IN_POLICY: [
    "Unsupported resource ARN in policy",
    "The resource ARN is not supported for the resource-based policy attached to the resource type {type}.",
  ],
  UNSUPPORTED_SID: [
    "Unsupported Sid",
    "Update the characters in the Sid element to use one of the following character types: [a-z, A-Z, 0-9]",
  ],
  UNSUPPORTED_SPACE_IN_VARIABLE: [
    "Unsupported space in variable",
    "A space is not supported within the policy variable text. Remove the space.",
  ],
  UNSUPPORTED_WILDCARD_IN_PRINCIPAL: [
    "Unsupported wildcard in principal",
    "Wildcards (*, ?) are not supported with the principal key {key}. Replace the wildcard with a valid principal value.",
  ],
  VARIABLE_UNSUPPORTED_IN_ELEMENT: [
    "Variable unsupported in element",
    "Policy variables are supported in the Resource and Condition elements. Remove the policy variable {variable} from this element.",
  ],
  VARIABLE_UNSUPPORTED_IN_VERSION: [
    "Variable unsupported in version",
    "To include variables in your policy, use the policy version 2012-10-17 or later.",
  ],
});
