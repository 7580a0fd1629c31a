import { InvalidRequest } from "../../web/errors.ts";
import { keySource, type KeySource } from "../../idp/key.ts";
import { PRESETS } from "../../idp/presets.ts";
import { register } from "../../idp/providers.ts";
import { registrationRequest, samlRequest, tokenRequest } from "../../idp/requests.ts";
import { issueSamlResponse } from "../../idp/saml.ts";
import { issuerOf, issueToken } from "../../idp/tokens.ts";
import { isTooDeep } from "../../nesting.ts";
import { flagOf } from "../../option-table.ts";
import {
  code,
  codeBlock,
  facts,
  inputField,
  jsonBlock,
  postForm,
  section,
  selectField,
  textField,
} from "../components.ts";
import { html, type Html } from "../html.ts";
import { formAction, optionalField, Refused, type Page, type View } from "../page.ts";

/** The forms of the built-in identity provider, which `/_idp` redirects to. */
export const identityProvider: Page = {
  path: "/emulator/identity-provider",
  title: "Identity provider",
  nav: "Emulator",
  isOn: ({ idp }) => idp,
  access: "anyone",
  GET: (view) => shown(view),
  async POST(view) {
    checkOn(view);
    return shown(view, await formAction(ACTIONS, view)(view, keySource(view.emulation)));
  },
};

function checkOn({ emulation }: View): void {
  if (emulation.options.idp) return;
  throw new Refused(404, `The built-in identity provider is off. Start the emulator with ${flagOf("idp")}.`);
}

/** What each of the forms does. */
const ACTIONS: Readonly<Record<string, (view: View, key: KeySource) => Promise<Html>>> = {
  async token(view, key) {
    const { token, claims } = await issueToken(tokenRequest(tokenFields(view)), view.emulation, key);
    return section("The token", codeBlock("Token", token), jsonBlock("Claims", claims));
  },
  async saml(view, key) {
    const asked = fields(view, "roleArn", "providerArn", "roleSessionName");
    const response = await issueSamlResponse(samlRequest(asked), view.emulation, key);
    return section("The response", codeBlock("SAMLResponse", response));
  },
  async register(view, key) {
    const { emulation, from } = view;
    const asked = registrationRequest({ preset: optionalField(view, "inPlaceOf") }, emulation.options.account);
    const made = await register(asked, emulation, key, from);
    return section("The account trusts it", facts(Object.entries(made).map(([name, arn]) => [name, code(arn)])));
  },
};

/** The fields that were filled in. */
const fields = (view: View, ...names: readonly string[]): Record<string, string | undefined> =>
  Object.fromEntries(names.map((name) => [name, optionalField(view, name)]));

function tokenFields(view: View): Record<string, unknown> {
  const claims = optionalField(view, "claims");
  return { ...fields(view, "preset", "sub", "aud"), ...(claims !== undefined && { claims: parsed(claims) }) };
}

function parsed(text: string): unknown {
  if (isTooDeep(text)) throw InvalidRequest("The claims are nested too deeply.");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw InvalidRequest(`The claims are not JSON: ${(cause as Error).message}`);
  }
}

function shown(view: View, result?: Html): Html {
  checkOn(view);
  const presets = [
    { value: "", label: "None: an issuer of its own" },
    ...Object.keys(PRESETS).map((value) => ({ value, label: value })),
  ];
  const optional = { required: false } as const;
  return html`<p>
      The identity provider ${code(issuerOf(view.emulation))} says of anybody what it is asked to say, for tests. Its
      keys are at ${code(`${issuerOf(view.emulation)}/keys`)}, its SAML metadata at
      ${code(`${issuerOf(view.emulation)}/saml/metadata`)}.
    </p>
    ${result}
    ${section(
      "Have the account trust it",
      postForm(
        view,
        { name: "register", submit: "Create the providers" },
        selectField(view, { name: "inPlaceOf", label: "In place of", options: presets, ...optional }),
      ),
    )}
    ${section(
      "An OpenID Connect token",
      postForm(
        view,
        { name: "token", submit: "Issue the token" },
        selectField(view, { name: "preset", label: "Shape", options: presets, ...optional }),
        inputField(view, { name: "sub", label: "Subject (sub)", ...optional }),
        inputField(view, { name: "aud", label: "Audience (aud)", ...optional }),
        textField(view, { name: "claims", label: "Other claims", hint: "A JSON object.", ...optional }),
      ),
    )}
    ${section(
      "A SAML response",
      postForm(
        view,
        { name: "saml", submit: "Issue the response" },
        inputField(view, { name: "roleArn", label: "ARN of the role" }),
        inputField(view, { name: "providerArn", label: "ARN of the SAML provider", ...optional }),
        inputField(view, { name: "roleSessionName", label: "Name of the session", ...optional }),
      ),
    )}`;
}
