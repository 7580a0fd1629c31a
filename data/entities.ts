import { collection } from "./store.ts";

/** A name as it is compared: IAM's names are unique, and found, without regard to case. */
export const fold = (name: string): string => name.toLowerCase();

export interface Tag {
  readonly Key: string;
  readonly Value: string;
}

/** An AWS account of the emulator. */
export interface Account {
  readonly id: string;
  readonly createdAt: number;
  readonly alias?: string;
  readonly passwordPolicy?: PasswordPolicy;
  /** What kind of tokens the global endpoint of STS issues to the account; 1 where it is absent. */
  readonly globalEndpointTokenVersion?: 1 | 2;
  /** Whether IAM Role Manager is on. */
  readonly roleManager?: boolean;
}
export const accounts = collection<Account>("accounts", (a) => [a.id], {
  alias: (a) => (a.alias ? [a.alias] : undefined),
});

export interface PasswordPolicy {
  readonly minimumLength: number;
  readonly requireSymbols: boolean;
  readonly requireNumbers: boolean;
  readonly requireUppercase: boolean;
  readonly requireLowercase: boolean;
  readonly allowUsersToChange: boolean;
  readonly maxAgeDays?: number;
  readonly reusePrevention?: number;
  readonly hardExpiry?: boolean;
}

export interface User {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** `AIDA…`; other records refer to the user by it, so that a rename moves nothing. */
  readonly id: string;
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  /** ARN of the permissions boundary. */
  readonly boundary?: string;
}
export const users = collection<User>("users", (u) => [u.account, fold(u.name)], {
  id: (u) => [u.account, u.id],
  boundary: (u) => (u.boundary === undefined ? undefined : [u.account, u.boundary]),
});

export interface Role {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** `AROA…` */
  readonly id: string;
  readonly createdAt: number;
  readonly description?: string;
  readonly maxSessionSeconds: number;
  /** The trust policy, byte for byte as it was sent. */
  readonly trustPolicy: string;
  /** Principal ARN as written in the trust policy -> the unique id it had then. AWS binds trust to ids, not to names. */
  readonly trustBindings: Readonly<Record<string, string>>;
  readonly tags: readonly Tag[];
  readonly boundary?: string;
  /** Of a role that AcquireRole made: from which template, with which values of its parameters. */
  readonly source?: RoleSource;
}
export const roles = collection<Role>("roles", (r) => [r.account, fold(r.name)], {
  id: (r) => [r.account, r.id],
  boundary: (r) => (r.boundary === undefined ? undefined : [r.account, r.boundary]),
});

export interface RoleSource {
  readonly templateArn: string;
  readonly minorVersion: number;
  readonly values: Readonly<Record<string, readonly string[]>>;
}

export interface Group {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** `AGPA…` */
  readonly id: string;
  readonly createdAt: number;
}
export const groups = collection<Group>("groups", (g) => [g.account, fold(g.name)], { id: (g) => [g.account, g.id] });

export interface Membership {
  readonly account: string;
  readonly group: string;
  readonly user: string;
}
export const memberships = collection<Membership>("memberships", (m) => [m.account, m.group, m.user], {
  user: (m) => [m.account, m.user],
});

/** A managed policy of a customer; its documents are its versions. */
export interface ManagedPolicy {
  readonly account: string;
  /** `ANPA…`; lists are in the order of these ids. */
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly arn: string;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly description?: string;
  readonly tags: readonly Tag[];
  readonly defaultVersion: number;
  /** Version numbers are never given twice. */
  readonly lastVersion: number;
}
export const managedPolicies = collection<ManagedPolicy>("managed-policies", (p) => [p.account, p.id], {
  arn: (p) => [p.arn],
  name: (p) => [p.account, fold(p.name)],
});

export interface PolicyVersion {
  readonly account: string;
  readonly policy: string;
  readonly number: number;
  readonly document: string;
  readonly createdAt: number;
}
export const policyVersions = collection<PolicyVersion>("policy-versions", (v) => [
  v.account,
  v.policy,
  versionKey(v.number),
]);

/** Version numbers as keys, so that they sort as numbers do. */
export const versionKey = (number: number): string => String(number).padStart(10, "0");

/** A managed policy (a customer's or AWS's own) attached to a user, group or role, whose unique id is `owner`. */
export interface Attachment {
  readonly account: string;
  readonly owner: string;
  readonly ownerType: "User" | "Group" | "Role";
  readonly policyArn: string;
  readonly policyId: string;
}
export const attachments = collection<Attachment>("attachments", (a) => [a.account, a.owner, a.policyId], {
  policy: (a) => [a.account, a.policyArn],
});

/** A policy embedded in a user, role or group. `owner` is the unique id of that entity. */
export interface InlinePolicy {
  readonly account: string;
  readonly owner: string;
  readonly name: string;
  readonly document: string;
}
export const inlinePolicies = collection<InlinePolicy>("inline-policies", (p) => [p.account, p.owner, fold(p.name)]);

export interface AccessKey {
  readonly account: string;
  readonly id: string;
  readonly secret: string;
  /** Unique id of the user, or the account number for root. */
  readonly owner: string;
  readonly status: "Active" | "Inactive";
  readonly createdAt: number;
}
export const accessKeys = collection<AccessKey>("access-keys", (k) => [k.id], { owner: (k) => [k.account, k.owner] });

/** When a key, role or password was last used; noted lazily. */
export interface LastUse {
  /** Access key id, or the unique id of a role; `password:` and a unique id for a password. */
  readonly subject: string;
  readonly at: number;
  readonly service: string;
  readonly region: string;
}
export const lastUses = collection<LastUse>("last-uses", (l) => [l.subject]);

/** When a user, a role or root last called an action, allowed or not; noted lazily. */
export interface ServiceUse {
  readonly account: string;
  /** Unique id of the user or role, or the account number for root. */
  readonly principal: string;
  /** Such as `iam`. */
  readonly service: string;
  /** Such as `GetUser`. */
  readonly action: string;
  readonly at: number;
  readonly region: string;
}
export const serviceUses = collection<ServiceUse>("service-uses", (u) => [u.account, u.principal, u.service, u.action]);

/** What AWS does in the background: how far it is, clients find out by asking (handlers/iam/background-jobs.ts). */
export interface BackgroundJob {
  readonly startedAt: number;
  /** Whether anyone has asked for it. */
  readonly asked: boolean;
}

/** The account's credential report, of which there is one. */
export interface CredentialReport extends BackgroundJob {
  readonly account: string;
  /** CSV. */
  readonly content: string;
}
export const credentialReports = collection<CredentialReport>("credential-reports", (r) => [r.account]);

/** A report of GenerateServiceLastAccessedDetails, about the state at its start. */
export interface LastAccessedJob extends BackgroundJob {
  readonly account: string;
  /** UUID. */
  readonly id: string;
  /** Who may read it: the unique id of a user, the account number for root, or the access key id of a session. */
  readonly owner: string;
  readonly granularity: "SERVICE_LEVEL" | "ACTION_LEVEL";
  /** In the order of their namespaces. */
  readonly services: readonly AccessibleService[];
  readonly entities: readonly AccessingEntity[];
  /** What the entities had used by then. */
  readonly uses: readonly ServiceUse[];
}
export const lastAccessedJobs = collection<LastAccessedJob>("last-accessed-jobs", (j) => [j.account, j.id]);

/** A service that is within reach, and of that its actions whose use is tracked, where they were asked for. */
export interface AccessibleService {
  readonly namespace: string;
  readonly actions?: readonly string[];
}

/** A user or role, under the ARN that it had when the job began. */
export interface AccessingEntity {
  readonly type: "USER" | "ROLE";
  readonly id: string;
  readonly arn: string;
}

/** A report of GenerateOrganizationsAccessReport, about the state at its start. */
export interface OrganizationsReportJob extends BackgroundJob {
  readonly account: string;
  /** UUID. */
  readonly id: string;
  /** Who may read it, as in LastAccessedJob. */
  readonly owner: string;
  readonly entityPath: string;
  readonly policyId?: string;
  /** Where it failed: why. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly rows: readonly OrganizationsReportRow[];
}
export const organizationsReportJobs = collection<OrganizationsReportJob>("organizations-report-jobs", (j) => [
  j.account,
  j.id,
]);

/** A service that accounts of the organization may use; what follows is absent if none has. */
export interface OrganizationsReportRow {
  readonly namespace: string;
  readonly lastAt?: number;
  readonly region?: string;
  /** Where in the organization it was last used. */
  readonly entityPath?: string;
  /** How many accounts have used it. */
  readonly accounts: number;
}

export interface LoginProfile {
  readonly account: string;
  /** Unique id of the user, or the account number for root. */
  readonly owner: string;
  /** scrypt: `scrypt$N$r$p$salt$hash`, salt and hash in base64. Empty where root has yet to set a password. */
  readonly passwordHash: string;
  readonly formerHashes: readonly string[];
  readonly createdAt: number;
  readonly changedAt: number;
  readonly resetRequired: boolean;
}
export const loginProfiles = collection<LoginProfile>("login-profiles", (l) => [l.account, l.owner]);

export type MfaKind = "virtual" | "hardware" | "u2f" | "sms";

/** A device of any of the four kinds (handlers/mfa/kinds.ts says what each can do). */
export interface MfaDevice {
  readonly account: string;
  readonly kind: MfaKind;
  readonly serialNumber: string;
  readonly name: string;
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  /** Unique id of the user it is enabled for, or the account number for root; absent while it is unassigned. */
  readonly owner?: string;
  readonly enabledAt?: number;
  /** U2F. */
  readonly securityKey?: SecurityKey;
  /** SMS: the phone in E.164 form. */
  readonly phoneNumber?: string;
}
export const mfaDevices = collection<MfaDevice>("mfa-devices", (d) => [d.account, d.kind, d.serialNumber], {
  owner: (d) => (d.owner ? [d.account, d.owner] : undefined),
  /** Virtual devices are told apart without regard to case. */
  name: (d) => (d.kind === "virtual" ? [d.account, fold(d.serialNumber)] : undefined),
  /** A hardware token is one thing in the world, whichever account it is enabled in. */
  token: (d) => (d.kind === "hardware" ? [d.serialNumber] : undefined),
});

/** The P-256 key pair of a U2F security key, in base64url as JWK has it. */
export interface SecurityKey {
  readonly credentialId: string;
  readonly x: string;
  readonly y: string;
  /** The private part, which only a software authenticator leaves here. */
  readonly d?: string;
  readonly signCount: number;
  /** As GetMFADevice shows them, such as `FIDO: "L1"`. */
  readonly certifications: Readonly<Record<string, string>>;
}

/** What a virtual device or hardware token shares with IAM, and what IAM has learnt of its clock. Serial numbers are unique. */
export interface TotpSecret {
  readonly serialNumber: string;
  /** Base32. */
  readonly seed: string;
  /** Steps by which the device's clock is taken to be ahead of ours, learnt when it is enabled and at resync. */
  readonly clockAdjustment: number;
  /** The step of the second code of the last accepted pair; later pairs must be newer. */
  readonly lastPairStep?: number;
}
export const totpSecrets = collection<TotpSecret>("totp-secrets", (t) => [t.serialNumber]);

/** A TOTP code that STS or the console has accepted: it is never accepted again for that device. */
export interface UsedCode {
  readonly serialNumber: string;
  readonly step: number;
}
export const usedCodes = collection<UsedCode>("used-codes", (c) => [c.serialNumber, String(c.step)]);

/** How many verifications a device has seen in the current three-minute window. Outlives the device itself. */
export interface MfaAttempts {
  readonly serialNumber: string;
  /** Number of the window since 1970. */
  readonly window: number;
  readonly count: number;
}
export const mfaAttempts = collection<MfaAttempts>("mfa-attempts", (a) => [a.serialNumber]);

/** A hardware TOTP token that somebody owns, enabled or not. Its seed is a TotpSecret. */
export interface HardwareToken {
  readonly serialNumber: string;
  /** By how much the clock in the token runs ahead of the right time; negative if it is slow. */
  readonly offsetSeconds: number;
}
export const hardwareTokens = collection<HardwareToken>("hardware-tokens", (t) => [t.serialNumber]);

/** A text message that a phone has got. */
export interface SmsMessage {
  readonly phoneNumber: string;
  /** Counts the messages to this phone, from 1. */
  readonly number: number;
  /** The SMS device that the code is for. */
  readonly serialNumber: string;
  readonly code: string;
  readonly text: string;
  readonly sentAt: number;
  readonly used: boolean;
}
export const smsMessages = collection<SmsMessage>("sms-messages", (m) => [
  m.phoneNumber,
  String(m.number).padStart(10, "0"),
]);

/** What an EC2 instance gets its role from. */
export interface InstanceProfile {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** `AIPA…` */
  readonly id: string;
  readonly createdAt: number;
  readonly tags: readonly Tag[];
  /** Unique id of the role in it, of which there is at most one. */
  readonly role?: string;
}
export const instanceProfiles = collection<InstanceProfile>("instance-profiles", (p) => [p.account, fold(p.name)], {
  role: (p) => (p.role === undefined ? undefined : [p.account, p.role]),
});

/** The deletion of a service-linked role, which its service is asked for. */
export interface RoleDeletion {
  readonly account: string;
  /** `task/aws-service-role/SERVICE/ROLE/UUID` */
  readonly id: string;
  readonly roleName: string;
  readonly startedAt: number;
}
export const roleDeletions = collection<RoleDeletion>("role-deletions", (d) => [d.account, d.id], {
  role: (d) => [d.account, fold(d.roleName)],
});

/** A service control policy or a resource control policy. */
export interface ControlPolicy {
  /** Its name. */
  readonly id: string;
  /** `p-…` */
  readonly policyId: string;
  readonly document: string;
}

/** The root of an organization, or one of its organizational units. */
export interface OrganizationalUnit {
  /** `r-…` or `ou-…` */
  readonly id: string;
  readonly name: string;
  readonly scps: readonly ControlPolicy[];
  readonly rcps: readonly ControlPolicy[];
  readonly accounts: readonly string[];
  readonly children: readonly OrganizationalUnit[];
}

/** What an organization can turn on for its member accounts' root users. */
export type RootFeature = "RootSessions" | "RootCredentialsManagement";

export interface Organization {
  /** `o-…` */
  readonly id: string;
  readonly managementAccount: string;
  /** Without all features it is for consolidated billing only. */
  readonly allFeatures: boolean;
  /** Whether IAM may act in the organization. */
  readonly trustedAccess: boolean;
  /** The accounts that administer IAM's features for it, besides the management account. */
  readonly delegatedAdministrators: readonly string[];
  readonly rootFeatures: readonly RootFeature[];
  readonly root: OrganizationalUnit;
}
export const organizations = collection<Organization>("organizations", (o) => [o.id]);

/** An account's place in its organization, and the organization's policies in force there: made from the Organization. */
export interface OrganizationAccount {
  readonly account: string;
  readonly organization: string;
  /** The ids from the root down to what holds the account. */
  readonly path: readonly string[];
  /** One list a level, from the root down. Both are absent for the management account, which they do not limit. */
  readonly scps?: readonly (readonly ControlPolicy[])[];
  readonly rcps?: readonly (readonly ControlPolicy[])[];
}
export const organizationAccounts = collection<OrganizationAccount>("organization-accounts", (a) => [a.account]);

/** An OpenID Connect identity provider. */
export interface OidcProvider {
  readonly account: string;
  /** The issuer's URL without `https://`; case and a slash at the end count. */
  readonly url: string;
  readonly clientIds: readonly string[];
  /** SHA-1 of certificates, 40 hexadecimal digits in lower case. */
  readonly thumbprints: readonly string[];
  readonly createdAt: number;
  readonly tags: readonly Tag[];
}
export const oidcProviders = collection<OidcProvider>("oidc-providers", (p) => [p.account, p.url]);

export interface SamlProvider {
  readonly account: string;
  readonly name: string;
  /** `SAMLSP…` */
  readonly uuid: string;
  /** Byte for byte as it was sent. */
  readonly metadata: string;
  readonly createdAt: number;
  readonly encryption: "Required" | "Allowed";
  /** What decrypts assertions: PEM, oldest first. */
  readonly privateKeys: readonly { readonly id: string; readonly pem: string; readonly addedAt: number }[];
  readonly tags: readonly Tag[];
}
export const samlProviders = collection<SamlProvider>("saml-providers", (p) => [p.account, p.name]);

/** A TLS certificate for other services. Its private key is checked at the upload and not kept: nothing gives it out. */
export interface ServerCertificate {
  readonly account: string;
  readonly name: string;
  readonly path: string;
  /** `ASCA…` */
  readonly id: string;
  /** PEM. */
  readonly body: string;
  readonly chain?: string;
  readonly uploadedAt: number;
  readonly expiresAt: number;
  readonly tags: readonly Tag[];
}
export const serverCertificates = collection<ServerCertificate>("server-certificates", (c) => [
  c.account,
  fold(c.name),
]);

/** An X.509 certificate that verified requests of the SOAP interfaces. */
export interface SigningCertificate {
  readonly account: string;
  /** Base32 of the SHA-1 of the certificate, 32 characters. */
  readonly id: string;
  /** Unique id of the user, or the account number for root. */
  readonly owner: string;
  /** PEM, byte for byte as it was sent. */
  readonly body: string;
  readonly status: "Active" | "Inactive";
  readonly uploadedAt: number;
}
export const signingCertificates = collection<SigningCertificate>("signing-certificates", (c) => [c.account, c.id], {
  owner: (c) => [c.account, c.owner],
});

/** An RSA key for CodeCommit. */
export interface SshPublicKey {
  readonly account: string;
  /** `APKA…` */
  readonly id: string;
  /** Unique id of the user. */
  readonly owner: string;
  /** The key as SSH writes it on the wire (RFC 4253, 6.6), in base64. */
  readonly blob: string;
  readonly status: "Active" | "Inactive";
  readonly uploadedAt: number;
}
export const sshPublicKeys = collection<SshPublicKey>("ssh-public-keys", (k) => [k.account, k.id], {
  owner: (k) => [k.account, k.owner],
});

/** A user name and password, or an API key, for one service that does not take access keys. */
export interface ServiceCredential {
  readonly account: string;
  /** `ACCA…` */
  readonly id: string;
  /** Unique id of the user. */
  readonly owner: string;
  /** Such as `codecommit.amazonaws.com`. */
  readonly service: string;
  /** What the service knows the user by: ServiceUserName or ServiceCredentialAlias. */
  readonly loginName: string;
  readonly secret: string;
  readonly status: "Active" | "Inactive";
  readonly createdAt: number;
  readonly expiresAt?: number;
}
export const serviceCredentials = collection<ServiceCredential>("service-credentials", (c) => [c.account, c.id], {
  owner: (c) => [c.account, c.owner],
});

/** How many login names of a service were made for users of that name: none is given twice. */
export interface ServiceLoginNames {
  readonly account: string;
  readonly service: string;
  readonly userName: string;
  readonly count: number;
}
export const serviceLoginNames = collection<ServiceLoginNames>("service-login-names", (n) => [
  n.account,
  n.service,
  fold(n.userName),
]);

/** The account as an issuer of JSON web tokens; once made, it stays the same, on or off. */
export interface OutboundFederation {
  readonly account: string;
  /** UUID, which is in the issuer's URL. */
  readonly issuerId: string;
  readonly enabled: boolean;
}
export const outboundFederations = collection<OutboundFederation>("outbound-federations", (f) => [f.account]);

/** A partner of AWS, whose account may ask for delegated access to others. */
export interface DelegationPartner {
  readonly account: string;
  /** What the asked see it as. */
  readonly name: string;
  readonly templates: readonly DelegationTemplate[];
}
export const delegationPartners = collection<DelegationPartner>("delegation-partners", (p) => [p.account]);

/** A policy that a partner has registered to ask for. */
export interface DelegationTemplate {
  readonly arn: string;
  /** With parameters, such as `@{Bucket}`, inside its texts. */
  readonly document: string;
  /** The permissions boundaries that roles made under it must have. */
  readonly restrictionArns: readonly string[];
}

export type DelegationState = "UNASSIGNED" | "ASSIGNED" | "PENDING_APPROVAL" | "ACCEPTED" | "REJECTED" | "FINALIZED";

export interface DelegationRequest {
  readonly id: string;
  /** The partner's account. */
  readonly requestor: string;
  readonly requestorName: string;
  readonly workflowId: string;
  /** The account that is asked, once it is known. */
  readonly ownerAccount?: string;
  /** ARN of the identity that has taken the request on. */
  readonly owner?: string;
  readonly state: DelegationState;
  readonly createdAt: number;
  readonly updatedAt: number;
  readonly description: string;
  readonly message?: string;
  readonly templateArn: string;
  readonly parameters: readonly DelegationParameter[];
  /** What is asked for: the template, filled in. */
  readonly document: string;
  readonly restrictionArns: readonly string[];
  readonly redirectUrl?: string;
  /** ARN of an SNS topic. */
  readonly channel: string;
  readonly sessionSeconds: number;
  readonly onlySendByOwner: boolean;
  readonly notes?: string;
  readonly rejectionReason?: string;
  readonly approver?: DelegationApprover;
  /** What the partner gets for credentials, once it is sent. */
  readonly tradeInToken?: string;
}
export const delegationRequests = collection<DelegationRequest>("delegation-requests", (r) => [r.id], {
  workflow: (r) => [r.requestor, r.workflowId],
  owner: (r) => (r.owner === undefined ? undefined : [r.ownerAccount!, r.id]),
  token: (r) => (r.tradeInToken === undefined ? undefined : [r.tradeInToken]),
});

export interface DelegationParameter {
  readonly name: string;
  readonly values: readonly string[];
  readonly type: "string" | "stringList";
}

/** Who has accepted a request, as it was then: the partner's credentials are this identity's. */
export interface DelegationApprover {
  readonly arn: string;
  readonly principalId: string;
  readonly sessionName?: string;
  readonly tags?: readonly Tag[];
  readonly sourceIdentity?: string;
  readonly mfaAt?: number;
}

/** What IAM has published to a partner's SNS topic. */
export interface DelegationNotification {
  readonly channel: string;
  /** Counts the messages to this topic, from 1. */
  readonly number: number;
  readonly requestId: string;
  readonly state: DelegationState;
  readonly sentAt: number;
  readonly tradeInToken?: string;
}
export const delegationNotifications = collection<DelegationNotification>("delegation-notifications", (n) => [
  n.channel,
  String(n.number).padStart(10, "0"),
]);

/** Every collection, for the store to load and to reset. */
export const collections = [
  accounts,
  users,
  roles,
  groups,
  memberships,
  managedPolicies,
  policyVersions,
  attachments,
  inlinePolicies,
  accessKeys,
  lastUses,
  serviceUses,
  credentialReports,
  lastAccessedJobs,
  organizationsReportJobs,
  loginProfiles,
  mfaDevices,
  totpSecrets,
  usedCodes,
  mfaAttempts,
  hardwareTokens,
  smsMessages,
  organizations,
  organizationAccounts,
  instanceProfiles,
  roleDeletions,
  oidcProviders,
  samlProviders,
  serverCertificates,
  signingCertificates,
  sshPublicKeys,
  serviceCredentials,
  serviceLoginNames,
  outboundFederations,
  delegationPartners,
  delegationRequests,
  delegationNotifications,
] as const;
