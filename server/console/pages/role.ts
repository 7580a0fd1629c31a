import { actions, buttonLink, code, dangerLink, facts, href, link, section, time } from "../components.ts";
import { html, type Html } from "../html.ts";
import type { Output } from "../../../handlers/operation.ts";
import { formAction, type Page } from "../page.ts";
import { entityNamed, entityOf, type Entity } from "../entity.ts";
import { documentBlock, permissionActions, permissions } from "../sections/policies.ts";
import { comesTo } from "../sections/principal.ts";
import { tagActions, tags } from "../sections/tags.ts";

/** One role: who may assume it, what it may do, and when it was last used. */
export const role: Page = {
  path: "/roles/:roleName",
  title: "Role",
  access: "signed-in",
  async GET(view) {
    const { Role } = await view.call("GetRole", { RoleName: view.params["roleName"]! });
    const { RoleName = "", Arn = "", Path = "/", PermissionsBoundary, Tags } = Role!;
    const boundary = { arn: PermissionsBoundary?.PermissionsBoundaryArn };
    const account = Arn.split(":")[4]!;
    const roleName = `${Path.slice(1)}${RoleName}`;
    return {
      title: `Role ${RoleName}`,
      body: html`${facts([
        ["ARN", code(Arn)],
        ["Description", Role!.Description || "none"],
        ["Path", Path],
        ["Role ID", code(Role!.RoleId!)],
        ["Created", time(Role!.CreateDate)],
        ["Maximum session duration", `${Role!.MaxSessionDuration} seconds`],
        ["Last activity", lastUsed(Role!.RoleLastUsed)],
        [
          "Switch roles in console",
          link(href`/console/switch-role?account=${account}&roleName=${roleName}`, "Switch to this role"),
        ],
      ])}
      ${actions(
        buttonLink(href`/console/roles/${RoleName}/edit`, "Edit role"),
        dangerLink(href`/console/roles/${RoleName}/delete`, "Delete role"),
      )}
      ${section(
        "Trust relationships",
        documentBlock("Trust policy", Role!.AssumeRolePolicyDocument),
        actions(buttonLink(href`/console/roles/${RoleName}/trust`, "Edit trust policy")),
      )}
      ${await permissions(entityNamed("Role", RoleName), view, boundary)} ${comesTo(Arn, view)} ${tags(Tags, view)}`,
    };
  },
  POST: (view) => formAction(ACTIONS, view)(entityOf("Role", view), view),
};

const ACTIONS = { ...permissionActions, ...tagActions("Role", ({ input }: Entity) => input) };

type LastUsed = NonNullable<Output<"GetRole">["Role"]>["RoleLastUsed"];

const lastUsed = (use: LastUsed): Html | string =>
  use?.LastUsedDate ? html`${time(use.LastUsedDate)} in ${use.Region}` : "never";
