import {
  actions,
  code,
  dangerLink,
  facts,
  href,
  inputField,
  link,
  postForm,
  section,
  textField,
  time,
} from "../components.ts";
import { deletionPage } from "../deletion.ts";
import { html, type Html } from "../html.ts";
import { field, formAction, redirect, type Answer, type Page, type SignedInView } from "../page.ts";
import { tagActions, tags } from "../sections/tags.ts";

/** One SAML provider, by `?arn=`, with the metadata that say by which certificates its assertions are verified. */
export const samlProvider: Page = {
  path: "/saml-provider",
  title: "SAML provider",
  access: "signed-in",
  async GET(view) {
    const arn = arnIn(view);
    const provider = await view.call("GetSAMLProvider", { SAMLProviderArn: arn });
    return {
      title: `SAML provider ${nameIn(arn)}`,
      body: html`${facts([
        ["ARN", code(arn)],
        ["Created", time(provider.CreateDate)],
        ["Valid until", time(provider.ValidUntil)],
        ["Encryption of assertions", provider.AssertionEncryptionMode],
        ["Private keys", provider.PrivateKeyList?.length ?? 0],
      ])}
      ${actions(dangerLink(href`/console/saml-provider/delete?arn=${arn}`, "Delete provider"))}
      ${section(
        "Metadata",
        postForm(
          view,
          { submit: "Replace metadata", name: "metadata" },
          metadataField(view, provider.SAMLMetadataDocument),
        ),
      )}
      ${tags(provider.Tags, view)}`,
    };
  },
  POST: (view) => formAction(ACTIONS, view)(arnIn(view), view),
};

const arnIn = ({ query }: SignedInView): string => query.get("arn") ?? "";

const nameIn = (arn: string): string => arn.split("/").at(-1)!;

const metadataField = (view: SignedInView, value?: string): Html =>
  textField(view, {
    name: "metadata",
    label: "Metadata document",
    hint: "The XML that the provider publishes.",
    rows: 12,
    value,
  });

/** Browsers send line breaks as CR LF. */
const metadataIn = (view: SignedInView): string => field(view, "metadata").replaceAll("\r\n", "\n");

const ACTIONS: Readonly<Record<string, (arn: string, view: SignedInView) => Promise<Answer>>> = {
  ...tagActions("SAMLProvider", (SAMLProviderArn: string) => ({ SAMLProviderArn })),
  async metadata(SAMLProviderArn, view) {
    await view.call("UpdateSAMLProvider", { SAMLProviderArn, SAMLMetadataDocument: metadataIn(view) });
    return redirect(view.path, "The metadata have been replaced.");
  },
};

/** Deletes a SAML provider; roles that trust it stay, and nobody can assume them by it. */
export const deleteSamlProvider = deletionPage("/saml-provider/delete", "Delete provider", async (view) => {
  const SAMLProviderArn = arnIn(view);
  await view.call("GetSAMLProvider", { SAMLProviderArn });
  return {
    called: `the SAML provider ${nameIn(SAMLProviderArn)}`,
    home: href`/console/saml-provider?arn=${SAMLProviderArn}`,
    list: "/console/identity-providers",
    dependents: [],
    remove: () => view.call("DeleteSAMLProvider", { SAMLProviderArn }),
  };
});

/** Adds a SAML provider. */
export const addSamlProvider: Page = {
  path: "/add-saml-provider",
  title: "Add SAML provider",
  access: "signed-in",
  GET: (view) =>
    postForm(
      view,
      { submit: "Add provider", besides: link("/console/identity-providers", "Cancel") },
      inputField(view, {
        name: "providerName",
        label: "Provider name",
        hint: "At most 128 letters, digits and ._- characters.",
        focus: true,
      }),
      metadataField(view),
    ),
  async POST(view) {
    const { SAMLProviderArn } = await view.call("CreateSAMLProvider", {
      Name: field(view, "providerName").trim(),
      SAMLMetadataDocument: metadataIn(view),
    });
    return redirect(
      href`/console/saml-provider?arn=${SAMLProviderArn!}`,
      "The provider has been added. Create a role that trusts it.",
    );
  },
};
