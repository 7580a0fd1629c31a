/** Amazon Resource Names, as IAM and STS write them. `path` begins and ends with a slash. */
const iamArn = (account: string, resource: string): string => `arn:aws:iam::${account}:${resource}`;

export const rootArn = (account: string): string => iamArn(account, "root");

export const userArn = (account: string, name: string, path = "/"): string => iamArn(account, `user${path}${name}`);

export const roleArn = (account: string, name: string, path = "/"): string => iamArn(account, `role${path}${name}`);

export const groupArn = (account: string, name: string, path = "/"): string => iamArn(account, `group${path}${name}`);

export const policyArn = (account: string, name: string, path = "/"): string => iamArn(account, `policy${path}${name}`);

export const mfaDeviceArn = (account: string, name: string, path = "/"): string => iamArn(account, `mfa${path}${name}`);

export const instanceProfileArn = (account: string, name: string, path = "/"): string =>
  iamArn(account, `instance-profile${path}${name}`);

export const serverCertificateArn = (account: string, name: string, path = "/"): string =>
  iamArn(account, `server-certificate${path}${name}`);

export const oidcProviderArn = (account: string, url: string): string => iamArn(account, `oidc-provider/${url}`);

export const samlProviderArn = (account: string, name: string): string => iamArn(account, `saml-provider/${name}`);

/** The ARN of a role session, which leaves out the role's path (evidence: id-sts-arns). */
export const assumedRoleArn = (account: string, roleName: string, sessionName: string): string =>
  `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`;

export const federatedUserArn = (account: string, name: string): string =>
  `arn:aws:sts::${account}:federated-user/${name}`;

/** The ARN of a user's security key, or of root's without a user name (evidence: id-mfa-serial-numbers). */
export const u2fDeviceArn = (account: string, userName: string | undefined, tokenId: string): string =>
  iamArn(account, userName === undefined ? `u2f/root/${tokenId}` : `u2f/user/${userName}/${tokenId}`);

export const smsMfaDeviceArn = (account: string, name: string): string => iamArn(account, `sms-mfa/${name}`);

export const delegationRequestArn = (account: string, id: string): string =>
  iamArn(account, `delegation-request/${id}`);

/** The entity of an organization report; `path` is `o-…/r-…/ou-…`. */
export const accessReportArn = (account: string, path: string): string => iamArn(account, `access-report/${path}`);
