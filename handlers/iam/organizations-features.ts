import { organizations, type Organization, type RootFeature } from "../../data/entities/organizations.ts";
import {
  AccountNotManagementOrDelegatedAdministratorException,
  CallerIsNotManagementAccountException,
  OrganizationNotFoundException,
  OrganizationNotInAllFeaturesModeException,
  ServiceAccessNotEnabledException,
} from "../errors.ts";
import { operation, type Context } from "../operation.ts";
import { organizationOf } from "../organization.ts";

/** In the order in which AWS shows them (evidence: root-features-answer). */
const FEATURES: readonly RootFeature[] = ["RootSessions", "RootCredentialsManagement"];

/**
 * The organization that the caller's account manages, or administers for IAM. In which order AWS checks what may be
 * wrong, and its texts for the first two, are not known.
 */
function managedOrganization({ tx, account }: Context): Organization {
  const organization = organizationOf(account, tx);
  if (!organization) throw OrganizationNotFoundException(`Account ${account} is not a member of an organization.`);
  if (!organization.allFeatures) {
    throw OrganizationNotInAllFeaturesModeException(
      `The organization of input account ${account} does not have all features enabled.`,
    );
  }
  if (!organization.trustedAccess) {
    throw ServiceAccessNotEnabledException(
      `Trusted Access for IAM not enabled by organization of input account ${account}.`,
    );
  }
  if (!isManager(account, organization)) {
    throw AccountNotManagementOrDelegatedAdministratorException(
      `Input account ${account} is neither management account nor delegated admin.`,
    );
  }
  return organization;
}

/** Whether an account may administer IAM's features for the organization. */
export const isManager = (account: string, organization: Organization): boolean =>
  account === organization.managementAccount || organization.delegatedAdministrators.includes(account);

/** Turns a feature on or off; if it is so already, that is no error. */
function setFeature(feature: RootFeature, enabled: boolean, context: Context) {
  const organization = managedOrganization(context);
  if (enabled && context.account !== organization.managementAccount) {
    throw CallerIsNotManagementAccountException(
      `Caller account ${context.account} is not management account of the organization and cannot enable IAM features.`,
    );
  }
  const others = organization.rootFeatures.filter((other) => other !== feature);
  const updated = { ...organization, rootFeatures: enabled ? [...others, feature] : others };
  context.tx.put(organizations, updated);
  return toFeatures(updated);
}

const toFeatures = ({ id, rootFeatures }: Organization) => ({
  OrganizationId: id,
  EnabledFeatures: FEATURES.filter((feature) => rootFeatures.includes(feature)),
});

export const ListOrganizationsFeatures = operation("ListOrganizationsFeatures", {
  handle: (_input, context) => toFeatures(managedOrganization(context)),
});

export const EnableOrganizationsRootSessions = operation("EnableOrganizationsRootSessions", {
  handle: (_input, context) => setFeature("RootSessions", true, context),
});

export const DisableOrganizationsRootSessions = operation("DisableOrganizationsRootSessions", {
  handle: (_input, context) => setFeature("RootSessions", false, context),
});

export const EnableOrganizationsRootCredentialsManagement = operation("EnableOrganizationsRootCredentialsManagement", {
  handle: (_input, context) => setFeature("RootCredentialsManagement", true, context),
});

export const DisableOrganizationsRootCredentialsManagement = operation(
  "DisableOrganizationsRootCredentialsManagement",
  { handle: (_input, context) => setFeature("RootCredentialsManagement", false, context) },
);
