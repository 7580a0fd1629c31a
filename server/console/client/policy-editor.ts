// Makes an editor of each text area for a policy: line numbers, and what is wrong at its line as one types. The server checks
// and edits, as it does for a form without script.
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import { json } from "@codemirror/lang-json";
import { bracketMatching, HighlightStyle, indentOnInput, syntaxHighlighting } from "@codemirror/language";
import { forceLinting, linter, lintGutter, type Diagnostic } from "@codemirror/lint";
import { EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { StyleModule } from "style-mod";

interface Fault {
  readonly from: number;
  readonly to: number;
  readonly severity: "error" | "warning" | "info";
  readonly text: string;
}

/** What the server answers (server/console/document-editor.ts). */
interface Edited {
  readonly text: string;
  readonly faults: readonly Fault[];
  /** The list of faults, as markup. */
  readonly list: string;
  /** What can be inserted, as markup. */
  readonly choices: string;
}

const DELAY_MS = 300;

// The editor would put a <style> into the page, which the CSP forbids; a sheet that a script adopts is allowed. In a layer of
// its own it gives way to the console's style sheet.
StyleModule.mount = (_root, modules) => {
  const sheet = new CSSStyleSheet();
  const rules = [modules].flat().map((module) => module.getRules());
  sheet.replaceSync(`@layer editor {\n${rules.join("\n")}\n}`);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
};

/** Colours stand in the style sheet, which knows the dark. */
const HIGHLIGHTING = HighlightStyle.define([
  { tag: tags.propertyName, class: "tok-name" },
  { tag: tags.string, class: "tok-string" },
  { tag: [tags.number, tags.bool, tags.null], class: "tok-value" },
]);

function makeEditor(area: HTMLTextAreaElement): void {
  const label = document.querySelector(`label[for="${area.id}"]`);
  const view = new EditorView({
    state: EditorState.create({
      doc: area.value,
      extensions: [
        lineNumbers(),
        lintGutter(),
        history(),
        drawSelection(),
        indentOnInput(),
        bracketMatching(),
        highlightActiveLine(),
        highlightActiveLineGutter(),
        json(),
        syntaxHighlighting(HIGHLIGHTING),
        EditorState.tabSize.of(2),
        // Escape, then Tab, leaves the editor by keyboard.
        keymap.of([...defaultKeymap, ...historyKeymap, indentWithTab]),
        linter((shown) => check(area, shown.state.doc.toString()), { delay: DELAY_MS }),
        EditorView.lineWrapping,
        EditorView.contentAttributes.of({
          "aria-label": label?.textContent?.trim() ?? "Policy document",
          ...(area.hasAttribute("aria-describedby") && { "aria-describedby": area.getAttribute("aria-describedby")! }),
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) area.value = update.state.doc.toString();
          // Other scripts wait for it, as of any field that is left.
          if (update.focusChanged && !update.view.hasFocus) area.dispatchEvent(new Event("change", { bubbles: true }));
        }),
      ],
    }),
  });
  area.after(view.dom);
  area.hidden = true;
  label?.addEventListener("click", () => view.focus());
  // Everything is checked as one types; the button is for those without script.
  for (const button of area.form!.querySelectorAll<HTMLButtonElement>("button[value=check]")) button.hidden = true;
  listOf(area)?.addEventListener("click", (event) => goToFault(event, view));
  area.form!.addEventListener("submit", (event) => void editByButton(event, area, view));
  forceLinting(view);
}

const listOf = (area: HTMLTextAreaElement): HTMLElement | null => document.getElementById(`${area.id}-faults`);

async function check(area: HTMLTextAreaElement, text: string): Promise<readonly Diagnostic[]> {
  const list = listOf(area);
  const checked = await askServer(area, text, "check");
  if (!checked || !list) return [];
  if (list.innerHTML !== checked.list) list.innerHTML = checked.list;
  return checked.faults.map(({ from, to, severity, text: message }) => ({
    from: Math.min(from, text.length),
    to: Math.min(Math.max(to, from), text.length),
    severity,
    message,
  }));
}

/** The buttons that edit do so in place, undoably; those that save send the form. */
async function editByButton(event: SubmitEvent, area: HTMLTextAreaElement, view: EditorView): Promise<void> {
  const button = event.submitter;
  if (!(button instanceof HTMLButtonElement) || button.name !== "edit" || button.dataset["failed"] !== undefined)
    return;
  event.preventDefault();
  const text = view.state.doc.toString();
  const edited = await askServer(area, text, button.value);
  if (!edited) {
    // What refused stands on the page that the form leads to.
    button.dataset["failed"] = "";
    area.form!.requestSubmit(button);
    return;
  }
  if (button.value === "find") area.form!.querySelector(".choices")!.innerHTML = edited.choices;
  if (edited.text === text) return;
  view.dispatch({ changes: { from: 0, to: text.length, insert: edited.text } });
  view.focus();
}

/** Nothing where the server refuses or cannot be asked: what is wrong then shows when the form is sent. */
async function askServer(area: HTMLTextAreaElement, text: string, edit: string): Promise<Edited | undefined> {
  const { policyKind = "", editAt = "", csrf } = area.dataset;
  const body = new URLSearchParams({ kind: policyKind, ...(csrf !== undefined && { csrf }) });
  for (const [name, value] of new FormData(area.form!)) if (typeof value === "string") body.set(name, value);
  for (const [name, value] of Object.entries({ format: "json", edit, [area.name]: text })) body.set(name, value);
  try {
    const answer = await fetch(editAt, { method: "POST", body, redirect: "error" });
    return answer.ok ? await answer.json() : undefined;
  } catch {
    return undefined;
  }
}

/** Each fault in the list leads to its place. */
function goToFault(event: Event, view: EditorView): void {
  const place = (event.target as Element).closest<HTMLElement>("[data-offset]");
  if (!place) return;
  event.preventDefault();
  const anchor = Math.min(Number(place.dataset["offset"]), view.state.doc.length);
  view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: "center" }) });
  view.focus();
}

for (const area of document.querySelectorAll<HTMLTextAreaElement>("textarea[data-policy-kind]")) makeEditor(area);
