import { actions, buttonLink, code, day, href, link, section, table } from "../components.ts";
import { html, type Html } from "../html.ts";
import type { Page, SignedInView } from "../page.ts";
import { unlessRefused } from "../unless-refused.ts";

/** The identity providers of the account, whose tokens and assertions its roles may trust. */
export const identityProviders: Page = {
  path: "/identity-providers",
  title: "Identity providers",
  nav: "IAM",
  access: "signed-in",
  GET: async (view) =>
    html`${section(
      "OpenID Connect",
      await unlessRefused(() => oidcProviders(view)),
      actions(buttonLink("/console/add-oidc-provider", "Add OpenID Connect provider")),
    )}
    ${section(
      "SAML",
      await unlessRefused(() => samlProviders(view)),
      actions(buttonLink("/console/add-saml-provider", "Add SAML provider")),
    )}`,
};

async function oidcProviders({ call }: SignedInView): Promise<Html> {
  const { OpenIDConnectProviderList = [] } = await call("ListOpenIDConnectProviders", {});
  return table(
    "OpenID Connect providers",
    ["Provider", "ARN"],
    OpenIDConnectProviderList.map(({ Arn = "" }) => [
      link(href`/console/oidc-provider?arn=${Arn}`, nameIn(Arn)),
      code(Arn),
    ]),
    "There is no OpenID Connect provider.",
  );
}

async function samlProviders({ call }: SignedInView): Promise<Html> {
  const { SAMLProviderList = [] } = await call("ListSAMLProviders", {});
  return table(
    "SAML providers",
    ["Provider", "Created", "Valid until"],
    SAMLProviderList.map(({ Arn = "", CreateDate, ValidUntil }) => [
      link(href`/console/saml-provider?arn=${Arn}`, nameIn(Arn)),
      day(CreateDate),
      day(ValidUntil),
    ]),
    "There is no SAML provider.",
  );
}

/** What follows the type in an ARN; of an OpenID Connect provider it has slashes. */
const nameIn = (arn: string): string => arn.slice(arn.indexOf("/") + 1);
