import type { View } from "./page.ts";

// Forms that were refused, or sent when the session had ended: what was typed waits until their page is asked for again.

const KEPT_MS = 30 * 60 * 1000;
/** Characters; a larger form is not kept, so that all of them together take a few megabytes. */
const LARGEST = 64 * 1024;

/** The parameter of an address that brings what was typed back into the page's form. */
const PARAMETER = "draft";

/** Fields that are never kept: passwords, codes, answers of security keys, and the form's own token. */
const SECRET = /password|^again$|code|secret|webauthn|credential|^csrf$|^once$/i;
export const isSecretField = (name: string): boolean => SECRET.test(name);

/** Keeps what was typed; the address of the page that will show it again, below the notice. Undefined where it is too much. */
export async function keepDraft(
  { form, memory, path, now, emulation }: View,
  notice: string,
): Promise<string | undefined> {
  const fields = new URLSearchParams([...form].filter(([name]) => !isSecretField(name))).toString();
  if (fields.length > LARGEST) return undefined;
  const id = emulation.random.bytes(32).toString("base64url");
  await memory.drafts.set(id, { fields, notice, expiresAt: now + KEPT_MS });
  const [page = "", query] = path.split("?");
  const parameters = new URLSearchParams(query);
  parameters.set(PARAMETER, id);
  return `${page}?${parameters}`;
}

/** The view with what was typed before, where the address asks for it. */
export function withDraft(view: View): { readonly view: View; readonly notice?: string } {
  const id = view.query.get(PARAMETER);
  const draft = id === null ? undefined : view.memory.drafts.get(id, view.now);
  return draft ? { view: { ...view, form: new URLSearchParams(draft.fields) }, notice: draft.notice } : { view };
}
