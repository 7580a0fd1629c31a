import { actions, buttonLink, code, dangerLink, facts, href, link, section, table, time } from "../components.ts";
import { html, type Value } from "../html.ts";
import { all, inPages } from "../listing.ts";
import { formAction, type Page, type SignedInView } from "../page.ts";
import { documentBlock, policyType } from "../sections/policies.ts";
import { versionActions, versionTable } from "../sections/policy-versions.ts";
import { fixedTags, tagActions, tags } from "../sections/tags.ts";
import { unlessRefused } from "../unless-refused.ts";

/** One managed policy, by `?arn=` and `?version=`; without a version, the default one. */
export const policy: Page = {
  path: "/policy",
  title: "Policy",
  access: "signed-in",
  async GET(view) {
    const arn = arnIn(view);
    const { Policy } = await view.call("GetPolicy", { PolicyArn: arn });
    const version = view.query.get("version") ?? Policy!.DefaultVersionId!;
    const type = policyType(arn);
    const isOwn = type === "Customer managed";
    return {
      title: `Policy ${Policy!.PolicyName}`,
      body: html`${facts([
        ["ARN", code(arn)],
        ["Type", type],
        ["Description", Policy!.Description ?? "none"],
        ["Policy ID", code(Policy!.PolicyId!)],
        ["Created", time(Policy!.CreateDate)],
        ["Edited", time(Policy!.UpdateDate)],
        ["Default version", Policy!.DefaultVersionId],
      ])}
      ${
        isOwn &&
        actions(
          buttonLink(href`/console/policy/edit?arn=${arn}&version=${version}`, `Edit version ${version}`),
          dangerLink(href`/console/policy/delete?arn=${arn}`, "Delete policy"),
        )
      }
      ${section(`Permissions, version ${version}`, await document(arn, version, view))}
      ${section("Policy versions", await unlessRefused(() => versionTable(arn, isOwn, view)))}
      ${section("Entities attached", await entities(arn, view))}
      ${isOwn ? tags(Policy!.Tags, view) : fixedTags(Policy!.Tags)}`,
    };
  },
  POST: (view) => formAction(ACTIONS, view)(arnIn(view), view),
};

const ACTIONS = { ...versionActions, ...tagActions("Policy", (PolicyArn: string) => ({ PolicyArn })) };

const arnIn = ({ query }: SignedInView): string => query.get("arn") ?? "";

const document = (PolicyArn: string, VersionId: string, { call }: SignedInView): Promise<Value> =>
  unlessRefused(async () => {
    const { PolicyVersion } = await call("GetPolicyVersion", { PolicyArn, VersionId });
    return documentBlock(`Document of version ${VersionId}`, PolicyVersion!.Document);
  });

const entities = (PolicyArn: string, view: SignedInView): Promise<Value> =>
  unlessRefused(async () => {
    const rows = await all(async (paging) => {
      const page = await view.call("ListEntitiesForPolicy", { PolicyArn, ...paging });
      const items = [
        ...(page.PolicyUsers ?? []).map(({ UserName = "" }) => row("User", href`/console/users/${UserName}`, UserName)),
        ...(page.PolicyGroups ?? []).map(({ GroupName = "" }) =>
          row("User group", href`/console/groups/${GroupName}`, GroupName),
        ),
        ...(page.PolicyRoles ?? []).map(({ RoleName = "" }) => row("Role", href`/console/roles/${RoleName}`, RoleName)),
      ];
      return { items, marker: page.Marker };
    });
    const { shown, pager } = inPages(rows, view);
    return html`${table("Entities attached", ["Name", "Type"], shown, "The policy is attached to nobody.")} ${pager}`;
  });

const row = (type: string, to: string, name: string): readonly Value[] => [link(to, name), type];
