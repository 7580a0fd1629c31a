/**
 * By operation, the facts that cover its result and main refusals. None may have low confidence, and at least one must
 * have high.
 */
export const EXACT: Readonly<Record<string, readonly string[]>> = {
  CreateAccessKey: ["key-create", "user-missing", "quota-text"],
  DeleteAccessKey: ["key-missing", "user-missing", "validation-user-name-default"],
  ListAccessKeys: ["key-create", "user-missing", "list-paging"],

  GetAccountProperties: ["properties-rules"],

  AttachUserPolicy: ["policy-attach", "policy-missing", "policy-reserved", "quota-attached-policies", "user-missing"],
  ...same(["policy-attach", "policy-missing"], {
    DetachGroupPolicy: ["group-missing"],
    DetachRolePolicy: ["role-missing", "slr-protected"],
    DetachUserPolicy: ["user-missing"],
  }),
  ...same(["list-group-members"], {
    ListAttachedGroupPolicies: ["group-missing"],
    ListAttachedRolePolicies: ["role-missing"],
    ListAttachedUserPolicies: ["user-missing"],
  }),
  ...same(["boundary-refusals", "boundary-type", "policy-reserved"], {
    PutRolePermissionsBoundary: ["role-missing", "slr-protected"],
    PutUserPermissionsBoundary: ["user-missing"],
  }),

  GetGroup: ["group-missing", "list-group-members", "list-user-members"],
  ListGroups: ["list-name-order", "list-user-members"],
  ListGroupsForUser: ["list-user-members", "user-missing"],
  RemoveUserFromGroup: ["group-membership", "group-missing", "user-missing"],
  UpdateGroup: ["group-missing", "validation-paths"],

  ...same(["id-inline-policy-case", "inline-policy-missing"], {
    DeleteGroupPolicy: ["group-missing"],
    DeleteRolePolicy: ["role-missing", "slr-protected"],
    GetGroupPolicy: ["group-missing", "id-documents-encoded"],
    GetRolePolicy: ["role-missing", "id-documents-encoded"],
  }),
  ...same(["id-inline-policy-case"], {
    ListGroupPolicies: ["group-missing"],
    ListRolePolicies: ["role-missing"],
    ListUserPolicies: ["user-missing"],
  }),

  AddRoleToInstanceProfile: ["instance-profile-missing", "instance-profile-one-role", "role-missing", "slr-protected"],
  DeleteInstanceProfile: ["instance-profile-delete-conflict", "instance-profile-missing"],
  GetInstanceProfile: ["instance-profile-missing", "list-instance-profile-members"],
  ListInstanceProfileTags: ["instance-profile-missing", "tag-order"],
  ListInstanceProfiles: ["list-instance-profile-members", "list-name-order"],
  ListInstanceProfilesForRole: ["list-instance-profile-members", "role-missing"],
  RemoveRoleFromInstanceProfile: ["instance-profile-missing", "instance-profile-remove-role", "slr-protected"],

  DeleteLoginProfile: ["login-profile-missing", "user-missing"],
  GetLoginProfile: ["login-profile-missing", "login-profile-root", "user-missing"],

  DeactivateMFADevice: [
    "mfa-deactivate",
    "mfa-device-missing",
    "mfa-not-of-user",
    "mfa-self-management",
    "user-missing",
  ],
  ListMFADevices: ["mfa-list-devices", "user-missing"],
  ListVirtualMFADevices: ["mfa-list-devices", "mfa-root-device", "list-virtual-mfa-devices-root-password"],

  DeleteOpenIDConnectProvider: ["oidc-missing"],
  GetOpenIDConnectProvider: ["oidc-create", "oidc-client-ids", "oidc-missing", "oidc-thumbprints"],
  ListOpenIDConnectProviders: ["list-credential-members", "list-no-paging"],
  DisableOutboundWebIdentityFederation: ["outbound-feature"],

  DeleteAccountPasswordPolicy: ["password-policy-missing"],
  GetAccountPasswordPolicy: ["password-policy-missing", "password-policy-update"],
  UpdateAccountPasswordPolicy: ["password-policy-update", "validation-order"],

  DeletePolicyVersion: ["policy-aws-owned", "policy-version-missing"],
  SetDefaultPolicyVersion: ["policy-aws-owned", "policy-version-missing"],

  ListRoleTags: ["role-missing", "tag-order"],
  ListRoles: ["list-name-order", "list-role-members"],
  UpdateRole: ["role-missing", "role-update", "slr-protected", "validation-max-session-duration"],
  UpdateRoleDescription: ["list-role-members", "role-missing", "role-update", "validation-role-description"],

  DeleteSAMLProvider: ["saml-provider-missing"],
  GetSAMLProvider: ["saml-provider-members", "saml-provider-missing", "saml-provider-valid-until"],
  ListSAMLProviders: ["list-credential-members", "list-no-paging"],

  GetServerCertificate: ["list-credential-members", "server-cert-bodies", "server-cert-missing"],
  ListServerCertificateTags: ["server-cert-missing", "tag-order"],
  ListServerCertificates: ["list-credential-members"],
  TagServerCertificate: ["server-cert-missing", "tag-empty-lists", "tag-key-case", "tag-total"],
  UntagServerCertificate: ["server-cert-missing", "tag-empty-lists", "tag-key-case"],

  DeleteServiceSpecificCredential: ["service-credential-missing", "user-missing"],
  ResetServiceSpecificCredential: ["service-credential-age", "service-credential-missing"],
  UpdateServiceSpecificCredential: ["key-status-expired", "service-credential-missing"],

  DeleteSigningCertificate: ["signing-cert-refusals", "user-missing"],
  ListSigningCertificates: ["signing-cert-again", "user-missing"],
  UpdateSigningCertificate: ["key-status-expired", "signing-cert-refusals", "user-missing"],
  UploadSigningCertificate: ["signing-cert-again", "signing-cert-id", "signing-cert-refusals", "user-missing"],

  DeleteSSHPublicKey: ["ssh-key-missing", "user-missing"],
  GetSSHPublicKey: ["ssh-key-bodies", "ssh-key-missing", "validation-enum-orders"],
  ListSSHPublicKeys: ["list-credential-members", "user-missing"],
  UpdateSSHPublicKey: ["key-status-expired", "ssh-key-missing"],

  CreateUser: [
    "boundary-refusals",
    "list-user-members",
    "quota-text",
    "tag-duplicates",
    "user-exists",
    "validation-paths",
  ],
  GetUser: ["id-names-without-case", "list-user-members", "user-missing", "user-root"],
  ListUserTags: ["tag-order", "user-missing"],
  ListUsers: ["list-name-order", "list-user-members"],
  TagUser: ["tag-duplicates", "tag-empty-lists", "tag-key-case", "tag-reserved", "tag-total", "user-missing"],
  UntagUser: ["tag-empty-lists", "tag-key-case", "user-missing"],
  UpdateUser: ["user-exists", "user-missing", "user-update", "validation-paths"],

  GetCallerIdentity: ["authz-no-permission-needed", "sigv4-token-texts", "sts-caller-identity"],
};

/** Facts that several operations share, with the further ones of each. */
function same(facts: readonly string[], operations: Readonly<Record<string, readonly string[]>>) {
  return Object.fromEntries(Object.entries(operations).map(([name, own]) => [name, [...facts, ...own].toSorted()]));
}
