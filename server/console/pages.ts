import { accountSettings } from "./pages/account-settings.ts";
import { authorize } from "./pages/authorize.ts";
import { federation } from "./pages/federation.ts";
import { home } from "./pages/home.ts";
import { identityProvider } from "./pages/identity-provider.ts";
import { identityProviders } from "./pages/identity-providers.ts";
import { addOidcProvider, deleteOidcProvider, oidcProvider } from "./pages/oidc-provider.ts";
import { addSamlProvider, deleteSamlProvider, samlProvider } from "./pages/saml-provider.ts";
import { mfaSignIn } from "./pages/mfa-sign-in.ts";
import { newPassword } from "./pages/new-password.ts";
import { passwordPolicyPage } from "./pages/password-policy.ts";
import { rootSignIn, userSignIn } from "./pages/sign-in.ts";
import { signOut } from "./pages/sign-out.ts";
import { checkPolicyPage } from "./pages/check-policy.ts";
import { createUser } from "./pages/create-user.ts";
import { deleteUser } from "./pages/delete-user.ts";
import { emulatorClock } from "./pages/emulator-clock.ts";
import { emulatorHealth } from "./pages/emulator-health.ts";
import { emulatorKeyRing } from "./pages/emulator-key-ring.ts";
import { emulatorPhone } from "./pages/emulator-phone.ts";
import { emulatorReset } from "./pages/emulator-reset.ts";
import { emulatorPermissions } from "./pages/emulator-permissions.ts";
import { emulatorSimulator } from "./pages/emulator-simulator.ts";
import { emulatorTrail } from "./pages/emulator-trail.ts";
import { emulatorTrailEvent } from "./pages/emulator-trail-event.ts";
import { emulatorVirtualDevices } from "./pages/emulator-virtual-devices.ts";
import { group } from "./pages/group.ts";
import { groups } from "./pages/groups.ts";
import { mfaAssign } from "./pages/mfa-assign.ts";
import { mfaAssignHardware } from "./pages/mfa-assign-hardware.ts";
import { mfaAssignSms } from "./pages/mfa-assign-sms.ts";
import { mfaAssignU2f } from "./pages/mfa-assign-u2f.ts";
import { mfaAssignVirtual } from "./pages/mfa-assign-virtual.ts";
import { mfaDevice } from "./pages/mfa-device.ts";
import { policies } from "./pages/policies.ts";
import { policy } from "./pages/policy.ts";
import { role } from "./pages/role.ts";
import { roles } from "./pages/roles.ts";
import { switchRolePage } from "./pages/switch-role.ts";
import { user } from "./pages/user.ts";
import { users } from "./pages/users.ts";
import { whoAmI } from "./pages/who-am-i.ts";
import { securityCredentials, userSecurityCredentials } from "./pages/security-credentials.ts";
import { attachGroupPolicies, attachRolePolicies, attachUserPolicies } from "./pages/attach-policies.ts";
import { compareVersions } from "./pages/compare-versions.ts";
import { createGroup } from "./pages/create-group.ts";
import { createPolicy } from "./pages/create-policy.ts";
import { createRole } from "./pages/create-role.ts";
import { deleteGroup } from "./pages/delete-group.ts";
import { deletePolicy } from "./pages/delete-policy.ts";
import { deleteRole } from "./pages/delete-role.ts";
import { editPolicy } from "./pages/edit-policy.ts";
import { editRole } from "./pages/edit-role.ts";
import { groupInlinePolicy, roleInlinePolicy, userInlinePolicy } from "./pages/inline-policy.ts";
import { roleBoundary, userBoundary } from "./pages/permissions-boundary.ts";
import { roleTrust } from "./pages/role-trust.ts";
import type { Page } from "./page.ts";

/** Every page of the console. The navigation shows its links in this order. */
export const pages: readonly Page[] = [
  home,
  whoAmI,
  securityCredentials,
  switchRolePage,
  users,
  groups,
  roles,
  policies,
  identityProviders,
  checkPolicyPage,
  accountSettings,
  passwordPolicyPage,
  createUser,
  user,
  userSecurityCredentials,
  attachUserPolicies,
  userInlinePolicy,
  userBoundary,
  deleteUser,
  createGroup,
  group,
  attachGroupPolicies,
  groupInlinePolicy,
  deleteGroup,
  createRole,
  role,
  editRole,
  roleTrust,
  attachRolePolicies,
  roleInlinePolicy,
  roleBoundary,
  deleteRole,
  createPolicy,
  policy,
  editPolicy,
  compareVersions,
  deletePolicy,
  oidcProvider,
  addOidcProvider,
  deleteOidcProvider,
  samlProvider,
  addSamlProvider,
  deleteSamlProvider,
  mfaAssign,
  mfaAssignVirtual,
  mfaAssignHardware,
  mfaAssignSms,
  mfaAssignU2f,
  mfaDevice,
  userSignIn,
  rootSignIn,
  mfaSignIn,
  newPassword,
  signOut,
  authorize,
  federation,
  emulatorPhone,
  emulatorVirtualDevices,
  emulatorKeyRing,
  emulatorClock,
  emulatorTrail,
  emulatorSimulator,
  emulatorPermissions,
  emulatorHealth,
  identityProvider,
  emulatorTrailEvent,
  emulatorReset,
];
