import { postForm, selectField } from "../components.ts";
import { DOCUMENT_KINDS, isDocumentKind, type DocumentKind } from "../document-faults.ts";
import { CHECK_PATH, documentField, FORMAT_BUTTON, editedAsJson, insertField, withEditor } from "../document-editor.ts";
import { html } from "../html.ts";
import { field, type SignedInPage, type SignedInView } from "../page.ts";

/** Checks a document of any kind by the rules of IAM, which keeps nothing. */
const page: SignedInPage = {
  path: CHECK_PATH,
  title: "Check a policy",
  nav: "IAM",
  access: "signed-in",
  async GET(view) {
    return html`<p>A document is checked here by the rules that IAM has for its kind. Nothing is saved.</p>
      ${postForm(
        view,
        { submit: "Check", besides: FORMAT_BUTTON },
        selectField(view, {
          name: "kind",
          label: "Kind of document",
          options: Object.entries(DOCUMENT_KINDS).map(([value, label]) => ({ value, label })),
        }),
        await documentField(view, kindIn(view)),
        await insertField(view),
      )}`;
  },
  POST: (view) => page.GET(view),
};

const kindIn = (view: SignedInView): DocumentKind => {
  const kind = field(view, "kind");
  return isDocumentKind(kind) ? kind : "identity";
};

const edited = withEditor(page);

export const checkPolicyPage: SignedInPage = {
  ...edited,
  POST: (view) => (field(view, "format") === "json" ? editedAsJson(view, kindIn(view)) : edited.POST!(view)),
};
