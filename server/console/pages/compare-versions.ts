import { getForm, hiddenField, href, link, selectField } from "../components.ts";
import { formatted } from "../document-editor.ts";
import { html, type Html } from "../html.ts";
import type { Page, SignedInView } from "../page.ts";
import { decoded } from "../sections/policies.ts";
import { versionsOf } from "../sections/policy-versions.ts";

/** What differs between two versions of a managed policy, `?arn=`, line by line: `?from=` and `?to=`. */
export const compareVersions: Page = {
  path: "/policy/compare",
  title: "Compare versions",
  access: "signed-in",
  async GET(view) {
    const arn = view.query.get("arn") ?? "";
    const ids = (await versionsOf(arn, view)).map(({ VersionId }) => VersionId!);
    const [to, from] = [view.query.get("to") ?? ids[0]!, view.query.get("from") ?? ids[1] ?? ids[0]!];
    const choice = (name: string, label: string, value: string) =>
      selectField(view, { name, label, value, options: ids.map((id) => ({ value: id, label: id })) });
    return {
      title: `Compare versions of ${arn.split("/").at(-1)}`,
      body: html`${getForm("Compare", hiddenField("arn", arn), choice("from", "From", from), choice("to", "To", to))}
        ${await difference(await documentOf(arn, from, view), await documentOf(arn, to, view))}
        <p>${link(href`/console/policy?arn=${arn}`, "Back to the policy")}</p>`,
    };
  },
};

async function documentOf(PolicyArn: string, VersionId: string, { call }: SignedInView): Promise<string> {
  const { PolicyVersion } = await call("GetPolicyVersion", { PolicyArn, VersionId });
  return formatted(decoded(PolicyVersion!.Document));
}

async function difference(before: string, after: string): Promise<Html> {
  // The only page that needs it.
  const { diffLines } = await import("diff");
  const parts = diffLines(before, after);
  const lines = parts.flatMap(({ value, added, removed }) =>
    value
      .replace(/\n$/, "")
      .split("\n")
      .map((line) => lineOf(line, added ? "added" : removed ? "removed" : undefined)),
  );
  const isSame = parts.every(({ added, removed }) => !added && !removed);
  return html`${isSame && html`<p class="none">The documents are the same.</p>`}
    <pre class="difference" role="region" aria-label="Difference" tabindex="0"><code>${lines}</code></pre>`;
}

/** Colour alone would not tell. */
const lineOf = (line: string, change: "added" | "removed" | undefined): Html => {
  if (change === undefined) return html`<span>${`  ${line}\n`}</span>`;
  return change === "added" ? html`<ins>${`+ ${line}\n`}</ins>` : html`<del>${`- ${line}\n`}</del>`;
};
