import { deletionPage } from "../deletion.ts";
import { entityNamed } from "../entity.ts";
import { all } from "../listing.ts";
import { policyDependents } from "../sections/policy-dependents.ts";

/** Deletes a role; the instance profiles that have it stay, without a role. */
export const deleteRole = deletionPage("/roles/:roleName/delete", "Delete role", async (view) => {
  const { Role } = await view.call("GetRole", { RoleName: view.params["roleName"]! });
  const RoleName = Role!.RoleName!;
  const entity = entityNamed("Role", RoleName);
  return {
    ...entity,
    list: "/console/roles",
    dependents: [
      {
        label: "Instance profiles (which stay)",
        find: async () =>
          (
            await all(async (paging) => {
              const { InstanceProfiles, Marker } = await view.call("ListInstanceProfilesForRole", {
                RoleName,
                ...paging,
              });
              return { items: InstanceProfiles, marker: Marker };
            })
          ).map(({ InstanceProfileName = "" }) => ({
            name: InstanceProfileName,
            remove: () => view.call("RemoveRoleFromInstanceProfile", { RoleName, InstanceProfileName }),
          })),
      },
      ...policyDependents(entity, view),
    ],
    remove: () => view.call("DeleteRole", { RoleName }),
  };
});
