import { kindOf } from "../../../handlers/mfa/kinds.ts";
import { deletionPage, type Dependents } from "../deletion.ts";
import { entityNamed } from "../entity.ts";
import { all } from "../listing.ts";
import type { SignedInView } from "../page.ts";
import { policyDependents } from "../sections/policy-dependents.ts";
import { ifExists } from "../unless-refused.ts";

/** Deletes a user with everything that is theirs. */
export const deleteUser = deletionPage("/users/:userName/delete", "Delete user", async (view) => {
  const { User } = await view.call("GetUser", { UserName: view.params["userName"]! });
  const UserName = User!.UserName!;
  const entity = entityNamed("User", UserName);
  return {
    ...entity,
    list: "/console/users",
    dependents: [...credentials(UserName, view), groups(UserName, view), ...policyDependents(entity, view)],
    remove: () => view.call("DeleteUser", { UserName }),
  };
});

/** In the order in which DeleteUser looks. */
const credentials = (UserName: string, { call }: SignedInView): readonly Dependents[] => [
  {
    label: "MFA devices",
    find: async () =>
      ((await call("ListMFADevices", { UserName })).MFADevices ?? []).map(({ SerialNumber = "" }) => ({
        name: SerialNumber,
        async remove() {
          await call("DeactivateMFADevice", { UserName, SerialNumber });
          if (kindOf(SerialNumber) === "virtual") await call("DeleteVirtualMFADevice", { SerialNumber });
        },
      })),
  },
  {
    label: "Access keys",
    find: async () =>
      ((await call("ListAccessKeys", { UserName })).AccessKeyMetadata ?? []).map(({ AccessKeyId = "" }) => ({
        name: AccessKeyId,
        remove: () => call("DeleteAccessKey", { UserName, AccessKeyId }),
      })),
  },
  {
    label: "Console password",
    find: async () =>
      (await ifExists(call("GetLoginProfile", { UserName })))
        ? [{ name: "the password", remove: () => call("DeleteLoginProfile", { UserName }) }]
        : [],
  },
  {
    label: "Signing certificates",
    find: async () =>
      ((await call("ListSigningCertificates", { UserName })).Certificates ?? []).map(({ CertificateId = "" }) => ({
        name: CertificateId,
        remove: () => call("DeleteSigningCertificate", { UserName, CertificateId }),
      })),
  },
  {
    label: "SSH public keys",
    find: async () =>
      ((await call("ListSSHPublicKeys", { UserName })).SSHPublicKeys ?? []).map(({ SSHPublicKeyId = "" }) => ({
        name: SSHPublicKeyId,
        remove: () => call("DeleteSSHPublicKey", { UserName, SSHPublicKeyId }),
      })),
  },
  {
    label: "Service-specific credentials",
    async find() {
      const { ServiceSpecificCredentials = [] } = await call("ListServiceSpecificCredentials", { UserName });
      return ServiceSpecificCredentials.map(({ ServiceSpecificCredentialId = "", ServiceName }) => ({
        name: `${ServiceSpecificCredentialId} (${ServiceName})`,
        remove: () => call("DeleteServiceSpecificCredential", { UserName, ServiceSpecificCredentialId }),
      }));
    },
  },
];

const groups = (UserName: string, { call }: SignedInView): Dependents => ({
  label: "User groups",
  find: async () =>
    (
      await all(async (paging) => {
        const { Groups, Marker } = await call("ListGroupsForUser", { UserName, ...paging });
        return { items: Groups, marker: Marker };
      })
    ).map(({ GroupName = "" }) => ({
      name: GroupName,
      remove: () => call("RemoveUserFromGroup", { UserName, GroupName }),
    })),
});
