import {
  actions,
  code,
  dangerLink,
  facts,
  hiddenField,
  href,
  inputField,
  link,
  postForm,
  section,
  table,
  textField,
  time,
} from "../components.ts";
import { deletionPage } from "../deletion.ts";
import { html, type Html } from "../html.ts";
import { field, formAction, linesIn, redirect, type Answer, type Page, type SignedInView } from "../page.ts";
import { tagActions, tags } from "../sections/tags.ts";

/** One OpenID Connect provider, by `?arn=`: the audiences and certificates that it is trusted with. */
export const oidcProvider: Page = {
  path: "/oidc-provider",
  title: "OpenID Connect provider",
  access: "signed-in",
  async GET(view) {
    const arn = arnIn(view);
    const provider = await view.call("GetOpenIDConnectProvider", { OpenIDConnectProviderArn: arn });
    return {
      title: `OpenID Connect provider ${provider.Url}`,
      body: html`${facts([
        ["ARN", code(arn)],
        ["URL", code(provider.Url!)],
        ["Created", time(provider.CreateDate)],
      ])}
      ${actions(dangerLink(href`/console/oidc-provider/delete?arn=${arn}`, "Delete provider"))}
      ${audiences(provider.ClientIDList, view)} ${thumbprints(provider.ThumbprintList, view)}
      ${tags(provider.Tags, view)}`,
    };
  },
  POST: (view) => formAction(ACTIONS, view)(arnIn(view), view),
};

const arnIn = ({ query }: SignedInView): string => query.get("arn") ?? "";

const audiences = (clientIds: readonly string[] = [], view: SignedInView): Html =>
  section(
    "Audiences",
    table(
      "Audiences",
      ["Client ID", "Actions"],
      clientIds.map((id) => [
        id,
        postForm(
          view,
          { submit: "Remove", about: `audience ${id}`, name: "remove-audience", danger: true },
          hiddenField("clientId", id),
        ),
      ]),
      "There is none.",
    ),
    postForm(
      view,
      { submit: "Add audience", name: "add-audience" },
      inputField(view, { name: "newClientId", label: "Client ID", hint: "What its tokens have as aud." }),
    ),
  );

const thumbprints = (list: readonly string[] = [], view: SignedInView): Html =>
  section(
    "Thumbprints",
    postForm(
      view,
      { submit: "Save thumbprints", name: "thumbprints" },
      textField(view, {
        name: "thumbprints",
        label: "Thumbprints of its certificates",
        hint: "One a line: SHA-1, 40 hexadecimal digits.",
        rows: 3,
        value: list.join("\n"),
      }),
    ),
  );

const ACTIONS: Readonly<Record<string, (arn: string, view: SignedInView) => Promise<Answer>>> = {
  ...tagActions("OpenIDConnectProvider", (OpenIDConnectProviderArn: string) => ({ OpenIDConnectProviderArn })),
  async "add-audience"(OpenIDConnectProviderArn, view) {
    const ClientID = field(view, "newClientId").trim();
    await view.call("AddClientIDToOpenIDConnectProvider", { OpenIDConnectProviderArn, ClientID });
    return redirect(view.path, `The audience ${ClientID} has been added.`);
  },
  async "remove-audience"(OpenIDConnectProviderArn, view) {
    const ClientID = field(view, "clientId");
    await view.call("RemoveClientIDFromOpenIDConnectProvider", { OpenIDConnectProviderArn, ClientID });
    return redirect(view.path, `The audience ${ClientID} has been removed.`);
  },
  async thumbprints(OpenIDConnectProviderArn, view) {
    const ThumbprintList = linesIn(view, "thumbprints");
    await view.call("UpdateOpenIDConnectProviderThumbprint", { OpenIDConnectProviderArn, ThumbprintList });
    return redirect(view.path, "The thumbprints have been saved.");
  },
};

/** Deletes an OpenID Connect provider; roles that trust it stay, and nobody can assume them by it. */
export const deleteOidcProvider = deletionPage("/oidc-provider/delete", "Delete provider", async (view) => {
  const OpenIDConnectProviderArn = arnIn(view);
  const { Url } = await view.call("GetOpenIDConnectProvider", { OpenIDConnectProviderArn });
  return {
    called: `the OpenID Connect provider ${Url}`,
    home: href`/console/oidc-provider?arn=${OpenIDConnectProviderArn}`,
    list: "/console/identity-providers",
    dependents: [],
    remove: () => view.call("DeleteOpenIDConnectProvider", { OpenIDConnectProviderArn }),
  };
});

/** Adds an OpenID Connect provider. */
export const addOidcProvider: Page = {
  path: "/add-oidc-provider",
  title: "Add OpenID Connect provider",
  access: "signed-in",
  GET: (view) =>
    postForm(
      view,
      { submit: "Add provider", besides: link("/console/identity-providers", "Cancel") },
      inputField(view, {
        name: "url",
        label: "Provider URL",
        hint: "What its tokens have as iss, such as https://token.actions.githubusercontent.com.",
        focus: true,
      }),
      inputField(view, {
        name: "clientId",
        label: "Audience",
        hint: "What its tokens have as aud, such as sts.amazonaws.com. More can be added later.",
        required: false,
      }),
    ),
  async POST(view) {
    const clientId = field(view, "clientId").trim();
    const { OpenIDConnectProviderArn } = await view.call("CreateOpenIDConnectProvider", {
      Url: field(view, "url").trim(),
      ...(clientId !== "" && { ClientIDList: [clientId] }),
    });
    return redirect(
      href`/console/oidc-provider?arn=${OpenIDConnectProviderArn!}`,
      "The provider has been added. Create a role that trusts it.",
    );
  },
};
