import type { AssertionResult } from "../test-results.ts";
import type { TestRun } from "../run.ts";
import { countsOf, detailLines, fromHere, sentence, testsIn } from "./words.ts";

/** JUnit's XML as continuous integration reads it: a suite for each test, a case for each assertion. */
export function junitReport(runs: readonly TestRun[]): string {
  const { assertions, failed } = countsOf(runs);
  const suites = runs.flatMap((run) =>
    Array.from(testsIn(run), ([name, results]) => suite(name, fromHere(run.name), results)),
  );
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites name="iam-local policy test" tests="${assertions}" failures="${failed}">`,
    ...suites,
    "</testsuites>",
    "",
  ].join("\n");
}

function suite(name: string, file: string, results: readonly AssertionResult[]): string {
  const failed = results.filter(({ passed }) => !passed).length;
  return [
    `  <testsuite name=${quoted(name)} file=${quoted(file)} tests="${results.length}" failures="${failed}">`,
    ...results.map((result) => testCase(name, file, result)),
    "  </testsuite>",
  ].join("\n");
}

function testCase(test: string, file: string, result: AssertionResult): string {
  const { passed, at, expected, problems } = result;
  const line = at === undefined ? "" : ` line="${at.line}"`;
  const name = `${sentence(result)}: ${expected}`;
  const start = `    <testcase classname=${quoted(test)} name=${quoted(name)} file=${quoted(file)}${line}`;
  if (passed) return `${start}/>`;
  const details = escaped(detailLines(result).join("\n"));
  return `${start}><failure message=${quoted(problems.join("; "))}>${details}</failure></testcase>`;
}

const quoted = (text: string): string => `"${escaped(text)}"`;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Text of XML 1.0; characters that it cannot hold, half surrogates as well, are replaced. */
const escaped = (text: string): string =>
  text
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "\ufffd")
    .replace(/[&<>"]/g, (character) => ENTITIES[character]!);
