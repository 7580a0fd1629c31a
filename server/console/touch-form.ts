import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from "@simplewebauthn/server";
import { link, postForm } from "./components.ts";
import { attributes, html, type Html, type Value } from "./html.ts";
import { field, type View } from "./page.ts";
import { canUseKeys, keyOrigin } from "./webauthn.ts";

/** The scripts of pages that have such a form. */
export const TOUCH_SCRIPTS = ["webauthn.js"] as const;

type Asked =
  | { readonly registration: PublicKeyCredentialCreationOptionsJSON }
  | { readonly authentication: PublicKeyCredentialRequestOptionsJSON };

/**
 * A form whose button has the browser ask for a touch of a security key, and which is submitted with the key's answer.
 * If the page was opened under a host name that keys are not registered for, it is a link to the right one instead.
 */
export function touchForm(view: View, submit: string, asked: Asked, path: string, ...content: Value[]): Html {
  if (!canUseKeys(view)) {
    const elsewhere = keyOrigin(view) + path;
    return html`<p>
      Browsers offer security keys to names only, and here that is localhost. Open ${link(elsewhere, elsewhere)} and
      sign in there.
    </p>`;
  }
  const [call, options] = Object.entries(asked)[0]!;
  return postForm(
    view,
    { submit, name: "touch" },
    content,
    html`<input
        ${attributes({ type: "hidden", name: "answer", "data-webauthn": call, "data-options": JSON.stringify(options) })}
      />
      <p class="hint" role="status">Security keys need JavaScript.</p>`,
  );
}

/** The key's answer, as JSON. */
export const answerIn = (view: View): string => field(view, "answer");
