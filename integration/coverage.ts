// How near each operation is to AWS's. "Exact" is earned: integration/exact-operations.ts names the facts in
// docs/evidence/ on which the operation's result and its main refusals rest. Known differences, and our own texts, are
// noted here; an operation in neither table reads "unverified". `npm run docs` writes the page, docs/operations.md.

/** By operation, what is approximate, and why. */
export const APPROXIMATE: Readonly<Record<string, string>> = {
  ...groupNotes([
    [
      "Nothing of delegation was ever recorded: states and rules are the API reference's, the codes and texts of refusals ours.",
      [
        "AcceptDelegationRequest",
        "AssociateDelegationRequest",
        "ListDelegationRequests",
        "RejectDelegationRequest",
        "UpdateDelegationRequest",
      ],
    ],
    [
      "The organization is set through the control plane. The texts for an account without one and for one without all features are ours, and so is the order of the checks.",
      [
        "DisableOrganizationsRootCredentialsManagement",
        "DisableOrganizationsRootSessions",
        "EnableOrganizationsRootCredentialsManagement",
        "EnableOrganizationsRootSessions",
        "ListOrganizationsFeatures",
      ],
    ],
    [
      "That a provider is missing is on record for Get and Delete only; here it is said in the words of Get.",
      [
        "AddClientIDToOpenIDConnectProvider",
        "ListOpenIDConnectProviderTags",
        "RemoveClientIDFromOpenIDConnectProvider",
        "TagOpenIDConnectProvider",
        "UntagOpenIDConnectProvider",
        "UpdateOpenIDConnectProviderThumbprint",
      ],
    ],
    ["Which of several things that must go first AWS names is not known.", ["DeleteGroup", "DeleteRole"]],
    ["AWS's own policies have ids that are made up (but stable) and no description.", ["GetPolicy", "ListPolicies"]],
    [
      "That a provider is missing is on record for Get, Update and Delete only; here it is said in the same words.",
      ["ListSAMLProviderTags", "TagSAMLProvider", "UntagSAMLProvider"],
    ],
    [
      "What an empty list of tags or keys is answered was recorded of users, providers and server certificates only.",
      ["TagInstanceProfile", "TagPolicy", "TagRole", "UntagInstanceProfile", "UntagPolicy", "UntagRole"],
    ],
    ["The text for a policy that is missing was recorded of roles and groups.", ["DeleteUserPolicy", "GetUserPolicy"]],
    [
      "Of AWS's own policies some older versions are missing, and some have no date.",
      ["GetPolicyVersion", "ListPolicyVersions"],
    ],
    [
      "Beyond leading blanks and what stands before Version, the grammar of documents is that recorded of CreatePolicy; that inline policies have the same is assumed.",
      ["PutGroupPolicy", "PutRolePolicy", "PutUserPolicy"],
    ],
    [
      "The text where there is no boundary is ours.",
      ["DeleteRolePermissionsBoundary", "DeleteUserPermissionsBoundary"],
    ],
    [
      "The refusal of devices of another kind is taken from GetMFADevice, of which alone it is on record.",
      ["DeleteVirtualMFADevice", "ListMFADeviceTags", "ResyncMFADevice", "TagMFADevice", "UntagMFADevice"],
    ],
    [
      "The issuer is an address of this emulator and not one of AWS's, so that relying parties on this machine can ask it for the keys.",
      ["EnableOutboundWebIdentityFederation", "GetOutboundWebIdentityFederationInfo"],
    ],
    [
      "The codes of refusals are on record, most texts are ours.",
      ["GetContextKeysForCustomPolicy", "GetContextKeysForPrincipalPolicy"],
    ],
    [
      "AWS asks its services in the background; here the report is done after two seconds, or once it was asked for. Only calls to this emulator are known, and only actions of IAM and STS are tracked. The texts for a missing job and a foreign ARN are ours.",
      [
        "GenerateServiceLastAccessedDetails",
        "GetServiceLastAccessedDetails",
        "GetServiceLastAccessedDetailsWithEntities",
      ],
    ],
    [
      "Of AWS's five templates only PowerUserRoleTemplate is here, without description and dates, under an id that is made up. The texts for what is missing or does not fit are ours.",
      ["AcquireRole", "GetRoleTemplateVersion"],
    ],
    [
      "Which action acts on what is AWS's reference of a day in 2026. The names that AWS makes up for some actions without a resource are not known, resource control policies are not looked at, and the texts for documents that are none are ours.",
      ["SimulateCustomPolicy", "SimulatePrincipalPolicy"],
    ],
    [
      "Of trust policies the recorded refusals are exact; the texts for rarer faults come from sources that are not proven. Users and roles of accounts that the emulator has not seen are taken on trust.",
      ["UpdateAssumeRolePolicy"],
    ],
  ]),

  AddUserToGroup: quota("GroupsPerUser"),
  AssumeRole:
    "The size of a session is that of the token itself, since AWS does not publish its packed format. Context assertions are always refused: IAM Identity Center, which makes them, is not here. The texts for a changed source identity and for a session policy that does not exist are ours.",
  AssumeRoleWithSAML:
    "The size of a session is that of the token itself. For assertions that are neither expired, wrongly signed nor another issuer's, the texts are those of the API reference and of users' reports.",
  AssumeRoleWithWebIdentity:
    "The size of a session is that of the token itself. Access tokens of Amazon and Facebook are refused, since only these can verify them. Some texts are those of the documentation.",
  AssumeRoot:
    "The emulator's endpoint counts as a regional one. There are no S3 and SQS to use two of the five tasks on.",
  AttachRolePolicy:
    "The quota is 10; some accounts of AWS have 20. The text for policies that AWS reserves was recorded of users.",
  AttachGroupPolicy: "The text for policies that AWS reserves was recorded of users.",
  ChangePassword:
    "That ten wrong old passwords in a quarter of an hour lock the operation for the rest of it is ours: AWS publishes nothing. The texts for a wrong old password, for one that does not change, and for callers that are no user are ours, that for a password used before is AWS's of 2017. Requirements other than upper case, symbols and length are worded like these.",
  CreateDelegationRequest:
    "As for the other delegation operations, nothing was ever recorded. Partners are onboarded through the control plane, which also shows what AWS would publish to their SNS topic; the link to the console points at AWS.",
  CreateGroup: quota("GroupsPerAccount"),
  CreateInstanceProfile: quota("InstanceProfilesPerAccount"),
  CreateLoginProfile:
    "A profile can be changed at once, which AWS refuses for some seconds. Requirements other than upper case, symbols and length are worded like these.",
  CreateOpenIDConnectProvider:
    "Thumbprints that are left out are not fetched from the issuer. Issuers on this machine, and on hosts that are named at start, may be plain http.",
  CreateAccountAlias: "The text for an alias that is a 12-digit number is ours.",
  CreatePolicy: `What a document with leading blanks is answered is not on record. ${quota("PoliciesPerAccount")}`,
  CreatePolicyVersion:
    "What a document with leading blanks is answered, and a policy that does not exist, is not on record of this operation.",
  CreateRole:
    "Of trust policies the recorded refusals are exact; the texts for rarer faults come from sources that are not proven. Users and roles of accounts that the emulator has not seen are taken on trust. The text for a service's path is ours.",
  CreateSAMLProvider: `The text for a private key that is none is ours. ${quota("SAMLProvidersPerAccount")}`,
  CreateServiceLinkedRole:
    "The services are those recorded in 2025 and 2026, which are not all; the text for others is ours.",
  CreateServiceSpecificCredential:
    "The services are those of 2026; they are not here to use the credential with. The text for a name with other characters is ours.",
  CreateVirtualMFADevice:
    "A name whose serial number would be too long is refused, which AWS is not known to do. The text beyond the account's quota is ours.",
  DecodeAuthorizationMessage:
    "What can be decoded are the denials of POST /_emulator/authorize: no other service is here to encode one. The shape is that of the CLI reference's example.",
  DeletePolicy: "The text for a policy that is only a boundary is that for one that is attached; AWS's is not known.",
  DeleteServerCertificate: "No certificate is ever in use, as there are no load balancers.",
  DeleteServiceLinkedRole: "No role is ever in use, so that no deletion fails; it takes two seconds.",
  DeleteUser: "Which of several things that must go first AWS names is known of MFA devices before access keys only.",
  EnableMFADevice:
    "By default a user has one device, as the User Guide says, and not eight. The texts beyond that, and for devices that the console alone enables, are ours.",
  GenerateCredentialReport: "The report is done after two seconds, or once it was asked for.",
  GenerateOrganizationsAccessReport:
    "The report is done after two seconds, or once it was asked for. The texts for another organization and for a second report are ours.",
  GetAccessKeyInfo:
    "What AWS says of a well-formed id that nobody has is not known; here the account is read off the id, if it holds one.",
  GetAccessKeyLastUsed: "Use shows at once; AWS takes minutes.",
  GetAccountAuthorizationDetails:
    "AWS's own policies come with their latest version only, and with ids that are made up (but stable).",
  GetAccountSummary:
    "AttachedPoliciesPerRoleQuota is 10; some accounts of AWS have 20. The root keys that the emulator starts with do not count.",
  GetCredentialReport:
    "Which of two keys comes first is not known, nor what AWS does with commas in names. The text of ReportExpired is not known, so it has none.",
  GetDelegatedAccessToken:
    "Nothing was ever recorded. The token, which the control plane shows, is good for any number of sessions until the time that was asked for is over.",
  GetDelegationRequest:
    "As for the other delegation operations, nothing was ever recorded. The check of permissions is done at once and decides the actions and resources that the policy names.",
  GetFederationToken:
    "The size of a session is that of the token itself. The text for a session policy that does not exist is ours.",
  GetHumanReadableSummary:
    "AWS has a language model write the summary; here it is put together from the request, at once and in English only.",
  GetMFADevice:
    "Recorded is only what other kinds of device are answered; the security keys here are authenticators in software.",
  GetOrganizationsAccessReport:
    "Only calls to this emulator are known. The texts for a missing job and of a failed report are ours.",
  GetRole: "Use shows at once, and only what was used here.",
  GetScopedCredentials: "Nothing was ever recorded: the rules are the API reference's, the texts of refusals ours.",
  GetServiceLinkedRoleDeletionStatus: "A deletion succeeds after two seconds; it never fails.",
  GetSessionToken:
    "Codes of root's own device, of U2F keys and of SMS phones are answered as those of unknown devices; what AWS answers is not known.",
  GetWebIdentityToken: "The issuer is an address of this emulator. Three texts are those of the documentation.",
  ListEntitiesForPolicy: "In which order the three lists share a page is known from a source that is not proven.",
  ListPoliciesGrantingServiceAccess: "Of refusals of ARNs only the codes are known.",
  ListPolicyTags:
    "The text for a policy that is missing is that of TagPolicy; AWS's order of tags is known of one recording.",
  ListServiceSpecificCredentials: "The text for AllUsers together with UserName is ours.",
  PutAccountProperties: "Which of several faults AWS names first is not known.",
  SendDelegationToken:
    "As for the other delegation operations, nothing was ever recorded. The control plane shows the token that AWS would publish to the partner's SNS topic.",
  SetSecurityTokenServicePreferences:
    "The account summary shows the version; tokens are the same in both, since this endpoint counts as a regional one.",
  UpdateAccessKey: "The text for the status Expired was recorded of other credentials.",
  UpdateLoginProfile:
    "The text for a password used before is AWS's of 2017. Requirements other than upper case, symbols and length are worded like these.",
  UpdateSAMLProvider: "The text for a private key that is none, or that is not there, is ours.",
  UpdateServerCertificate: "With neither a new name nor a new path the tags stay; that AWS loses them is a fault.",
  UploadSSHPublicKey: quota("SSHPublicKeysPerUser"),
  UploadServerCertificate:
    "In which order AWS checks certificate, key and chain is not known. The texts for keys that are none and for certificates that are not valid yet are ours.",
};

function groupNotes(groups: readonly (readonly [note: string, operations: readonly string[]])[]) {
  return Object.fromEntries(groups.flatMap(([note, operations]) => operations.map((name) => [name, note])));
}

function quota(name: string): string {
  return `The text beyond ${name} has the form of the quotas that are on record.`;
}
