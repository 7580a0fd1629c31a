import { actions, buttonLink, code, dangerLink, facts, href, time } from "../components.ts";
import { entityNamed, entityOf, type Entity } from "../entity.ts";
import { html } from "../html.ts";
import { formAction, type Answer, type Page, type SignedInView } from "../page.ts";
import { groupsOfUser, membershipActions } from "../sections/group-membership.ts";
import { permissionActions, permissions } from "../sections/policies.ts";
import { comesTo } from "../sections/principal.ts";
import { tagActions, tags } from "../sections/tags.ts";

/** One user: identity, permissions, groups and tags. */
export const user: Page = {
  path: "/users/:userName",
  title: "User",
  access: "signed-in",
  async GET(view) {
    const { User } = await view.call("GetUser", { UserName: view.params["userName"]! });
    const { UserName = "", Arn, Path, UserId, CreateDate, PasswordLastUsed, PermissionsBoundary, Tags } = User!;
    const boundary = { arn: PermissionsBoundary?.PermissionsBoundaryArn };
    return {
      title: `User ${UserName}`,
      body: html`${facts([
        ["ARN", code(Arn!)],
        ["Path", Path],
        ["User ID", code(UserId!)],
        ["Created", time(CreateDate)],
        ["Password last used", time(PasswordLastUsed)],
      ])}
      ${actions(
        buttonLink(href`/console/users/${UserName}/security-credentials`, "Security credentials"),
        dangerLink(href`/console/users/${UserName}/delete`, "Delete user"),
      )}
      ${await permissions(entityNamed("User", UserName), view, boundary)} ${comesTo(Arn!, view)}
      ${await groupsOfUser(UserName, view)} ${tags(Tags, view)}`,
    };
  },
  POST: (view) => formAction(ACTIONS, view)(entityOf("User", view), view),
};

const ACTIONS: Readonly<Record<string, (user: Entity, view: SignedInView) => Promise<Answer>>> = {
  ...membershipActions,
  ...permissionActions,
  ...tagActions("User", ({ input }: Entity) => input),
};
