import type { Log, ReportingDescriptor, Result } from "sarif";
import { isAbsolute, sep } from "node:path";
import { CHECKS, type Code } from "../../policy/lint/checks.ts";
import { learnMore } from "../../policy/lint/learn-more.ts";
import { VERSION } from "../../server/health.ts";
import type { CheckReport, FileFinding } from "./check.ts";

const LEVELS = { error: "error", security: "warning", warning: "warning", suggestion: "note" } as const;

/** SARIF 2.1.0, which code review tools read. */
export function sarif({ findings }: CheckReport): string {
  const codes = [...new Set(findings.map(({ code }) => code))].toSorted();
  const log: Log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "iam-local policy check", semanticVersion: VERSION, rules: codes.map(rule) } },
        // Columns are counted as the text is held here.
        columnKind: "utf16CodeUnits",
        results: findings.map((finding) => result(finding, codes.indexOf(finding.code))),
      },
    ],
  };
  return JSON.stringify(log, undefined, 2);
}

function rule(code: Code): ReportingDescriptor {
  const { title, text, level } = CHECKS[code];
  const helpUri = learnMore(code);
  return {
    id: code,
    shortDescription: { text: title },
    fullDescription: { text },
    ...(helpUri !== undefined && { helpUri }),
    defaultConfiguration: { level: LEVELS[level] },
    properties: { tags: level === "security" ? ["iam", "security"] : ["iam"] },
  };
}

function result(
  { file, document, path, code, level, message, refusal, start, end }: FileFinding,
  ruleIndex: number,
): Result {
  const region = { startLine: start.line, startColumn: start.column, endLine: end.line, endColumn: end.column };
  const name = [document, path].filter(Boolean).join(": ");
  return {
    ruleId: code,
    ruleIndex,
    level: LEVELS[level],
    message: { text: refusal === undefined || message.includes(refusal) ? message : `${message} (IAM: ${refusal})` },
    locations: [
      {
        physicalLocation: { artifactLocation: { uri: uriOf(file) }, region },
        ...(name !== "" && { logicalLocations: [{ fullyQualifiedName: name }] }),
      },
    ],
  };
}

/** Relative paths stay so: to the repository that is reviewed. */
function uriOf(file: string): string {
  const path = file.split(sep).map(encodeURIComponent).join("/");
  return isAbsolute(file) ? `file://${path.startsWith("/") ? "" : "/"}${path}` : path;
}
