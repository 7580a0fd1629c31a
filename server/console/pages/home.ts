import { withoutDetails } from "../../../handlers/authorization-details.ts";
import { accounts } from "../../../data/entities/accounts.ts";
import type { TrailEvent } from "../../trail-event.ts";
import { wholeTrail } from "../../whole-trail.ts";
import { age, code, facts, href, link, section, whyLink } from "../components.ts";
import { html, type Html, type Value } from "../html.ts";
import type { Page, SignedInView } from "../page.ts";
import { unlessRefused } from "../unless-refused.ts";

/** The first page: the account and the visitor at a glance. */
export const home: Page = {
  path: "/",
  title: "IAM Dashboard",
  nav: "You",
  access: "signed-in",
  async GET(view) {
    const { caller, emulation } = view;
    const alias = emulation.store.read((tx) => tx.get(accounts, caller.account)?.alias);
    return html`${section(
      "You",
      facts([
        ["ARN", code(caller.arn)],
        ["Account ID", code(caller.account)],
        ["Account alias", link("/console/account-settings", alias ?? "none")],
        ["This session", caller.session?.mfaAt === undefined ? "Signed in without MFA" : "Signed in with MFA"],
        ["MFA devices", await ownDevices(view)],
      ]),
    )}
    ${section("IAM resources", await counts(view))} ${emulation.options.control && (await refusals(view))}`;
  },
};

async function ownDevices(view: SignedInView): Promise<Value> {
  const { type } = view.caller.principal;
  if (type !== "user" && type !== "root") return "A role session has none.";
  return unlessRefused(async () => {
    const { MFADevices = [] } = await view.call("ListMFADevices", {});
    return link(
      "/console/security-credentials",
      MFADevices.length === 0 ? "None assigned: add MFA" : `${MFADevices.length} assigned`,
    );
  });
}

const COUNTS = [
  ["User groups", "Groups", "/console/groups"],
  ["Users", "Users", "/console/users"],
  ["Roles", "Roles", "/console/roles"],
  ["Customer managed policies", "Policies", "/console/policies?scope=Local"],
] as const;

const counts = (view: SignedInView): Promise<Value> =>
  unlessRefused(async () => {
    const { SummaryMap = {} } = await view.call("GetAccountSummary", {});
    return facts([
      ...COUNTS.map(([label, key, to]) => [label, link(to, SummaryMap[key])] as const),
      ["MFA devices in use", SummaryMap["MFADevicesInUse"]],
      ["Root user MFA", SummaryMap["AccountMFAEnabled"] === 1 ? "Enabled" : "Not enabled"],
      ["Root user access keys", SummaryMap["AccountAccessKeysPresent"] === 1 ? "There are some" : "None"],
    ]);
  });

const LATELY = 5;

/** The last requests in the account that policies refused, or would refuse if they were enforced. */
async function refusals({ caller, emulation, now }: SignedInView): Promise<Html> {
  const refused = (await wholeTrail(emulation))
    .list()
    .filter(
      ({ recipientAccountId, errorCode, uncheckedDenial }) =>
        recipientAccountId === caller.account && (errorCode === "AccessDenied" || uncheckedDenial !== undefined),
    )
    .slice(0, LATELY);
  if (refused.length === 0) return section("Refused lately", html`<p class="none">Nothing has been refused.</p>`);
  return section(
    "Refused lately",
    html`<ul class="entries">
      ${refused.map((event) => refusal(event, now))}
    </ul>`,
    html`<p>${link("/console/emulator/trail", "All requests")}</p>`,
  );
}

const refusal = (event: TrailEvent, now: number): Html =>
  html`<li>
    <p>
      ${link(href`/console/emulator/trail/${event.requestID}`, event.eventName)},
      ${age(Date.parse(event.eventTime), now)}
    </p>
    <p>${withoutDetails(event.uncheckedDenial ?? event.errorMessage ?? "")}. ${whyLink(event.requestID)}</p>
  </li>`;
