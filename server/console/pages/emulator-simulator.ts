import type { Authorization } from "../../../handlers/authorize.ts";
import { decisionReport } from "../../../handlers/decision-report.ts";
import { refusedRequestId } from "../../../handlers/authorization-details.ts";
import { actionLevels, referencedService, referencedServices } from "../../../catalog/service-reference.ts";
import { entryOf } from "../../whole-trail.ts";
import { verdictOf } from "../../why.ts";
import { href, inputField, link, section, selectField, textField } from "../components.ts";
import { attributes, html, type Html, type Value } from "../html.ts";
import { Refused, type Page, type View } from "../page.ts";
import { errorSummary } from "../refusals.ts";
import { statementsOf, whatWouldHelp } from "../sections/decision.ts";
import { pastedAsJson, pastedPolicy } from "../sections/pasted-policy.ts";
import { isMultivalued, keysToOffer, MFA, principalsOf, simulate, type Asked, type Mfa } from "../simulation.ts";

const PATH = "/emulator/simulator";

/** Whether somebody may do something, and what would have to change, asked without doing it. The question stands in the address. */
export const emulatorSimulator: Page = {
  path: PATH,
  title: "Simulator",
  nav: "Emulator",
  access: "emulator",
  scripts: ["simulator.js", "policy-editor.js"],
  async GET(view) {
    const service = view.query.get("complete");
    if (service !== null) return { json: { actions: actionsOf(service) } };
    const asked = await askedIn(view);
    const { made, refusal } = answered(asked, view);
    return html`<p>
        The engine that decides requests decides here as well; nothing is done, and nothing is in the trail.
      </p>
      ${view.query.has("request") && replayed(view)} ${refusal} ${await form(asked, made, view)} ${results(made)}`;
  },
  // Changes nothing, and needs nobody: it is only too long for an address.
  POST: pastedAsJson,
};

const actionsOf = (prefix: string): string[] => {
  const service = referencedService(prefix);
  return service ? actionLevels(service).map(([name]) => `${prefix}:${name}`) : [];
};

/** The decisions, or why there can be none. */
function answered(asked: Asked, view: View): { readonly made: readonly Authorization[]; readonly refusal?: Html } {
  if (asked.actions.length === 0) return { made: [] };
  try {
    return { made: simulate(asked, view) };
  } catch (cause) {
    const { status, code, message } = errorSummary(cause);
    if (status >= 500) throw cause;
    const refusal = html`<div class="error" role="alert">
      ${code !== undefined && html`<p><strong>${code}</strong></p>`}
      <p>${message}</p>
    </div>`;
    return { made: [], refusal };
  }
}

/** Names of the address that bring a condition key in a field of its own: `key:aws:SourceIp`. */
const KEY = "key:";

async function askedIn(view: View): Promise<Asked> {
  const { query } = view;
  const request = query.get("request");
  if (request !== null) return await askedAgain(request, view);
  const lines = (name: string) =>
    query
      .getAll(name)
      .flatMap((text) => text.split(/\r?\n/))
      .map((line) => line.trim())
      .filter((line) => line !== "");
  const resources = lines("resource");
  const mfa = query.get("mfa") ?? "";
  return {
    principal: (query.get("principal") ?? "").trim(),
    policy: (query.get("policy") ?? "").trim(),
    actions: [...new Set(lines("action"))],
    resources: resources.length > 0 ? [...new Set(resources)] : ["*"],
    mfa: Object.hasOwn(MFA, mfa) ? (mfa as Mfa) : "none",
    keys: { ...keysIn(lines("context")), ...keyFields(query) },
  };
}

/** Lines of `key=value`; a key that comes twice has several values. */
function keysIn(lines: readonly string[]): Asked["keys"] {
  const keys = new Map<string, string[]>();
  for (const line of lines) {
    const [, key = "", value = ""] = /^([^=]*)=?(.*)$/.exec(line)!;
    keys.set(key.trim(), [...(keys.get(key.trim()) ?? []), value.trim()]);
  }
  return Object.fromEntries([...keys].map(([key, values]) => [key, valueOf(key, values)]));
}

const keyFields = (query: URLSearchParams): Asked["keys"] =>
  Object.fromEntries(
    [...query]
      .filter(([name, value]) => name.startsWith(KEY) && value.trim() !== "")
      .map(([name, value]) => {
        const key = name.slice(KEY.length);
        return [key, valueOf(key, isMultivalued(key) ? value.split(",").map((part) => part.trim()) : [value.trim()])];
      }),
  );

const valueOf = (key: string, values: readonly string[]): string | readonly string[] =>
  values.length > 1 || isMultivalued(key) ? values : values[0]!;

/** What the emulator knows of a caller or a moment by itself, and so does not have to be told. */
const KNOWN = /^aws:(MultiFactorAuth|Principal|userid$|username$|CurrentTime$|EpochTime$|TokenIssueTime$|Resource)/i;

/** The question of a request that was decided. Its session's own policies are not in it, nor is the time. */
async function askedAgain(id: string, { emulation }: View): Promise<Asked> {
  const made = (await entryOf(refusedRequestId(id) ?? id, emulation))?.authorizations.at(-1);
  if (!made) throw new Refused(404, "The trail holds no such request, or nothing was decided about it.");
  const { action, resource, principal, keys } = made.request;
  const present = Object.entries(keys).find(([key]) => key.toLowerCase() === "aws:multifactorauthpresent")?.[1];
  return {
    principal: "arn" in principal ? principal.arn : "service" in principal ? principal.service : "",
    policy: "",
    actions: [action],
    resources: [resource],
    mfa: present === undefined ? "none" : present === "true" ? "with" : "without",
    keys: Object.fromEntries(Object.entries(keys).filter(([key]) => !KNOWN.test(key))),
  };
}

const replayed = ({ query }: View): Html =>
  html`<p class="notice" role="status">
    As in ${link(href`/console/emulator/trail/${query.get("request")!}`, "the request")}, by the policies as they are
    now. What its session was limited to is left out.
  </p>`;

async function form(asked: Asked, made: readonly Authorization[], view: View): Promise<Html> {
  const { principal, policy, actions, resources, mfa } = asked;
  const account = view.caller?.account ?? view.emulation.options.account;
  const more = actions.length > 1 || resources.length > 1;
  return html`<form method="get" class="simulator" data-simulator>
    ${inputField(view, {
      name: "principal",
      label: "Principal",
      hint: "The ARN of a user, a role, a role's session or root.",
      value: principal || (policy === "" ? (view.caller?.arn ?? "") : ""),
      suggestions: principalsOf(account, view),
      required: false,
    })}
    ${inputField(view, {
      name: "action",
      label: "Action",
      hint: "Such as s3:GetObject.",
      value: actions[0] ?? "",
      suggestions:
        actions.length > 0
          ? actionsOf(actions[0]!.split(":")[0]!)
          : Object.keys(referencedServices()).map((prefix) => `${prefix}:`),
    })}
    ${inputField(view, { name: "resource", label: "Resource", hint: "An ARN, or * for none in particular.", value: resources[0]! })}
    ${selectField(view, {
      name: "mfa",
      label: "MFA",
      value: mfa,
      options: Object.entries(MFA).map(([value, { label }]) => ({ value, label })),
    })}
    <div data-keys>${keyInputs(asked, made, view)}</div>
    <details ${attributes({ open: more })}>
      <summary>More actions and resources</summary>
      ${textField(view, { name: "action", id: "actions", label: "Actions", hint: "One a line.", rows: 3, value: actions.slice(1).join("\n"), required: false })}
      ${textField(view, { name: "resource", id: "resources", label: "Resources", hint: "One a line.", rows: 3, value: resources.slice(1).join("\n"), required: false })}
    </details>
    ${await pastedPolicy(policy, PATH, view)}
    <button type="submit">Simulate</button>
  </form>`;
}

/** Fields for the condition keys that may matter, and one for any others. */
function keyInputs(asked: Asked, made: readonly Authorization[], view: View): Html {
  const { mentioned, known } = keysToOffer(made[0]?.policies, asked.actions);
  const left = new Map(Object.entries(asked.keys));
  const field = (key: string) => {
    const given = [...left.keys()].find((name) => name.toLowerCase() === key.toLowerCase());
    const value = given === undefined ? "" : [left.get(given)!].flat().join(",");
    if (given !== undefined) left.delete(given);
    const hint = isMultivalued(key) ? "Several values are parted by commas." : undefined;
    return inputField(view, { name: KEY + key, label: key, value, hint, required: false });
  };
  const isGiven = (key: string) => [...left.keys()].some((name) => name.toLowerCase() === key.toLowerCase());
  const ofPolicies = mentioned.map(field);
  const open = known.some(isGiven);
  const ofAction = known.map(field);
  const others = [...left].flatMap(([key, value]) => [value].flat().map((text) => `${key}=${text}`));
  return html`${
      ofPolicies.length > 0 &&
      html`<fieldset>
        <legend>Condition keys that the policies look at</legend>
        ${ofPolicies}
      </fieldset>`
    }
    <details ${attributes({ open })}>
      <summary>Other condition keys${known.length > 0 && ` (the action knows ${known.length})`}</summary>
      ${ofAction}
      ${textField(view, {
        name: "context",
        label: "Any others",
        hint: "One a line: key=value. A key that comes twice has several values.",
        rows: 3,
        value: others.join("\n"),
        required: false,
      })}
    </details>`;
}

function results(made: readonly Authorization[]): Value {
  if (made.length === 0) return undefined;
  if (made.length === 1) return result(made[0]!);
  return made.map((one) => {
    const report = decisionReport(one);
    return html`<details class="result">
      <summary>${report.decision === "allowed" ? "✓" : "✕"} ${verdictOf(report)}</summary>
      ${result(one)}
    </details>`;
  });
}

function result(made: Authorization): Html {
  const report = decisionReport(made);
  const help = whatWouldHelp(made);
  return section(
    report.decision === "allowed"
      ? "Allowed"
      : report.decision === "explicitDeny"
        ? "Denied by a statement"
        : "Not allowed",
    html`<h3 class="${report.decision === "allowed" ? "allowed" : "denied"}">${verdictOf(report)}</h3>
      <ul>
        ${report.reasons.map((reason) => html`<li>${reason}</li>`)}
      </ul>
      ${
        help &&
        html`<h3>What would have to change</h3>
          ${help}`
      }
      <h3>The statements that spoke</h3>
      ${statementsOf(made)}`,
  );
}
