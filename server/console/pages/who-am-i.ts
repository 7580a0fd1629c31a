import { contextKeys } from "../../../handlers/context-keys.ts";
import { code, facts, section, table, time } from "../components.ts";
import { html } from "../html.ts";
import type { Page, SignedInView } from "../page.ts";

/** How policies see the visitor: the identity, the session, and the condition keys of its requests. */
export const whoAmI: Page = {
  path: "/who-am-i",
  title: "Who am I",
  nav: "You",
  access: "signed-in",
  async GET(view) {
    const { Arn, UserId, Account } = await view.call("GetCallerIdentity", {});
    const { credential, accessKeyId, session } = view.caller;
    const { issuedAt, expiresAt, mfaAt } = session!;
    const keys = Object.entries(keysOf(view)).sort(([a], [b]) => a.localeCompare(b));
    return html`${facts([
      ["ARN", code(Arn!)],
      ["User ID", code(UserId!)],
      ["Account", code(Account!)],
    ])}
    ${section(
      "Session",
      facts([
        ["Credentials", `${KINDS[credential] ?? credential}, access key ID ${accessKeyId}`],
        ["Issued", html`${time(issuedAt)}, ${duration(view.now - issuedAt)} ago`],
        ["Expires", html`${time(expiresAt)}, in ${duration(expiresAt - view.now)}`],
        ["MFA", mfaAt === undefined ? "not used" : html`used at ${time(mfaAt)}, ${duration(view.now - mfaAt)} ago`],
      ]),
    )}
    ${section(
      "Condition keys",
      html`<p>
        What policies see of this session in a request of its own, here GetCallerIdentity.
        ${mfaAt === undefined && html`<code>aws:MultiFactorAuthAge</code> is absent, since no MFA device was used.`}
      </p>`,
      table(
        "Condition keys",
        ["Key", "Value"],
        keys.map(([key, value]) => [code(key), code(typeof value === "string" ? value : value.join(", "))]),
        "There are none.",
      ),
    )}`;
  },
};

const KINDS: Readonly<Record<string, string>> = {
  console: "Sign-in to the console",
  "assumed-role": "Role session",
  federation: "Federated user's session",
};

const keysOf = ({ caller, emulation, now, from }: SignedInView) =>
  emulation.store.read((tx) =>
    contextKeys(
      { action: "sts:GetCallerIdentity", resource: { arn: "*" } },
      {
        tx,
        caller,
        account: caller.account,
        now,
        request: { id: "", region: emulation.options.region, ...from },
      },
    ),
  );

/** In hours and minutes. */
function duration(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  return minutes < 60 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
