import { ageText } from "./age-text.ts";
import { attributes, html, type Html, type Value } from "./html.ts";
import type { View } from "./page.ts";

// The components of pages. All of them work without script, with the keyboard and with a screen reader.

export interface Field {
  readonly name: string;
  /** Where a page has several fields of one name. */
  readonly id?: string;
  readonly label: string;
  /** A sentence that helps to fill in the field. */
  readonly hint?: Value;
  readonly type?: "text" | "password" | "email" | "tel" | "number" | "datetime-local";
  /** The initial value. What was typed before takes precedence, except for passwords and codes. */
  readonly value?: string | number | undefined;
  readonly required?: boolean;
  /** A WAI-HTML autofill name, such as `current-password`. It is never `off`: browsers then forget what was typed when one comes back. */
  readonly autocomplete?: string;
  /** Whether it takes a six-digit code. */
  readonly code?: boolean;
  /** What may be meant; anything else may be typed as well. */
  readonly suggestions?: readonly string[];
  /** Whether the page opens with the cursor in it. */
  readonly focus?: boolean;
}

/** A labelled field, required unless stated otherwise. */
export function inputField(view: View, field: Field): Html {
  const { name, type = "text", autocomplete, code = false } = field;
  const secret = type === "password" || code;
  const kind = code
    ? { inputmode: "numeric", pattern: "[0-9 ]*", class: "code", autocomplete: "one-time-code" }
    : { autocomplete, ...(type === "text" && { autocapitalize: "none", spellcheck: "false" }) };
  const value = secret ? undefined : (view.form.get(name) ?? field.value);
  const list = field.suggestions && `${field.id ?? name}-suggestions`;
  return labelled(
    field,
    html`<input ${attributes({ ...control(field), type, value, list, ...kind })} />${
        field.suggestions &&
        html`<datalist id="${list}">
          ${field.suggestions.slice(0, MOST_SUGGESTIONS).map((text) => html`<option value="${text}"></option>`)}
        </datalist>`
      }`,
  );
}

const MOST_SUGGESTIONS = 200;

/** Fields one after the other; the page opens with the cursor in the first that is empty. */
export function inputFields(view: View, fields: readonly Field[]): Html {
  const isEmpty = ({ name, type, code: isCode, value = "" }: Field) =>
    type === "password" || isCode === true || (view.form.get(name) ?? value) === "";
  const first = fields.find(isEmpty);
  return html`${fields.map((field) => inputField(view, { ...field, focus: field === first }))}`;
}

/** Something to tick. */
export function tickField(view: View, { label, ...field }: Omit<Field, "value"> & { readonly ticked?: boolean }): Html {
  const { name, id = name, hint, ticked = false } = field;
  // A form that was sent has no field for what was not ticked.
  const checked = view.form.size > 0 ? view.form.has(name) : ticked;
  return html`<div class="field tick">
    <input
      ${attributes({ ...control({ ...field, label, required: false }), type: "checkbox", value: "on", checked })}
    />
    <label for="${id}">${label}</label>
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`}
  </div>`;
}

/** A field of several lines. */
export function textField(view: View, { rows = 8, ...field }: Field & { readonly rows?: number }): Html {
  const text = view.form.get(field.name) ?? field.value;
  return labelled(
    field,
    // A line break at the beginning is not part of the text.
    html`<textarea ${attributes({ ...control(field), rows, spellcheck: "false" })}>${"\n"}${text}</textarea>`,
  );
}

interface Choice extends Field {
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** A list to choose one entry from. */
export function selectField(view: View, field: Choice): Html {
  const chosen = view.form.get(field.name) ?? field.value;
  const options = field.options.map(
    ({ value, label }) => html`<option ${attributes({ value, selected: value === chosen })}>${label}</option>`,
  );
  return labelled(
    field,
    html`<select ${attributes(control(field))}>
      ${options}
    </select>`,
  );
}

/** What every control has: a name, and what is said about it. */
const control = ({ name, id = name, required = true, hint, focus }: Field) => ({
  id,
  name,
  required,
  autofocus: focus,
  "aria-describedby": hint === undefined ? undefined : `${id}-hint`,
});

const labelled = ({ name, id = name, label, hint, required = true }: Field, shown: Html): Html =>
  html`<div class="field">
    <label for="${id}">${label}${!required && html` <span class="optional">(optional)</span>`}</label>
    ${hint && html`<p class="hint" id="${id}-hint">${hint}</p>`} ${shown}
  </div>`;

export const hiddenField = (name: string, value: string): Html =>
  html`<input type="hidden" name="${name}" value="${value}" />`;

interface Form {
  /** The text of the button. */
  readonly submit: Value;
  /** Where it posts to; by default the page itself. */
  readonly action?: string;
  /** For a button that removes something. */
  readonly danger?: boolean;
  /** For a button beside a more usual one. */
  readonly plain?: boolean;
  /** If several buttons have the same text: what this one is about, for screen readers. */
  readonly about?: string;
  /** Tells the forms of one page apart: sent as the field `do`. */
  readonly name?: string;
  /** What stands beside the button: others that send the form, and ways out of it. */
  readonly besides?: Value;
}

/** A form that posts, with the token that shows that it is the console's own. Without content it is a mere button. */
export function postForm(
  view: View,
  { submit, action, danger, plain, about, name, besides }: Form,
  ...content: Value[]
): Html {
  const button = html`<button ${attributes({ type: "submit", class: danger ? "danger" : plain && "plain" })}>
    ${submit}${about !== undefined && html`<span class="unseen"> ${about}</span>`}
  </button>`;
  return html`<form ${attributes({ method: "post", action, class: content.length === 0 && "inline" })}>
    ${hiddenField("csrf", view.csrf)} ${hiddenField("once", view.once())}
    ${name !== undefined && hiddenField("do", name)} ${content}
    ${besides === undefined ? button : html`<div class="buttons">${button} ${besides}</div>`}
  </form>`;
}

/** A form that uses GET: filters and searches, which go into the URL. */
export const getForm = (submit: string, ...content: Value[]): Html =>
  html`<form method="get" class="filters">${content}<button type="submit">${submit}</button></form>`;

/**
 * A table with a caption; the first cell of each row is its heading. Without rows it says `none`. On a phone each row is a block
 * of its own, whose cells say what they are.
 */
export function table(
  caption: string,
  headings: readonly string[],
  rows: readonly (readonly Value[])[],
  none: string,
): Html {
  if (rows.length === 0) return html`<p class="none">${none}</p>`;
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0">
    <table>
      <caption>
        ${caption}
      </caption>
      <thead>
        <tr>
          ${headings.map((heading) => html`<th scope="col">${heading}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map((row) => tableRow(row, headings))}
      </tbody>
    </table>
  </div>`;
}

/** A row of a table; on a phone each cell is shown with its heading. */
export const tableRow = ([first, ...cells]: readonly Value[], headings: readonly string[]): Html =>
  html`<tr>
    <th scope="row">${first}</th>
    ${cells.map((cell, i) => html`<td data-label="${headings[i + 1]}">${cell}</td>`)}
  </tr>`;

/** Names with their values. */
export const facts = (entries: readonly (readonly [name: string, value: Value])[]): Html =>
  html`<dl>
    ${entries.map(
      ([name, value]) =>
        html`<div>
          <dt>${name}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;

/** Text to be read exactly or copied: an ARN, a key, a command. */
export const code = (text: string): Html => html`<code>${text}</code>`;

/** Text with several lines, unchanged. */
export const codeBlock = (label: string, text: string): Html =>
  html`<pre role="region" aria-label="${label}" tabindex="0"><code>${text}</code></pre>`;

/** A JSON document, indented; unchanged if it is not JSON. */
export function jsonBlock(label: string, document: string | object): Html {
  const value = typeof document === "string" ? parsed(document) : document;
  return codeBlock(label, typeof value === "string" ? value : JSON.stringify(value, null, 2));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** A time in UTC, to the second. */
export function time(at: number | Date | undefined, none = "never"): Html {
  if (at === undefined) return html`${none}`;
  const iso = new Date(at).toISOString().replace(/\.\d+Z$/, "Z");
  return html`<time datetime="${iso}">${iso.replace("T", " ").replace("Z", " UTC")}</time>`;
}

/** The day of a time, in UTC, where the list has no room for more. */
export function day(at: number | Date | undefined): Html {
  if (at === undefined) return html`never`;
  const iso = new Date(at).toISOString();
  return html`<time datetime="${iso}" title="${iso}">${iso.slice(0, 10)}</time>`;
}

/** How long ago something was, on one line; the time itself is told to whoever points at it. Both in milliseconds. */
export function age(at: number, now: number): Html {
  const iso = new Date(at).toISOString();
  const title = iso.replace("T", " ").replace("Z", " UTC");
  return html`<time datetime="${iso}" title="${title}" data-age>${ageText(at, now)}</time>`;
}

/** A part of a page under a heading of its own. */
export const section = (heading: string, ...content: Value[]): Html =>
  html`<section>
    <h2>${heading}</h2>
    ${content}
  </section>`;

/** A path with values in it, such as user names and ARNs, each encoded as one segment: href`/console/users/${name}`. */
export const href = (parts: TemplateStringsArray, ...values: readonly string[]): string =>
  parts.reduce((path, part, i) => path + encodeURIComponent(values[i - 1]!) + part);

export const link = (to: string, text: Value): Html => html`<a href="${to}">${text}</a>`;

/** To the trail's explanation of a request that was refused. */
export const whyLink = (requestId: string): Html =>
  link(
    `${href`/console/emulator/trail/${requestId}`}#why`,
    html`Why was this refused?<span class="unseen"> Request ${requestId}</span>`,
  );

/** A link that looks like a button: to the page where something is begun. */
export const buttonLink = (to: string, text: Value): Html => html`<a href="${to}" class="button">${text}</a>`;

/** The same, to where something is taken away. */
export const dangerLink = (to: string, text: Value): Html => html`<a href="${to}" class="button danger">${text}</a>`;

/** What can be done with what a page shows, in a row. */
export const actions = (...content: Value[]): Html => html`<div class="buttons">${content}</div>`;
