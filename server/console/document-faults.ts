import type { PolicyKind } from "../../policy/document.ts";
import type { Level } from "../../policy/lint/check.ts";
import type { Finding } from "../../policy/lint/lint.ts";
import { html, type Html } from "./html.ts";

/** The kinds of document that the console edits. */
export const DOCUMENT_KINDS = {
  identity: "Managed policy",
  inline: "Inline policy",
  trust: "Trust policy of a role",
  session: "Session policy",
  boundary: "Permissions boundary",
  resource: "Policy of any other resource",
  scp: "Service control policy",
  rcp: "Resource control policy",
} as const satisfies Partial<Record<PolicyKind, string>>;

export type DocumentKind = keyof typeof DOCUMENT_KINDS;

export const isDocumentKind = (text: string): text is DocumentKind => Object.hasOwn(DOCUMENT_KINDS, text);

/** What each level is called, and how client/policy-editor.ts marks it. */
const LEVELS: Readonly<Record<Level, { readonly title: string; readonly severity: "error" | "warning" | "info" }>> = {
  error: { title: "Error", severity: "error" },
  security: { title: "Security warning", severity: "warning" },
  warning: { title: "Warning", severity: "warning" },
  suggestion: { title: "Suggestion", severity: "info" },
};

/** All that is wrong with a document, each at its place, for the editor's marks and as a list under the text. */
export async function faultsIn(text: string, kind: DocumentKind, field: string) {
  // It knows the catalogue, which takes a moment to read.
  const { lint } = await import("../../policy/lint/lint.ts");
  const findings = lint(text, { kind });
  return {
    faults: findings.map(({ start, end, level, message, refusal }) => ({
      from: start.offset,
      to: end.offset,
      severity: LEVELS[level].severity,
      text: refusal === undefined ? message : `${message} IAM answers: ${refusal}`,
    })),
    list: html`<p class="${isRefused(findings) ? "bad" : "good"}">${verdict(findings)}</p>
      ${
        findings.length > 0 &&
        html`<ol class="faults">
          ${findings.map((finding) => item(finding, field))}
        </ol>`
      }`,
  };
}

const isRefused = (findings: readonly Finding[]): boolean => findings.some(({ refusal }) => refusal !== undefined);

function verdict(findings: readonly Finding[]): string {
  const refused = findings.filter(({ refusal }) => refusal !== undefined).length;
  const more = findings.length - refused;
  if (refused > 0) {
    const faults = refused === 1 ? "one fault" : `${refused} faults`;
    return `IAM refuses this document for ${faults}.${more === 0 ? "" : ` It would take the ${more === 1 ? "other one" : `${more} others`}.`}`;
  }
  return findings.length === 0 ? "IAM takes this document." : "IAM takes this document, but look at this:";
}

const item = ({ start, level, message, refusal }: Finding, field: string): Html =>
  html`<li>
    <a href="#${field}" data-offset="${start.offset}">Line ${start.line}, column ${start.column}</a>
    <strong>${LEVELS[level].title}:</strong> ${message}
    ${refusal !== undefined && html`<span class="hint">IAM answers: ${refusal}</span>`}
  </li>`;
