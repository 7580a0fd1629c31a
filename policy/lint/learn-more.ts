import type { Level } from "./check.ts";
import { CHECKS, type Code } from "./checks.ts";

const REFERENCE = "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html";
const KINDS: Readonly<Record<Level, string>> = {
  error: "error",
  security: "security-warning",
  warning: "general-warning",
  suggestion: "suggestion",
};

/** Where AWS's reference of checks tells more of it; undefined for what is a check of ours. */
export function learnMore(code: Code): string | undefined {
  const { level, title, ours } = CHECKS[code];
  if (ours) return undefined;
  return `${REFERENCE}#access-analyzer-reference-policy-checks-${KINDS[level]}-${title.toLowerCase().replaceAll(" ", "-")}`;
}
