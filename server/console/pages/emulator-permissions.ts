import { ACCESS_LEVELS, referencedService, type AccessLevel } from "../../../catalog/service-reference.ts";
import { accessMatrix, serviceAccess, type Access, type Count } from "../../../policy/access-matrix.ts";
import { answerQuestion } from "../../question.ts";
import { getForm, inputField, link, section, selectField, table } from "../components.ts";
import { html, type Html, type Value } from "../html.ts";
import { Refused, type Page, type View } from "../page.ts";
import { contextAsked, MFA, principalsOf, type Mfa } from "../simulation.ts";

/** What a principal may do, by service and access level; with `service=`, action by action. */
export const emulatorPermissions: Page = {
  path: "/emulator/permissions",
  title: "Permissions",
  nav: "Emulator",
  access: "emulator",
  GET(view) {
    const principal = (view.query.get("principal") ?? "").trim();
    const service = view.query.get("service") ?? "";
    const account = view.caller?.account ?? view.emulation.options.account;
    const fields = getForm(
      "Show",
      inputField(view, {
        name: "principal",
        label: "Principal",
        value: principal || (view.caller?.arn ?? ""),
        suggestions: principalsOf(account, view),
      }),
      selectField(view, {
        name: "mfa",
        label: "MFA",
        value: mfaIn(view),
        options: Object.entries(MFA).map(([value, { label }]) => ({ value, label })),
      }),
    );
    if (principal === "")
      return html`${fields}
        <p class="none">Name a user or a role.</p>`;
    return html`${fields} ${service === "" ? matrix(principal, view) : actionsOf(service, principal, view)}`;
  },
};

function mfaIn({ query }: View): Mfa {
  const mfa = query.get("mfa") ?? "";
  return Object.hasOwn(MFA, mfa) ? (mfa as Mfa) : "none";
}

/** The policies of a principal, and who it is to them. Throws NotFound where there is nobody of that name. */
function askingOf(principal: string, view: View) {
  return view.emulation.store.read((tx) => {
    const context = contextAsked({ principal, policy: "" }, tx, view);
    if (context.caller.principal.type === "service") throw new Refused(400, "A service has no policies of its own.");
    // Any action will do: policies and keys are the caller's.
    const keys = MFA[mfaIn(view)].keys;
    const { policies, request } = answerQuestion({ action: "sts:GetCallerIdentity", resource: "*", keys }, context);
    return { policies, asking: { principal: request.principal, keys: request.keys, account: context.account } };
  });
}

const EXPLAINED = html`<p>
  <strong>All</strong>: every action of that level, on any resource that no policy names. <strong>Limited</strong>: some
  of the actions, or only on resources that a policy names, or under conditions that are not met now. Policies of
  resources are not looked at.
</p>`;

function matrix(principal: string, view: View): Html {
  const { policies, asking } = askingOf(principal, view);
  const services = accessMatrix(policies, asking);
  const rows = services.map(({ service, name, levels }) => [
    html`${link(addressOf(view, { service }), name)}
      <div class="hint">${service}</div>`,
    ...ACCESS_LEVELS.map((level) => cell(levels[level], level)),
  ]);
  return html`${EXPLAINED}
    <p>${services.length} services.</p>
    <div class="matrix">${table("Permissions", ["Service", ...ACCESS_LEVELS], rows, "It may do nothing.")}</div>`;
}

function cell({ actions, allowed, limited }: Count, level: AccessLevel): Value {
  if (actions === 0) return html`<span class="none">–<span class="unseen"> no ${level} actions</span></span>`;
  if (allowed + limited === 0) return html`<span class="none">None<span class="unseen"> of ${actions}</span></span>`;
  if (allowed === actions) return html`<span class="all">All ${actions}</span>`;
  return html`<span class="some">Limited <span class="of">${allowed + limited} of ${actions}</span></span>`;
}

const WORDS: Readonly<Record<Access, string>> = { allowed: "Allowed", limited: "Limited", denied: "No" };

function actionsOf(service: string, principal: string, view: View): Html {
  const { policies, asking } = askingOf(principal, view);
  const found = serviceAccess(service, policies, asking);
  const rows = ACCESS_LEVELS.flatMap((level) =>
    found
      .filter((action) => action.level === level)
      .map(({ action, access }) => [
        action,
        level,
        html`<span class="${access === "denied" ? "none" : access === "allowed" ? "all" : "some"}"
          >${WORDS[access]}</span
        >`,
        link(simulation(`${service}:${action}`, principal, view), "Simulate"),
      ]),
  );
  return html`${section(
      referencedService(service)?.name ?? "Unknown service",
      table("Actions", ["Action", "Level", "May", "Why"], rows, "AWS's reference knows no such service."),
    )}
    <p>${link(addressOf(view, {}), "All services")}</p>`;
}

const simulation = (action: string, principal: string, view: View): string =>
  `/console/emulator/simulator?${new URLSearchParams({ principal, action, resource: "*", mfa: mfaIn(view) })}`;

function addressOf({ query }: View, more: Readonly<Record<string, string>>): string {
  const changed = new URLSearchParams(query);
  changed.delete("service");
  for (const [name, value] of Object.entries(more)) changed.set(name, value);
  return `/console/emulator/permissions?${changed}`;
}
