/** Amazon Resource Names, as IAM and STS write them. `path` begins and ends with a slash. */
const iamArn = (account: string, resource: string): string => `arn:aws:iam::${account}:${resource}`;

export const rootArn = (account: string): string => iamArn(account, "root");

export const userArn = (account: string, name: string, path = "/"): string => iamArn(account, `user${path}${name}`);

export const roleArn = (account: string, name: string, path = "/"): string => iamArn(account, `role${path}${name}`);

export const mfaDeviceArn = (account: string, name: string, path = "/"): string => iamArn(account, `mfa${path}${name}`);

/** Sessions of a role: the role's path is left out (facts E). */
export const assumedRoleArn = (account: string, roleName: string, sessionName: string): string =>
  `arn:aws:sts::${account}:assumed-role/${roleName}/${sessionName}`;

export const federatedUserArn = (account: string, name: string): string =>
  `arn:aws:sts::${account}:federated-user/${name}`;
