import type { Output } from "../../../handlers/operation.ts";
import { code, href, jsonBlock, link, section, table } from "../components.ts";
import { html, type Html, type Value } from "../html.ts";
import { all } from "../listing.ts";
import type { SignedInView } from "../page.ts";
import { unlessRefused } from "../unless-refused.ts";

/** The API returns documents in percent-encoding (API reference, "PolicyDetail"). */
export const documentBlock = (label: string, encoded: string | undefined): Html =>
  jsonBlock(label, decodeURIComponent(encoded ?? ""));

type Attached = NonNullable<Output<"ListAttachedUserPolicies">["AttachedPolicies"]>;

/** The operations that list the policies of one entity. */
interface Policies {
  attached(): Promise<Attached>;
  inlineNames(): Promise<string[]>;
  inline(name: string): Promise<string | undefined>;
}

/** The operations for this kind of entity; only their names differ between kinds. */
export function policiesOf(kind: "User" | "Group" | "Role", name: string, { call }: SignedInView): Policies {
  const entity = { [`${kind}Name`]: name } as { UserName: string; GroupName: string; RoleName: string };
  return {
    attached: () =>
      all(async (paging) => {
        const { AttachedPolicies, Marker } = await call(`ListAttached${kind}Policies`, { ...entity, ...paging });
        return { items: AttachedPolicies, marker: Marker };
      }),
    inlineNames: () =>
      all(async (paging) => {
        const { PolicyNames, Marker } = await call(`List${kind}Policies`, { ...entity, ...paging });
        return { items: PolicyNames, marker: Marker };
      }),
    inline: async (PolicyName) => (await call(`Get${kind}Policy`, { ...entity, PolicyName })).PolicyDocument,
  };
}

export const policyLink = (arn: string, text: Value = arn): Html => link(href`/console/policy?arn=${arn}`, text);

/** The attached policies, the inline ones with their documents and, for users and roles, the permissions boundary. */
export async function permissions(policies: Policies, boundary?: { readonly arn: string | undefined }): Promise<Html> {
  const attached = await unlessRefused(async () =>
    table(
      "Managed policies",
      ["Policy name", "ARN"],
      (await policies.attached()).map(({ PolicyName, PolicyArn = "" }) => [
        policyLink(PolicyArn, PolicyName),
        code(PolicyArn),
      ]),
      "No managed policy is attached.",
    ),
  );
  const inline = await unlessRefused(async () => {
    const names = await policies.inlineNames();
    if (names.length === 0) return html`<p class="none">There are no inline policies.</p>`;
    const blocks: Value[] = [];
    for (const name of names) blocks.push(await inlinePolicy(name, policies));
    return blocks;
  });
  return section(
    "Permissions",
    html`<h3>Managed policies</h3>`,
    attached,
    html`<h3>Inline policies</h3>`,
    inline,
    boundary &&
      html`<h3>Permissions boundary</h3>
        ${
          boundary.arn === undefined
            ? html`<p class="none">No permissions boundary is set.</p>`
            : html`<p>${policyLink(boundary.arn)}</p>`
        }`,
  );
}

const inlinePolicy = (name: string, policies: Policies): Promise<Value> =>
  unlessRefused(
    async () =>
      html`<h4>${name}</h4>
        ${documentBlock(`Inline policy ${name}`, await policies.inline(name))}`,
  );
