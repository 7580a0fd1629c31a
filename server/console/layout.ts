import type { Caller } from "../../handlers/caller.ts";
import { checksOf } from "../health.ts";
import { asset } from "./assets.ts";
import { postForm, whyLink } from "./components.ts";
import { attributes, html, type Html } from "./html.ts";
import type { NavSection, Page, View } from "./page.ts";
import type { ErrorSummary } from "./refusals.ts";
import { switchedRole } from "./switched-role.ts";

interface Content {
  readonly title: string;
  readonly body: Html;
  readonly notice?: string | undefined;
  readonly error?: ErrorSummary | undefined;
  readonly scripts?: readonly string[] | undefined;
  /** Of a form that was refused: the address of its page as it was filled in. */
  readonly again?: string | undefined;
}

/** A whole page. Of `pages` those that have a place in the navigation are linked; `page` is the page itself. */
export function layout(content: Content, view: View, pages: readonly Page[], page: Page | undefined): Html {
  const { title, body, notice, error, scripts = [], again } = content;
  const main = html`<main id="main" tabindex="-1">
    <h1>${title}</h1>
    ${error && errorBox(error)} ${notice !== undefined && html`<p class="notice" role="status">${notice}</p>`} ${body}
  </main>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${error && "Error: "}${title} · iam-local</title>
        <link rel="icon" href="${asset("icon.svg")}" type="image/svg+xml" />
        <link rel="stylesheet" href="${asset("console.css")}" />
        ${
          again !== undefined &&
          html`<script ${attributes({ src: asset("refused.js"), "data-again": again, defer: true })}></script>`
        }
        ${scripts.map((script) => html`<script src="${asset(script)}" defer></script>`)}
      </head>
      <body ${attributes({ class: page?.card && "entrance" })}>
        <a class="skip" href="#main">Skip to the content</a>
        <header>
          <p class="brand">
            <a href="/console">iam-local</a>
            <span>An emulator of AWS IAM and STS on your own machine. This is not AWS.</span>
          </p>
          ${!page?.card && view.caller && visitor(view.caller, view)}
        </header>
        ${failureBanner(view)} ${uncheckedBanner(view)}
        ${
          page?.card
            ? html`${main} ${view.emulation.options.control && TO_THE_TRAIL}`
            : html`<div class="columns">
                <nav aria-label="Console">${navigation(view, pages, page)}</nav>
                ${main}
              </div>`
        }
      </body>
    </html> `;
}

/** Below the card of a sign-in, which has no navigation: where it can be seen why one failed. */
const TO_THE_TRAIL = html`<footer>
  <a href="/console/emulator/trail">The emulator's own pages, without signing in</a>
</footer>`;

function visitor({ principal, account, session }: Caller, view: View): Html {
  const name =
    principal.type === "user"
      ? principal.name
      : principal.type === "role"
        ? `${principal.roleName}/${principal.sessionName}`
        : principal.type === "federated-user"
          ? principal.name
          : "root";
  return html`<div class="visitor">
    <p>
      <span class="lead">Signed in as</span> <strong>${name}</strong> in account <strong>${account}</strong>,
      ${session?.mfaAt === undefined ? "without" : "with"} MFA
    </p>
    ${switchedRole(view) && postForm(view, { submit: "Switch back", name: "back", action: "/console/switch-role" })}
    ${postForm(view, { submit: "Sign out", action: "/console/sign-out" })}
  </div>`;
}

const failureBanner = ({ emulation: { store } }: View): Html | undefined =>
  store.failure &&
  html`<p class="unchecked" role="alert">
    The state has failed, and nothing is answered any more: ${store.failure.message}
  </p>`;

/** Says which checks are off, since what happens then is not what AWS would do. */
function uncheckedBanner({ emulation }: View): Html | false {
  const off = Object.entries(checksOf(emulation.options)).filter(([, state]) => state !== "on");
  return (
    off.length > 0 &&
    html`<p class="unchecked" role="note">
      Not enforced: ${off.map(([check, state]) => `${check} (${state})`).join(", ")}. What AWS would refuse may pass.
    </p>`
  );
}

const SECTIONS: readonly NavSection[] = ["You", "IAM", "Emulator"];

/** Collapsed where there is little room (assets/console.css); it opens without script. */
function navigation(view: View, pages: readonly Page[], current: Page | undefined): Html {
  const { options } = view.emulation;
  const visible = pages.filter(
    ({ access, isOn }) =>
      (isOn?.(options) ?? true) &&
      (access === "signed-in" ? view.caller !== undefined : access === "anyone" || options.control),
  );
  const links = (section: NavSection) =>
    visible
      .filter(({ nav }) => nav === section)
      .map(
        (page) =>
          html`<li>
            <a ${attributes({ href: `/console${page.path}`, "aria-current": page === current && "page" })}
              >${page.title}</a
            >
          </li>`,
      );
  return html`<details>
    <summary>Menu</summary>
    ${SECTIONS.map((section) => [section, links(section)] as const).map(
      ([section, items]) =>
        items.length > 0 &&
        html`<p>${section}</p>
          <ul>
            ${items}
          </ul>`,
    )}${
      !view.caller &&
      html`<ul>
        <li><a href="/console/sign-in">Sign in</a></li>
      </ul>`
    }
  </details>`;
}

function errorBox({ code, message, requestId }: ErrorSummary): Html {
  return html`<div class="error" role="alert">
    ${code !== undefined && html`<p><strong>${code}</strong></p>`}
    <p>${message}</p>
    ${requestId !== undefined && html`<p>${whyLink(requestId)}</p>`}
  </div>`;
}
