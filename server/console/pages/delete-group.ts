import { deletionPage } from "../deletion.ts";
import { entityNamed } from "../entity.ts";
import { all } from "../listing.ts";
import { policyDependents } from "../sections/policy-dependents.ts";

/** Deletes a user group; its users stay. */
export const deleteGroup = deletionPage("/groups/:groupName/delete", "Delete user group", async (view) => {
  const { Group } = await view.call("GetGroup", { GroupName: view.params["groupName"]!, MaxItems: 1 });
  const GroupName = Group!.GroupName!;
  const entity = entityNamed("Group", GroupName);
  return {
    ...entity,
    list: "/console/groups",
    dependents: [
      {
        label: "Users (who stay)",
        find: async () =>
          (
            await all(async (paging) => {
              const { Users, Marker } = await view.call("GetGroup", { GroupName, ...paging });
              return { items: Users, marker: Marker };
            })
          ).map(({ UserName = "" }) => ({
            name: UserName,
            remove: () => view.call("RemoveUserFromGroup", { GroupName, UserName }),
          })),
      },
      ...policyDependents(entity, view),
    ],
    remove: () => view.call("DeleteGroup", { GroupName }),
  };
});
