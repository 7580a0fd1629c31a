import { href } from "../components.ts";
import { deletionPage, type Dependent } from "../deletion.ts";
import { entityNamed, type EntityKind } from "../entity.ts";
import { all } from "../listing.ts";
import type { SignedInView } from "../page.ts";
import { versionsOf } from "../sections/policy-versions.ts";

/** Deletes a managed policy, `?arn=`: from whom it is attached to, as boundary too, with its versions. */
export const deletePolicy = deletionPage("/policy/delete", "Delete policy", async (view) => {
  const PolicyArn = view.query.get("arn") ?? "";
  const { Policy } = await view.call("GetPolicy", { PolicyArn });
  return {
    called: `the policy ${Policy!.PolicyName}`,
    home: href`/console/policy?arn=${PolicyArn}`,
    list: "/console/policies?scope=Local",
    dependents: [
      {
        label: "Attached to",
        find: () =>
          entities(PolicyArn, "PermissionsPolicy", view, (kind, input) =>
            view.call(`Detach${kind}Policy`, { ...input, PolicyArn }),
          ),
      },
      {
        label: "Permissions boundary of",
        find: () =>
          entities(PolicyArn, "PermissionsBoundary", view, (kind, input) =>
            kind === "Group" ? Promise.resolve() : view.call(`Delete${kind}PermissionsBoundary`, input),
          ),
      },
      {
        label: "Older versions",
        find: async () =>
          (await versionsOf(PolicyArn, view))
            .filter(({ IsDefaultVersion }) => !IsDefaultVersion)
            .map(({ VersionId = "" }) => ({
              name: VersionId,
              remove: () => view.call("DeletePolicyVersion", { PolicyArn, VersionId }),
            })),
      },
    ],
    remove: () => view.call("DeletePolicy", { PolicyArn }),
  };
});

type Names = ReturnType<typeof entityNamed>["input"];

const entities = (
  PolicyArn: string,
  PolicyUsageFilter: "PermissionsPolicy" | "PermissionsBoundary",
  view: SignedInView,
  remove: (kind: EntityKind, input: Names) => Promise<unknown>,
): Promise<Dependent[]> =>
  all(async (paging) => {
    const page = await view.call("ListEntitiesForPolicy", { PolicyArn, PolicyUsageFilter, ...paging });
    const dependent = (kind: EntityKind, name = ""): Dependent => {
      const { called, input } = entityNamed(kind, name);
      return { name: called, remove: () => remove(kind, input) };
    };
    const items = [
      ...(page.PolicyUsers ?? []).map(({ UserName }) => dependent("User", UserName)),
      ...(page.PolicyGroups ?? []).map(({ GroupName }) => dependent("Group", GroupName)),
      ...(page.PolicyRoles ?? []).map(({ RoleName }) => dependent("Role", RoleName)),
    ];
    return { items, marker: page.Marker };
  });
