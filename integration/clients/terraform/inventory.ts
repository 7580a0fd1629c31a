import type { Attributes } from "./terraform.ts";

// How the AWS provider treats the arguments of each resource, and how it imports one.

/**
 * Arguments that are changed in place. Any other change, also of a resource that is not listed, replaces the resource.
 */
export const UPDATED_IN_PLACE: Readonly<Record<string, readonly string[]>> = {
  aws_iam_access_key: ["status"],
  aws_iam_account_password_policy: [
    "allow_users_to_change_password",
    "hard_expiry",
    "max_password_age",
    "minimum_password_length",
    "password_reuse_prevention",
    "require_lowercase_characters",
    "require_numbers",
    "require_symbols",
    "require_uppercase_characters",
  ],
  aws_iam_group: ["name", "path"],
  aws_iam_group_membership: ["users"],
  aws_iam_group_policies_exclusive: ["policy_names"],
  aws_iam_group_policy: ["policy"],
  aws_iam_group_policy_attachments_exclusive: ["policy_arns"],
  aws_iam_instance_profile: ["role", "tags"],
  aws_iam_openid_connect_provider: ["client_id_list", "tags", "thumbprint_list"],
  aws_iam_organizations_features: ["enabled_features"],
  aws_iam_policy: ["policy", "tags"],
  aws_iam_policy_attachment: ["groups", "roles", "users"],
  aws_iam_role: [
    "assume_role_policy",
    "description",
    "force_detach_policies",
    "inline_policy",
    "managed_policy_arns",
    "max_session_duration",
    "permissions_boundary",
    "tags",
  ],
  aws_iam_role_policies_exclusive: ["policy_names"],
  aws_iam_role_policy: ["policy"],
  aws_iam_role_policy_attachments_exclusive: ["policy_arns"],
  // Its tags as well, but version 5.100 does not read them again, so that the state only has them after the next
  // refresh (evidence: terraform-saml-tags).
  aws_iam_saml_provider: ["saml_metadata_document"],
  aws_iam_security_token_service_preferences: ["global_endpoint_token_version"],
  aws_iam_server_certificate: ["name", "path", "tags"],
  aws_iam_service_linked_role: ["description", "tags"],
  aws_iam_service_specific_credential: ["status"],
  aws_iam_signing_certificate: ["status"],
  aws_iam_user: ["force_destroy", "name", "path", "permissions_boundary", "tags"],
  aws_iam_user_group_membership: ["groups"],
  aws_iam_user_policies_exclusive: ["policy_names"],
  aws_iam_user_policy: ["policy"],
  aws_iam_user_policy_attachments_exclusive: ["policy_arns"],
  aws_iam_user_ssh_key: ["status"],
  aws_iam_virtual_mfa_device: ["tags"],
};

/** The import id of each resource. */
export const IMPORT_IDS: Readonly<Record<string, (resource: Attributes) => string>> = {
  aws_iam_access_key: ({ id }) => id,
  aws_iam_account_alias: ({ id }) => id,
  aws_iam_account_password_policy: () => "iam-account-password-policy",
  aws_iam_group: ({ name }) => name,
  aws_iam_group_policies_exclusive: ({ group_name }) => group_name,
  aws_iam_group_policy: ({ group, name }) => `${group}:${name}`,
  aws_iam_group_policy_attachment: ({ group, policy_arn }) => `${group}/${policy_arn}`,
  aws_iam_group_policy_attachments_exclusive: ({ group_name }) => group_name,
  aws_iam_instance_profile: ({ name }) => name,
  aws_iam_openid_connect_provider: ({ arn }) => arn,
  aws_iam_organizations_features: ({ id }) => id,
  aws_iam_policy: ({ arn }) => arn,
  aws_iam_role: ({ name }) => name,
  aws_iam_role_policies_exclusive: ({ role_name }) => role_name,
  aws_iam_role_policy: ({ role, name }) => `${role}:${name}`,
  aws_iam_role_policy_attachment: ({ role, policy_arn }) => `${role}/${policy_arn}`,
  aws_iam_role_policy_attachments_exclusive: ({ role_name }) => role_name,
  aws_iam_saml_provider: ({ arn }) => arn,
  aws_iam_server_certificate: ({ name }) => name,
  aws_iam_service_linked_role: ({ arn }) => arn,
  aws_iam_service_specific_credential: ({ service_name, user_name, service_specific_credential_id }) =>
    `${service_name}:${user_name}:${service_specific_credential_id}`,
  aws_iam_signing_certificate: ({ certificate_id, user_name }) => `${certificate_id}:${user_name}`,
  aws_iam_user: ({ name }) => name,
  aws_iam_user_group_membership: ({ user, groups }) => [user, ...groups].join("/"),
  aws_iam_user_login_profile: ({ user }) => user,
  aws_iam_user_policies_exclusive: ({ user_name }) => user_name,
  aws_iam_user_policy: ({ user, name }) => `${user}:${name}`,
  aws_iam_user_policy_attachment: ({ user, policy_arn }) => `${user}/${policy_arn}`,
  aws_iam_user_policy_attachments_exclusive: ({ user_name }) => user_name,
  aws_iam_user_ssh_key: ({ username, ssh_public_key_id, encoding }) => `${username}:${ssh_public_key_id}:${encoding}`,
  aws_iam_virtual_mfa_device: ({ arn }) => arn,
};

/** Resources that the provider cannot import (evidence: terraform-not-imported). */
export const NOT_IMPORTED = [
  "aws_iam_group_membership",
  "aws_iam_policy_attachment",
  "aws_iam_security_token_service_preferences",
];

/**
 * Resources with `force_destroy` or `force_detach_policies`, which exist only in the state: an import leaves them to
 * the next apply (evidence: terraform-import-differences).
 */
export const UPDATED_AFTER_IMPORT = [
  "aws_iam_role.attached",
  "aws_iam_role.full",
  "aws_iam_role.owning",
  "aws_iam_user.ann",
  "aws_iam_user.renamed",
];

/** Arguments without a value in the configuration, and why. */
export const LEFT_OUT: Readonly<Record<string, string>> = {
  "aws_iam_policy_document.override_json": "must be empty (evidence: terraform-removed-json)",
  "aws_iam_policy_document.source_json": "must be empty (evidence: terraform-removed-json)",
  "aws_iam_principal_policy_simulation.resource_owner_account_id":
    "takes an account id only, which AWS refuses (evidence: terraform-resource-owner)",
};
