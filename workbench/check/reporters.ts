import type { CheckReport, FileFinding } from "./check.ts";
import { sarif } from "./sarif.ts";

/** Ways to write a report, by their names. */
export const REPORTERS: Readonly<Record<string, (report: CheckReport) => string>> = { text, json, sarif, github };

/** For people. */
function text({ findings, files, documents }: CheckReport): string {
  const lines = findings.flatMap(({ file, start, level, code, message, document, path, refusal }) => [
    `${file}:${start.line}:${start.column}: ${level} ${code}: ${message}`,
    ...(document === "" && path === "" ? [] : [`    in ${[document, path].filter(Boolean).join(": ")}`]),
    ...(refusal === undefined || message.includes(refusal) ? [] : [`    IAM answers: ${refusal}`]),
  ]);
  const counts = LEVELS.map(([level, name]) => counted(findings.filter((one) => one.level === level).length, name));
  const told = counts.filter((count) => !count.startsWith("0 "));
  const what = `${counted(documents, "document")} in ${counted(files, "file")}`;
  return [...lines, `${told.length === 0 ? "nothing found" : told.join(", ")} in ${what}`].join("\n");
}

const LEVELS = [
  ["error", "error"],
  ["security", "security warning"],
  ["warning", "warning"],
  ["suggestion", "suggestion"],
] as const;

const counted = (count: number, name: string): string => `${count} ${name}${count === 1 ? "" : "s"}`;

/** For programs. */
function json(report: CheckReport): string {
  return JSON.stringify(report, undefined, 2);
}

/** Annotations of GitHub's workflow commands. */
function github({ findings }: CheckReport): string {
  return findings.map(annotation).join("\n");
}

const COMMANDS = { error: "error", security: "warning", warning: "warning", suggestion: "notice" } as const;

function annotation({ file, start, end, level, code, message }: FileFinding): string {
  // A column says something only where start and end are on one line.
  const columns = start.line === end.line ? { col: start.column, endColumn: end.column } : {};
  const places = { file, line: start.line, endLine: end.line, ...columns, title: code };
  const properties = Object.entries(places).map(([name, value]) => `${name}=${escapedProperty(String(value))}`);
  return `::${COMMANDS[level]} ${properties.join(",")}::${escaped(message)}`;
}

const escaped = (value: string): string => value.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
const escapedProperty = (value: string): string => escaped(value).replaceAll(":", "%3A").replaceAll(",", "%2C");
