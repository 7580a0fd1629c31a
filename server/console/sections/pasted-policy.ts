import { documentArea } from "../document-editor.ts";
import { faultsIn } from "../document-faults.ts";
import { attributes, html, type Html } from "../html.ts";
import { field, type Answer, type View } from "../page.ts";

/** The field of the simulator that has a policy. */
const NAME = "policy";
const KIND = "identity";

/** Where a policy can be pasted to try it; `editAt` is the page that checks it for scripts. */
export async function pastedPolicy(policy: string, editAt: string, { csrf }: View): Promise<Html> {
  return html`<details ${attributes({ open: policy !== "" })}>
    <summary>Try another policy</summary>
    ${documentArea({
      name: NAME,
      label: "Policy",
      hint: "In the place of the principal's own identity-based policies; without a principal, of somebody who has nothing else.",
      text: policy,
      kind: KIND,
      editAt,
      csrf,
      faults: (await checked(policy)).list,
    })}
  </details>`;
}

/** What client/policy-editor.ts asks for while somebody types: what is wrong with the policy. */
export async function pastedAsJson(view: View): Promise<Answer> {
  const text = field(view, NAME);
  const { faults, list } = await checked(text);
  return { json: { text, faults, list: String(list), choices: "" } };
}

/** Nothing is wrong where nothing is pasted. */
const checked = async (text: string) =>
  text.trim() === "" ? { faults: [], list: html`` } : await faultsIn(text, KIND, NAME);
