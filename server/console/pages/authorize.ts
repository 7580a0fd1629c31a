import { uuid } from "../../../data/random.ts";
import { WireError } from "../../../handlers/errors.ts";
import {
  readAuthorizationRequest,
  redirectWith,
  type AuthorizationRequest,
} from "../../signin/authorization-request.ts";
import { SAME_DEVICE } from "../../signin/clients.ts";
import { signinMemory } from "../../signin/memory.ts";
import { contextOf } from "../../perform.ts";
import { authorizeClient, beginSignin, recordSignin } from "../../signin/request.ts";
import { code, facts, link, postForm, time } from "../components.ts";
import { html } from "../html.ts";
import { signedInAs, switchedRole } from "../switched-role.ts";
import { Refused, type Page, type SignedInView, type Titled } from "../page.ts";

/** How long a program has to redeem its code (RFC 6749, section 4.1.2, recommends at most this). */
const CODE_MS = 10 * 60 * 1000;

/** Asks the signed-in user whether a program, such as `iam-local login`, may use their credentials. */
export const authorize: Page = {
  path: "/authorize",
  title: "Use your credentials in developer tools",
  access: "signed-in",
  scripts: ["follow-link.js"],
  GET(view) {
    const asked = requestIn(view);
    const { caller } = view;
    const { mfaAt, expiresAt } = caller.session!;
    const where = asked.clientId === SAME_DEVICE ? "on this device" : "on another device";
    return html`<p>
        A developer tool ${where} asks for your credentials. It can then do everything that you can do, until the
        session ends. Continue only if you have just started a login yourself.
      </p>
      ${postForm(
        view,
        { submit: "Continue with this session" },
        facts([
          ["You are", code(caller.arn)],
          ["MFA", mfaAt === undefined ? "not used" : "used"],
          ["The session ends", time(expiresAt)],
        ]),
      )}
      ${
        asked.clientId === SAME_DEVICE &&
        html`<p>${link(redirectWith(asked, { error: "access_denied" }), "Cancel the login")}</p>`
      }
      <p>To continue as somebody else, sign out and open the address again that the tool has shown.</p>`;
  },
  async POST(view) {
    const asked = requestIn(view);
    permit(asked, view);
    const { caller, now, emulation } = view;
    const { caller: _caller, ...signedIn } = signedInAs(view);
    const authorizationCode = emulation.random.bytes(32).toString("base64url");
    await signinMemory(emulation).codes.set(authorizationCode, {
      grant: {
        id: uuid(emulation.random),
        signedIn: { ...signedIn, role: switchedRole(view) },
        clientId: asked.clientId,
        expiresAt: caller.session!.expiresAt,
      },
      redirectUri: asked.redirectUri,
      codeChallenge: asked.codeChallenge,
      used: false,
      expiresAt: now + CODE_MS,
    });
    return asked.clientId === SAME_DEVICE ? handOver(asked, authorizationCode) : show(asked, authorizationCode);
  },
};

function requestIn({ query }: SignedInView): AuthorizationRequest {
  const asked = readAuthorizationRequest(query);
  if (typeof asked === "string") throw new Refused(400, asked);
  return asked;
}

/** The permission that IAM users and roles need for this; SignInLocalDevelopmentAccess grants it. */
function permit({ clientId, redirectUri }: AuthorizationRequest, view: SignedInView): void {
  const { caller, emulation, from } = view;
  const parameters = {
    scope: "openid",
    redirect_uri: redirectUri,
    code_challenge_method: "SHA-256",
    client_id: clientId,
  };
  const request = beginSignin("AuthorizeOAuth2Access", parameters, from, emulation);
  request.caller = caller;
  try {
    emulation.store.read((tx) =>
      authorizeClient(clientId, caller, request, contextOf(caller, request.now, request.facts, tx, emulation)),
    );
    recordSignin(request, emulation);
  } catch (cause) {
    if (cause instanceof WireError) recordSignin(request, emulation, cause);
    throw cause;
  }
}

// A link, since the content security policy of the pages forbids forms that lead elsewhere (form-action).
const handOver = (asked: AuthorizationRequest, authorizationCode: string): Titled => ({
  title: "Back to the developer tool",
  body: html`<p>
    <a href="${redirectWith(asked, { code: authorizationCode })}" data-follow>Complete the login</a>
  </p>`,
});

const show = ({ state }: AuthorizationRequest, authorizationCode: string): Titled => ({
  title: "Copy the authorization code",
  body: html`<p>Give this code to the developer tool on the other device, and to nobody else:</p>
    <p>${code(Buffer.from(new URLSearchParams({ code: authorizationCode, state }).toString()).toString("base64"))}</p>`,
});
