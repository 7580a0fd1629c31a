import { facts, href, link, postForm } from "../components.ts";
import { html, type Html, type Value } from "../html.ts";
import { redirect, type Page, type SignedInView } from "../page.ts";
import { ifExists, unlessRefused } from "../unless-refused.ts";

/** Deletes a user, and shows what has to be removed first. */
export const deleteUser: Page = {
  path: "/users/:userName/delete",
  title: "Delete user",
  access: "signed-in",
  async GET(view) {
    const { User } = await view.call("GetUser", { UserName: view.params["userName"]! });
    const UserName = User!.UserName!;
    const found: [string, Value][] = [];
    for (const [label, count] of BELONGINGS) {
      found.push([label, await unlessRefused(async () => shown(await count(UserName, view)))]);
    }
    return {
      title: `Delete user ${UserName}`,
      body: html`<p>IAM deletes no user who still has something of this:</p>
        ${facts(found)} ${postForm(view, { submit: `Delete ${UserName}`, danger: true })}
        <p>${link(href`/console/users/${UserName}`, "Cancel")}</p>`,
    };
  },
  async POST(view) {
    const UserName = view.params["userName"]!;
    await view.call("DeleteUser", { UserName });
    return redirect("/console/users", `The user ${UserName} has been deleted.`);
  },
};

const shown = (count: number): Html =>
  count === 0 ? html`none` : html`<strong>${count}: must be removed first</strong>`;

type Count = (UserName: string, view: SignedInView) => Promise<number>;

const size = (list: readonly unknown[] | undefined): number => list?.length ?? 0;

/** In the order of DeleteUser's checks. */
const BELONGINGS: readonly (readonly [string, Count])[] = [
  ["MFA devices", async (UserName, { call }) => size((await call("ListMFADevices", { UserName })).MFADevices)],
  ["Access keys", async (UserName, { call }) => size((await call("ListAccessKeys", { UserName })).AccessKeyMetadata)],
  ["Console password", async (UserName, { call }) => ((await ifExists(call("GetLoginProfile", { UserName }))) ? 1 : 0)],
  ["User groups", async (UserName, { call }) => size((await call("ListGroupsForUser", { UserName })).Groups)],
  [
    "Managed policies",
    async (UserName, { call }) => size((await call("ListAttachedUserPolicies", { UserName })).AttachedPolicies),
  ],
  ["Inline policies", async (UserName, { call }) => size((await call("ListUserPolicies", { UserName })).PolicyNames)],
  [
    "Signing certificates",
    async (UserName, { call }) => size((await call("ListSigningCertificates", { UserName })).Certificates),
  ],
  [
    "SSH public keys",
    async (UserName, { call }) => size((await call("ListSSHPublicKeys", { UserName })).SSHPublicKeys),
  ],
  [
    "Service-specific credentials",
    async (UserName, { call }) =>
      size((await call("ListServiceSpecificCredentials", { UserName })).ServiceSpecificCredentials),
  ],
];
