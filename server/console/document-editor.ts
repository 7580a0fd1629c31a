import { readJson } from "../../policy/json.ts";
import { hiddenField, inputField } from "./components.ts";
import { faultsIn, type DocumentKind } from "./document-faults.ts";
import { attributes, html, type Html, type Value } from "./html.ts";
import { all, matching } from "./listing.ts";
import { field, optionalField, Refused, type Answer, type SignedInPage, type SignedInView } from "./page.ts";

// Forms that have a policy document in them. Their buttons besides the one that saves (check, format, find, insert) send the
// form with a field `edit`, and the page comes again with what was typed; client/policy-editor.ts asks for the same in JSON.

/** The field that has the document. */
const DOCUMENT = "document";

/** Where documents are checked and edited for scripts. */
export const CHECK_PATH = "/check-policy";

/** What a new policy begins as: whole, so that it is seen how one is built, and harmless. */
export const NEW_DOCUMENT = written({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action: "sts:GetCallerIdentity", Resource: "*" }],
});

/** A document as the console writes it. */
function written(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

/** As `written`; a text that is no JSON, or has a name twice, is left as it is. */
export const formatted = (text: string): string =>
  readJson(text).faults.length > 0 ? text : written(JSON.parse(text));

/** The document that was sent. Browsers send line breaks as CR LF. */
export const documentIn = (view: SignedInView): string => field(view, DOCUMENT).replaceAll("\r\n", "\n");

/** The text area of a document, `value` to begin with, and below it what is wrong with it. */
export async function documentField(
  view: SignedInView,
  kind: DocumentKind,
  { label = "Policy document", value = NEW_DOCUMENT }: { readonly label?: string; readonly value?: string } = {},
): Promise<Html> {
  const sent = view.form.has(DOCUMENT);
  const text = sent ? documentIn(view) : value;
  const faults = sent && (await faultsIn(text, kind, DOCUMENT)).list;
  return documentArea({ name: DOCUMENT, label, text, kind, editAt: CHECK_PATH, faults });
}

interface DocumentArea {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly text: string;
  readonly kind: DocumentKind;
  /** The page that scripts send the form to, for its document to be checked and edited. */
  readonly editAt: string;
  /** The token that they send, if the form has none. */
  readonly csrf?: string;
  /** What is wrong with the text. */
  readonly faults: Value;
}

/** The text area of a document, which client/policy-editor.ts makes an editor of. */
export function documentArea({ name, label, hint, text, kind, editAt, csrf, faults }: DocumentArea): Html {
  const area = attributes({
    id: name,
    name,
    rows: 18,
    spellcheck: "false",
    autocapitalize: "none",
    "aria-describedby": `${hint === undefined ? "" : `${name}-hint `}${name}-faults`,
    "data-policy-kind": kind,
    "data-edit-at": `/console${editAt}`,
    "data-csrf": csrf,
  });
  return html`<div class="field document">
    <label for="${name}">${label}</label>
    ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${html`<textarea ${area}>${"\n"}${text}</textarea>`}
    <div id="${name}-faults" class="verdict" role="status">${faults}</div>
  </div>`;
}

const editButton = (edit: string, label: Value): Html =>
  html`<button type="submit" name="edit" value="${edit}" class="plain" formnovalidate>${label}</button>`;

export const FORMAT_BUTTON: Html = editButton("format", "Format");

/** The buttons beside the one that saves. */
export const EDIT_BUTTONS: Html = html`${editButton("check", "Check")} ${FORMAT_BUTTON}`;

/** Below the form's buttons: what finds one of AWS's managed policies and puts its statements into the document. */
export const insertField = async (view: SignedInView): Promise<Html> =>
  html`<details class="insert" ${attributes({ open: field(view, "find") !== "" })}>
    <summary>Insert from an AWS managed policy</summary>
    ${hiddenField("found", field(view, "find"))}
    ${inputField(view, {
      name: "find",
      label: "Name contains",
      hint: "Such as S3 or ReadOnly.",
      required: false,
    })}
    ${editButton("find", "Find")}
    <div class="choices" role="status">${await choices(view)}</div>
  </details>`;

const MOST_CHOICES = 30;

/** AWS's policies whose name has what was asked for, each a button that inserts it. */
async function choices(view: SignedInView): Promise<Value> {
  const wanted = field(view, "find").trim();
  if (editIn(view) !== "find" || wanted === "") return undefined;
  const policies = await all(async (paging) => {
    const { Policies, Marker } = await view.call("ListPolicies", { Scope: "AWS", ...paging });
    return { items: Policies, marker: Marker };
  });
  const found = matching(policies, wanted, ({ PolicyName }) => PolicyName!);
  if (found.length === 0) return html`<p class="none">No AWS managed policy has that in its name.</p>`;
  return html`${found.length > MOST_CHOICES && html`<p>The first ${MOST_CHOICES} of ${found.length}:</p>`}
    <ul>
      ${found
        .slice(0, MOST_CHOICES)
        .map(
          ({ Arn = "", PolicyName }) =>
            html`<li>${editButton(`${INSERT}${Arn}`, html`<span class="unseen">Insert </span>${PolicyName}`)}</li>`,
        )}
    </ul>`;
}

/** The form as `edit` leaves it. Rejects with what refuses to show AWS's policy, and with Refused where it cannot be inserted. */
async function edited(view: SignedInView): Promise<SignedInView> {
  const form = new URLSearchParams(view.form);
  const edit = editIn(view) ?? "";
  const text = documentIn(view);
  if (edit === "format") form.set(DOCUMENT, formatted(text));
  if (edit.startsWith(INSERT)) form.set(DOCUMENT, await inserted(edit.slice(INSERT.length), text, view));
  return { ...view, form };
}

const INSERT = "insert:";

/** How the document is to be edited; undefined where the form is to be saved. */
const editIn = (view: SignedInView): string | undefined =>
  // The Enter key in the field that finds a policy presses the form's first button.
  optionalField(view, "edit") ?? (field(view, "find") !== field(view, "found") ? "find" : undefined);

/** The document with the statements of a managed policy after its own; that policy alone where nothing has been written yet. */
async function inserted(PolicyArn: string, text: string, { call }: SignedInView): Promise<string> {
  const { Policy } = await call("GetPolicy", { PolicyArn });
  const { PolicyVersion } = await call("GetPolicyVersion", { PolicyArn, VersionId: Policy!.DefaultVersionId! });
  const policy = decodeURIComponent(PolicyVersion!.Document!);
  if (text.trim() === "" || text === NEW_DOCUMENT) return formatted(policy);
  const document = parsed(text);
  const Statement = [...statementsOf(document), ...statementsOf(JSON.parse(policy))];
  return written({ ...document, Statement });
}

function parsed(text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new Refused(400, "Statements can be inserted into a JSON object only. Mend the document first, or empty it.");
}

const statementsOf = (document: { readonly Statement?: unknown }): readonly unknown[] =>
  document.Statement === undefined ? [] : [document.Statement].flat();

/** A page whose form has a document: what edits it comes before what the page itself does with the form. */
export const withEditor = ({ POST, ...page }: SignedInPage): SignedInPage => ({
  ...page,
  scripts: [...(page.scripts ?? []), "policy-editor.js"],
  POST: async (view) => (editIn(view) === undefined ? POST!(view) : page.GET(await edited(view))),
});

/** What client/policy-editor.ts asks for: the document as edited, what is wrong with it, and what can be inserted. */
export async function editedAsJson(view: SignedInView, kind: DocumentKind): Promise<Answer> {
  const after = await edited(view);
  const text = documentIn(after);
  const { faults, list } = await faultsIn(text, kind, DOCUMENT);
  return { json: { text, faults, list: String(list), choices: String(html`${await choices(view)}`) } };
}
