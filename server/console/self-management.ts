// What lets users look after their own MFA devices, password and access keys, and nothing else before they have used MFA: the
// IAM User Guide's example policy "Allows MFA-authenticated IAM users to manage their own credentials on the Security
// credentials page". As the guide advises for users whose first password is set for them, iam:ChangePassword needs no MFA.

const OWN_USER = "arn:aws:iam::*:user/${aws:username}";

export const SELF_MANAGEMENT_NAME = "ManageOwnCredentials";

/** The policy, for one user or for all. */
export const SELF_MANAGEMENT = {
  Version: "2012-10-17",
  Statement: [
    {
      Sid: "SeeTheAccountsRules",
      Effect: "Allow",
      Action: ["iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices"],
      Resource: "*",
    },
    {
      Sid: "ManageOwnPassword",
      Effect: "Allow",
      Action: ["iam:ChangePassword", "iam:GetUser"],
      Resource: OWN_USER,
    },
    {
      Sid: "ManageOwnAccessKeys",
      Effect: "Allow",
      Action: [
        "iam:CreateAccessKey",
        "iam:DeleteAccessKey",
        "iam:GetAccessKeyLastUsed",
        "iam:ListAccessKeys",
        "iam:UpdateAccessKey",
      ],
      Resource: OWN_USER,
    },
    {
      Sid: "CreateVirtualMfaDevice",
      Effect: "Allow",
      Action: ["iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"],
      Resource: "arn:aws:iam::*:mfa/*",
    },
    {
      Sid: "ManageOwnMfa",
      Effect: "Allow",
      Action: [
        "iam:DeactivateMFADevice",
        "iam:EnableMFADevice",
        "iam:GetMFADevice",
        "iam:ListMFADevices",
        "iam:ResyncMFADevice",
      ],
      Resource: OWN_USER,
    },
    {
      Sid: "NothingElseWithoutMfa",
      Effect: "Deny",
      NotAction: [
        "iam:ChangePassword",
        "iam:CreateVirtualMFADevice",
        "iam:EnableMFADevice",
        "iam:GetAccountPasswordPolicy",
        "iam:GetMFADevice",
        "iam:GetUser",
        "iam:ListMFADevices",
        "iam:ListVirtualMFADevices",
        "iam:ResyncMFADevice",
        "sts:GetSessionToken",
      ],
      Resource: "*",
      Condition: { BoolIfExists: { "aws:MultiFactorAuthPresent": "false" } },
    },
  ],
};
