import type { Authorization } from "../../../handlers/authorize.ts";
import { decisionReport, nameOf, type StatementReport } from "../../../handlers/decision-report.ts";
import { remedies } from "../../../handlers/remedies.ts";
import type { Policies, PolicySource, PolicyType } from "../../../policy/evaluate.ts";
import type { ConditionFinding } from "../../../policy/explain.ts";
import { locationsIn } from "../../../policy/locations.ts";
import { statementSpans } from "../../../policy/positions.ts";
import { href, link, table } from "../components.ts";
import { formatted } from "../document-editor.ts";
import { html, type Html, type Value } from "../html.ts";

/** What would have to change for a denied request to be allowed, in plain words; nothing for one that was allowed. */
export function whatWouldHelp(made: Authorization): Html | undefined {
  const sentences = remedies(decisionReport(made));
  if (sentences.length === 0) return undefined;
  return html`<ul class="remedies">
    ${sentences.map((sentence) => html`<li>${sentence}</li>`)}
  </ul>`;
}

/** The statements that spoke, each of them marked in its document, with its conditions and what the request has for them. */
export function statementsOf(made: Authorization): Html {
  const { matched, unmet } = decisionReport(made);
  const statements = [...matched, ...unmet];
  if (statements.length === 0) return html`<p class="none">No statement speaks of this action on this resource.</p>`;
  return html`${statements.map((statement) => statementView(statement, made, unmet.includes(statement)))}`;
}

function statementView(statement: StatementReport, { policies, request }: Authorization, isUnmet: boolean): Html {
  const { policy, conditions, effect } = statement;
  const says = isUnmet ? "would allow" : effect === "Allow" ? "allows" : "denies";
  const document = documentOf(statement, policies, request.resource);
  return html`<div class="spoke">
    <p><strong>${nameOf(statement)}</strong> ${says} it. ${openPolicy(policy)}</p>
    ${conditions.length > 0 && conditionTable(`Conditions of ${nameOf(statement)}`, conditions)}
    ${document !== undefined && marked(document, statement)}
  </div>`;
}

/** To the policy itself, where it can be repaired; nothing for those of resources and sessions. */
function openPolicy(id: string): Html | undefined {
  if (/^arn:[^:]+:iam::[^:]+:policy\//.test(id)) return link(href`/console/policy?arn=${id}`, "Open the policy");
  const [, name, type, owner] = /^inline policy (\S+) of (user|group|role) (\S+)$/.exec(id) ?? [];
  return name === undefined
    ? undefined
    : link(`${href`/console/${type!}s/${owner!}/inline-policy`}?${new URLSearchParams({ name })}`, "Edit the policy");
}

const conditionTable = (caption: string, conditions: readonly ConditionFinding[]): Html =>
  table(
    caption,
    ["Condition", "Wants", "The request has", "Met"],
    conditions.map(({ operator, key, expected, actual, met }) => [
      html`${operator} ${key}`,
      texts(expected, " or "),
      actual === undefined ? html`<span class="none">no such key</span>` : texts([actual].flat(), ", "),
      met ? "yes" : html`<strong>no</strong>`,
    ]),
    "",
  );

const texts = (values: readonly string[], between: string): Value =>
  values.map((text, place) => html`${place > 0 && between}<code>${JSON.stringify(text)}</code>`);

/** The text of the policy that a statement is of. */
function documentOf({ policyType, policy }: StatementReport, policies: Policies, resource: string): string | undefined {
  const { identity, boundary, session = [], scopes = [], scps = [], rcps = [] } = policies;
  const own = policies.trust === undefined ? policies.resource : policies.trust;
  const ofResource: readonly PolicySource[] = own ? [{ id: resource, document: own.document }] : [];
  const sources: Readonly<Record<PolicyType, readonly PolicySource[]>> = {
    identity,
    boundary: boundary ? [boundary] : [],
    session: [...session, ...scopes],
    scp: scps.flat(),
    rcp: rcps.flat(),
    resource: ofResource,
    trust: ofResource,
  };
  return sources[policyType].find(({ id }) => id === policy)?.document;
}

/** Documents of more lines are shown around the statement only. */
const MOST_LINES = 40;
const LINES_AROUND = 3;

function marked(document: string, statement: StatementReport): Html {
  const text = formatted(document);
  const span = statementSpans(text)[statement.statement - 1]!;
  const location = locationsIn(text);
  const [first, last] = [location(span.start).line, location(span.end).line];
  const lines = text.split("\n");
  const isLong = lines.length > MOST_LINES;
  const above = isLong ? Math.max(first - 1 - LINES_AROUND, 0) : 0;
  const below = isLong ? Math.min(last + LINES_AROUND, lines.length) : lines.length;
  const numbered = lines.slice(above, below).map((line, place) => {
    const number = above + place + 1;
    const isIn = number >= first && number <= last;
    return html`<span class="number">${number}</span>${isIn ? html`<mark>${line}</mark>` : line}${"\n"}`;
  });
  const label = `${nameOf(statement)}, from line ${first}`;
  return html`<pre class="numbered" role="region" aria-label="${label}" tabindex="0"><code>${numbered}</code></pre>`;
}
