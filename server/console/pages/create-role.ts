import { hiddenField, href, inputField, link, postForm, selectField, tickField } from "../components.ts";
import { documentField, documentIn, EDIT_BUTTONS, withEditor } from "../document-editor.ts";
import { html, type Html, type Value } from "../html.ts";
import { all } from "../listing.ts";
import { field, optionalField, redirect, type Page, type SignedInView } from "../page.ts";
import { isTrusted, TRUSTED, trustPolicy, type Trusted } from "../trusted.ts";
import { suggested } from "../unless-refused.ts";

/** Creates a role: first it is asked whom it trusts, then the trust policy is shown, which can be edited. */
export const createRole: Page = withEditor({
  path: "/create-role",
  title: "Create role",
  access: "signed-in",
  GET(view) {
    const trusted = view.query.get("trusted");
    return isTrusted(trusted) ? named(trusted, view) : chosen(view);
  },
  async POST(view) {
    const [Path, Description] = [optionalField(view, "path"), optionalField(view, "description")];
    const { Role } = await view.call("CreateRole", {
      RoleName: field(view, "roleName"),
      AssumeRolePolicyDocument: documentIn(view),
      MaxSessionDuration: Number(field(view, "hours")) * 3600,
      ...(Path !== undefined && { Path }),
      ...(Description !== undefined && { Description }),
    });
    return redirect(
      href`/console/roles/${Role!.RoleName!}`,
      `The role ${Role!.RoleName} has been created. Attach policies that say what it may do.`,
    );
  },
});

/** The second step. */
const named = async (trusted: Trusted, view: SignedInView): Promise<Html> =>
  html`${postForm(
    view,
    { submit: "Create role", besides: html`${EDIT_BUTTONS} ${link("/console/create-role", "Back")}` },
    inputField(view, {
      name: "roleName",
      label: "Role name",
      hint: "At most 64 letters, digits and +=,.@-_ characters.",
      focus: true,
    }),
    inputField(view, { name: "description", label: "Description", required: false }),
    inputField(view, { name: "path", label: "Path", hint: "Such as /division/team/.", required: false }),
    selectField(view, {
      name: "hours",
      label: "Maximum session duration",
      options: [1, 2, 4, 8, 12].map((hours) => ({ value: String(hours), label: `${hours} h` })),
    }),
    await documentField(view, "trust", {
      label: "Trust policy",
      value: JSON.stringify(trustPolicy(trusted, view), null, 2),
    }),
  )}`;

/** The first step: a form for each kind of principal. */
async function chosen(view: SignedInView): Promise<Html> {
  const shown: Html[] = [];
  for (const kind of TRUSTED) {
    const { title, text, fields } = CHOICES[kind];
    shown.push(
      html`<section class="card">
        <h2>${title}</h2>
        <p>${text}</p>
        <form method="get">
          ${hiddenField("trusted", kind)} ${await fields(view)}
          <button type="submit">Next<span class="unseen"> for ${title}</span></button>
        </form>
      </section>`,
    );
  }
  return html`<p>Whom is the role to trust? The trust policy that comes of it is shown before anything is created.</p>
    <div class="cards">${shown}</div>
    <p>${link("/console/roles", "Cancel")}</p>`;
}

interface Choice {
  readonly title: string;
  readonly text: string;
  readonly fields: (view: SignedInView) => Promise<Value>;
}

/** What one kind of principal is known by: each field has an id of its own, as all kinds are on one page. */
const CHOICES: Readonly<Record<Trusted, Choice>> = {
  user: {
    title: "A user",
    text: "One IAM user, who then needs no permission of their own to assume it.",
    fields: async (view) => [
      inputField(view, {
        name: "arn",
        label: "ARN of the user",
        suggestions: await suggested(userArns(view)),
      }),
      mfaTick("user", view),
    ],
  },
  account: {
    title: "An account",
    text: "Whomever an account lets assume it by its own policies: this account or another.",
    fields: async (view) => [
      inputField(view, { name: "account", label: "Account ID", value: view.caller.account }),
      inputField(view, {
        name: "externalId",
        label: "External ID",
        hint: "A word that the other account has to give, so that nobody else has it act for them.",
        required: false,
      }),
      mfaTick("account", view),
    ],
  },
  service: {
    title: "A service",
    text: "A service of AWS, such as Lambda, that acts with the role.",
    fields: async (view) =>
      inputField(view, {
        name: "service",
        label: "Service",
        hint: "Such as lambda.amazonaws.com.",
        suggestions: SERVICES.map((name) => `${name}.amazonaws.com`),
      }),
  },
  oidc: {
    title: "An OpenID Connect provider",
    text: "Whoever brings a token of the provider, by AssumeRoleWithWebIdentity.",
    fields: async (view) => [
      inputField(view, {
        name: "provider",
        id: "oidc-provider",
        label: "ARN of the OpenID Connect provider",
        suggestions: await suggested(oidcArns(view)),
      }),
      inputField(view, {
        name: "audience",
        label: "Audience (aud)",
        hint: "Such as sts.amazonaws.com.",
        required: false,
      }),
      inputField(view, { name: "subject", label: "Subject (sub)", required: false }),
    ],
  },
  saml: {
    title: "A SAML provider",
    text: "Whoever brings an assertion of the provider, by AssumeRoleWithSAML.",
    fields: async (view) =>
      inputField(view, {
        name: "provider",
        id: "saml-provider",
        label: "ARN of the SAML provider",
        suggestions: await suggested(samlArns(view)),
      }),
  },
};

const mfaTick = (kind: Trusted, view: SignedInView): Html =>
  tickField(view, {
    name: "mfa",
    id: `${kind}-mfa`,
    label: "Require MFA",
    hint: "Only who has signed in, or called GetSessionToken, with MFA may assume it.",
  });

const SERVICES = ["ec2", "ecs-tasks", "lambda", "apigateway", "codebuild", "events", "glue", "scheduler", "states"];

const userArns = async ({ call }: SignedInView): Promise<string[]> =>
  (
    await all(async (paging) => {
      const { Users, Marker } = await call("ListUsers", paging);
      return { items: Users, marker: Marker };
    })
  ).map(({ Arn }) => Arn!);

const oidcArns = async ({ call }: SignedInView): Promise<string[]> =>
  ((await call("ListOpenIDConnectProviders", {})).OpenIDConnectProviderList ?? []).map(({ Arn }) => Arn!);

const samlArns = async ({ call }: SignedInView): Promise<string[]> =>
  ((await call("ListSAMLProviders", {})).SAMLProviderList ?? []).map(({ Arn }) => Arn!);
