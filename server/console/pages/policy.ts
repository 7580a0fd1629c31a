import { code, facts, href, link, section, table, time } from "../components.ts";
import { html, type Value } from "../html.ts";
import { all } from "../listing.ts";
import type { Page, SignedInView } from "../page.ts";
import { documentBlock } from "../sections/policies.ts";
import { tags } from "../sections/tags.ts";
import { unlessRefused } from "../unless-refused.ts";

/** One managed policy, by `?arn=` and `?version=`; without a version, the default one. */
export const policy: Page = {
  path: "/policy",
  title: "Policy",
  access: "signed-in",
  async GET(view) {
    const arn = view.query.get("arn") ?? "";
    const { Policy } = await view.call("GetPolicy", { PolicyArn: arn });
    const version = view.query.get("version") ?? Policy!.DefaultVersionId!;
    return {
      title: `Policy ${Policy!.PolicyName}`,
      body: html`${facts([
        ["ARN", code(arn)],
        ["Description", Policy!.Description ?? "none"],
        ["Policy ID", code(Policy!.PolicyId!)],
        ["Created", time(Policy!.CreateDate)],
        ["Edited", time(Policy!.UpdateDate)],
        ["Default version", Policy!.DefaultVersionId],
      ])}
      ${section(`Permissions, version ${version}`, await document(arn, version, view))}
      ${section("Policy versions", await versions(arn, view))}
      ${section("Entities attached", await entities(arn, view))} ${tags(Policy!.Tags)}`,
    };
  },
};

const document = (PolicyArn: string, VersionId: string, { call }: SignedInView): Promise<Value> =>
  unlessRefused(async () => {
    const { PolicyVersion } = await call("GetPolicyVersion", { PolicyArn, VersionId });
    return documentBlock(`Document of version ${VersionId}`, PolicyVersion!.Document);
  });

const versions = (PolicyArn: string, { call }: SignedInView): Promise<Value> =>
  unlessRefused(async () => {
    // A policy has at most five versions.
    const { Versions = [] } = await call("ListPolicyVersions", { PolicyArn });
    return table(
      "Policy versions",
      ["Version", "Type", "Created"],
      Versions.map(({ VersionId = "", IsDefaultVersion, CreateDate }) => [
        link(href`/console/policy?arn=${PolicyArn}&version=${VersionId}`, VersionId),
        IsDefaultVersion ? "Default" : "",
        time(CreateDate),
      ]),
      "There are no versions.",
    );
  });

const entities = (PolicyArn: string, { call }: SignedInView): Promise<Value> =>
  unlessRefused(async () => {
    const rows = await all(async (paging) => {
      const page = await call("ListEntitiesForPolicy", { PolicyArn, ...paging });
      const items = [
        ...(page.PolicyUsers ?? []).map(({ UserName = "" }) => row("User", href`/console/users/${UserName}`, UserName)),
        ...(page.PolicyGroups ?? []).map(({ GroupName = "" }) =>
          row("User group", href`/console/groups/${GroupName}`, GroupName),
        ),
        ...(page.PolicyRoles ?? []).map(({ RoleName = "" }) => row("Role", href`/console/roles/${RoleName}`, RoleName)),
      ];
      return { items, marker: page.Marker };
    });
    return table("Entities attached", ["Name", "Type"], rows, "The policy is attached to nobody.");
  });

const row = (type: string, to: string, name: string): readonly Value[] => [link(to, name), type];
