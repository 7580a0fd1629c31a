import { accounts, outboundFederations } from "./accounts.ts";
import {
  serverCertificates,
  serviceCredentials,
  serviceLoginNames,
  signingCertificates,
  sshPublicKeys,
} from "./certificates.ts";
import { delegationNotifications, delegationPartners, delegationRequests } from "./delegation.ts";
import { ciphertextKeys, gatedResources, keyAliases } from "./gate.ts";
import { identityProviderKeys } from "./identity-provider.ts";
import { instances } from "./instances.ts";
import { hardwareTokens, mfaAttempts, mfaDevices, smsMessages, totpSecrets, usedCodes } from "./mfa.ts";
import { organizationAccounts, organizations } from "./organizations.ts";
import { attachments, inlinePolicies, managedPolicies, policyVersions } from "./policies.ts";
import { oidcProviders, samlProviders } from "./providers.ts";
import { credentialReports, lastAccessedJobs, lastUses, organizationsReportJobs, serviceUses } from "./reports.ts";
import { sharedClocks, sharedEras } from "./replicas.ts";
import { instanceProfiles, roleDeletions, roles } from "./roles.ts";
import { appliedSeeds } from "./seeds.ts";
import { forgottenProofs, revokedGrants, signInTries, tickets, usedProofs } from "./sign-ins.ts";
import { accessKeys, groups, loginProfiles, memberships, users } from "./users.ts";
import { issuerKeySets, tokenSigningKeys } from "./web-identity.ts";

/** Every collection, for the store to load and to reset. */
export const collections = [
  sharedEras,
  sharedClocks,
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
  instances,
  roleDeletions,
  oidcProviders,
  samlProviders,
  serverCertificates,
  signingCertificates,
  sshPublicKeys,
  serviceCredentials,
  serviceLoginNames,
  outboundFederations,
  tokenSigningKeys,
  issuerKeySets,
  identityProviderKeys,
  delegationPartners,
  delegationRequests,
  delegationNotifications,
  gatedResources,
  keyAliases,
  ciphertextKeys,
  appliedSeeds,
  tickets,
  signInTries,
  usedProofs,
  forgottenProofs,
  revokedGrants,
] as const;
