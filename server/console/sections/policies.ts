import {
  actions,
  buttonLink,
  code,
  hiddenField,
  href,
  jsonBlock,
  link,
  postForm,
  section,
  table,
} from "../components.ts";
import type { Entity } from "../entity.ts";
import { html, type Html, type Value } from "../html.ts";
import { all } from "../listing.ts";
import { field, redirect, type Answer, type SignedInView } from "../page.ts";
import { unlessRefused } from "../unless-refused.ts";

/** Policies have documents in percent-encoding (API reference, "PolicyDetail"). */
export const decoded = (document: string | undefined): string => decodeURIComponent(document ?? "");

export const documentBlock = (label: string, encoded: string | undefined): Html => jsonBlock(label, decoded(encoded));

/** The managed policies that are attached to an entity. */
export const attachedPolicies = ({ kind, input }: Entity, { call }: SignedInView) =>
  all(async (paging) => {
    const { AttachedPolicies, Marker } = await call(`ListAttached${kind}Policies`, { ...input, ...paging });
    return { items: AttachedPolicies, marker: Marker };
  });

/** The names of an entity's inline policies. */
export const inlinePolicyNames = ({ kind, input }: Entity, { call }: SignedInView) =>
  all(async (paging) => {
    const { PolicyNames, Marker } = await call(`List${kind}Policies`, { ...input, ...paging });
    return { items: PolicyNames, marker: Marker };
  });

export const inlineDocument = async ({ kind, input }: Entity, PolicyName: string, { call }: SignedInView) =>
  decoded((await call(`Get${kind}Policy`, { ...input, PolicyName })).PolicyDocument);

export const policyLink = (arn: string, text: Value = arn): Html => link(href`/console/policy?arn=${arn}`, text);

/** Whose a managed policy is. */
export const policyType = (arn: string): string =>
  arn.startsWith("arn:aws:iam::aws:") ? "AWS managed" : "Customer managed";

/**
 * What an entity may do: its managed and inline policies and, of users and roles, its permissions boundary (the ARN), each
 * with what can be done with it.
 */
export async function permissions(
  entity: Entity,
  view: SignedInView,
  boundary?: { readonly arn: string | undefined },
): Promise<Html> {
  return section(
    "Permissions",
    actions(
      buttonLink(`${entity.home}/attach-policies`, "Attach policies"),
      buttonLink(`${entity.home}/inline-policy`, "Create inline policy"),
    ),
    html`<h3>Managed policies</h3>`,
    await unlessRefused(() => attachedTable(entity, view)),
    html`<h3>Inline policies</h3>`,
    await unlessRefused(() => inlinePolicies(entity, view)),
    boundary &&
      html`<h3>Permissions boundary</h3>
        ${boundaryPart(entity, boundary.arn, view)}`,
  );
}

const attachedTable = async (entity: Entity, view: SignedInView): Promise<Html> =>
  table(
    "Managed policies",
    ["Policy name", "Type", "Actions"],
    (await attachedPolicies(entity, view)).map(({ PolicyName, PolicyArn = "" }) => [
      policyLink(PolicyArn, PolicyName),
      policyType(PolicyArn),
      postForm(
        view,
        { submit: "Detach", about: `policy ${PolicyName}`, name: "detach-policy", danger: true },
        hiddenField("arn", PolicyArn),
      ),
    ]),
    "No managed policy is attached.",
  );

async function inlinePolicies(entity: Entity, view: SignedInView): Promise<Value> {
  const names = await inlinePolicyNames(entity, view);
  if (names.length === 0) return html`<p class="none">There are no inline policies.</p>`;
  const blocks: Value[] = [];
  for (const name of names) blocks.push(await unlessRefused(() => inlinePolicy(entity, name, view)));
  return blocks;
}

const inlinePolicy = async (entity: Entity, name: string, view: SignedInView): Promise<Html> =>
  html`<h4>${name}</h4>
    ${jsonBlock(`Inline policy ${name}`, await inlineDocument(entity, name, view))}
    ${actions(
      buttonLink(
        `${entity.home}/inline-policy?${new URLSearchParams({ name })}`,
        html`Edit<span class="unseen"> inline policy ${name}</span>`,
      ),
      postForm(
        view,
        { submit: "Delete", about: `inline policy ${name}`, name: "delete-inline-policy", danger: true },
        hiddenField("policyName", name),
      ),
    )}`;

function boundaryPart({ home }: Entity, arn: string | undefined, view: SignedInView): Html {
  const set = buttonLink(`${home}/boundary`, arn === undefined ? "Set boundary" : "Change boundary");
  if (arn === undefined)
    return html`<p class="none">No permissions boundary is set.</p>
      ${actions(set)}`;
  return html`<p>${policyLink(arn, arn.split("/").at(-1))} ${code(arn)}</p>
    ${actions(set, postForm(view, { submit: "Remove boundary", name: "remove-boundary", danger: true }))}`;
}

/** What the forms of the section do. */
export const permissionActions: Readonly<Record<string, (entity: Entity, view: SignedInView) => Promise<Answer>>> = {
  async "detach-policy"({ kind, input, home, called }, view) {
    const PolicyArn = field(view, "arn");
    await view.call(`Detach${kind}Policy`, { ...input, PolicyArn });
    return redirect(home, `The policy ${PolicyArn.split("/").at(-1)} has been detached from ${called}.`);
  },
  async "delete-inline-policy"({ kind, input, home }, view) {
    const PolicyName = field(view, "policyName");
    await view.call(`Delete${kind}Policy`, { ...input, PolicyName });
    return redirect(home, `The inline policy ${PolicyName} has been deleted.`);
  },
  async "remove-boundary"({ kind, input, home, called }, view) {
    if (kind === "Group") throw new Error("groups have no permissions boundary");
    await view.call(`Delete${kind}PermissionsBoundary`, input);
    return redirect(home, `The permissions boundary of ${called} has been removed.`);
  },
};
