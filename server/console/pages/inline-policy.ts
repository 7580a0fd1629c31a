import { facts, hiddenField, inputField, link, postForm } from "../components.ts";
import { documentField, documentIn, EDIT_BUTTONS, formatted, insertField, withEditor } from "../document-editor.ts";
import { ENTITY_PATHS, entityOf, type EntityKind } from "../entity.ts";
import { html } from "../html.ts";
import { field, redirect, type SignedInPage } from "../page.ts";
import { inlineDocument } from "../sections/policies.ts";

/** Creates an inline policy of an entity, or edits that of `?name=`. */
const inlinePolicy = (kind: EntityKind): SignedInPage =>
  withEditor({
    path: `${ENTITY_PATHS[kind]}/inline-policy`,
    title: "Inline policy",
    access: "signed-in",
    async GET(view) {
      const entity = entityOf(kind, view);
      const name = view.query.get("name");
      const value = name === null ? undefined : formatted(await inlineDocument(entity, name, view));
      return {
        title: name === null ? `Create an inline policy of ${entity.called}` : `Edit the inline policy ${name}`,
        body: html`${name !== null && facts([["Of", link(entity.home, entity.called)]])}
        ${postForm(
          view,
          {
            submit: name === null ? "Create policy" : "Save changes",
            besides: html`${EDIT_BUTTONS} ${link(entity.home, "Cancel")}`,
          },
          name === null
            ? inputField(view, {
                name: "policyName",
                label: "Policy name",
                hint: "At most 128 letters, digits and +=,.@-_ characters.",
                focus: true,
              })
            : hiddenField("policyName", name),
          await documentField(view, "inline", value === undefined ? {} : { value }),
          await insertField(view),
        )}`,
      };
    },
    async POST(view) {
      const { input, home, called } = entityOf(kind, view);
      const PolicyName = field(view, "policyName");
      await view.call(`Put${kind}Policy`, { ...input, PolicyName, PolicyDocument: documentIn(view) });
      return redirect(home, `The inline policy ${PolicyName} of ${called} has been saved.`);
    },
  });

export const userInlinePolicy = inlinePolicy("User");
export const groupInlinePolicy = inlinePolicy("Group");
export const roleInlinePolicy = inlinePolicy("Role");
