import type { Access } from "../policy/compare/compare.ts";
import { type PolicyDiff, isUndecided, type SubjectDiff } from "./diff.ts";
import type { CaseChange } from "./diff-cases.ts";
import { oneLine } from "./reporters/words.ts";

export type DiffReporterName = "text" | "json" | "github" | "markdown";

export const diffReporters: Readonly<Record<DiffReporterName, (diff: PolicyDiff) => string>> = {
  text: textReport,
  json: (diff) => `${JSON.stringify(diff, undefined, 2)}\n`,
  github: githubReport,
  markdown: markdownReport,
};

function textReport(diff: PolicyDiff): string {
  const lines = diff.subjects.flatMap((subject) => [headOf(subject), ...changesOf(subject), ""]);
  const cases = diff.cases.filter(({ changed }) => changed).map(caseLine);
  return [
    ...lines,
    ...(cases.length > 0 ? [...cases, ""] : []),
    ...diff.notes.map((note) => `Note: ${note}`),
    summary(diff),
    "",
  ]
    .map(oneLine)
    .join("\n");
}

/** How many names of those who have the same policies are told. */
const MOST_NAMES = 5;

function headOf({ names, kind, only }: SubjectDiff): string {
  const more = names.length - MOST_NAMES;
  const who = names.slice(0, MOST_NAMES).join(", ") + (more > 0 ? ` and ${more} more` : "");
  const whom = kind === "trust" ? `who may assume ${who}` : kind === "resource" ? `whom ${who} lets in` : who;
  return only === undefined ? whom : `${whom} (only in ${only})`;
}

interface Sign {
  readonly sign: "+" | "-" | "?";
  readonly words: string;
}

const ADDED: Sign = { sign: "+", words: "" };
const REMOVED: Sign = { sign: "-", words: "" };
const MAYBE_ADDED: Sign = { sign: "?", words: "undecided whether it was added: " };
const MAYBE_REMOVED: Sign = { sign: "?", words: "undecided whether it was removed: " };

const signed = ({ added, removed, undecided }: SubjectDiff): (readonly [Sign, Access])[] =>
  (
    [
      [ADDED, added],
      [REMOVED, removed],
      [MAYBE_ADDED, undecided.added],
      [MAYBE_REMOVED, undecided.removed],
    ] as const
  ).flatMap(([sign, list]) => list.map((access) => [sign, access] as const));

const changesOf = (subject: SubjectDiff): string[] =>
  signed(subject).flatMap(([{ sign, words }, access]) => [
    `  ${sign} ${words}${accessText(access)}`,
    ...detailsOf(access, sign).map((line) => `      ${line}`),
  ]);

/** How many actions and resources are told by name. */
const MOST_LISTED = 12;

function listed(texts: readonly string[]): string {
  const more = texts.length - MOST_LISTED;
  return texts.slice(0, MOST_LISTED).join(", ") + (more > 0 ? ` and ${more} more` : "");
}

/** What NotAction and NotResource leave out is told in one text that begins with `not`. */
const allBut = (what: string, texts: readonly string[]): string =>
  texts[0]?.startsWith("not ") ? `all ${what} but ${texts[0].slice("not ".length)}` : listed(texts);

/** `s3:GetObject on arn:aws:s3:::data/*` */
function accessText({ actions, resources, callers, unlisted }: Access): string {
  const who = callers.length === 0 ? "" : `${listed(callers)}: `;
  const what = unlisted
    ? `actions of ${listed(actions)} that AWS's service reference does not have`
    : allBut("actions", actions);
  return `${who}${what} on ${allBut("resources", resources)}`;
}

function detailsOf({ conditions, statement, example }: Access, sign: Sign["sign"]): string[] {
  const { policy, index, sid } = statement;
  const by = `by statement ${index + 1}${sid ? ` (${sid})` : ""} of ${policy}`;
  const wheres = conditions.map(({ operator, key, values }) => `where ${operator} ${key} ${quoted(values)}`);
  if (example === undefined) return [...wheres, by];
  const keys = Object.entries(example.keys).map(([key, value]) => `${key} ${quoted([value].flat())}`);
  // What is taken away without condition keys may still be there with some.
  const context = keys.length > 0 ? ` with ${keys.join(" and ")}` : sign === "-" ? " without condition keys" : "";
  return [...wheres, by, `such as ${example.action} on ${example.resource}${context}`];
}

/** Access in a few lines, indented. */
export const accessLines = (access: Access): string[] => [
  `  ${accessText(access)}`,
  ...detailsOf(access, "+").map((line) => `      ${line}`),
];

const quoted = (texts: readonly string[]): string => texts.map((text) => JSON.stringify(text)).join(" or ");

const caseLine = ({ from, principal, action, resource, old, new: now }: CaseChange): string =>
  `${now === "allow" ? "+" : "-"} ${principal}: ${action} on ${resource}: was ${decisionText(old)}, is ${decisionText(now)} (${from})`;

const decisionText = (decision: CaseChange["old"]): string => (decision === "allow" ? "allowed" : decision);

function summary(diff: PolicyDiff): string {
  const { compared, subjects, cases } = diff;
  const changed = subjects.filter(({ added, removed }) => added.length + removed.length > 0);
  const count = changed.reduce((sum, { names }) => sum + names.length, 0);
  const ofCases =
    cases.length === 0
      ? ""
      : ` ${cases.filter((one) => one.changed).length} of ${cases.length} cases are decided differently.`;
  const open = isUndecided(diff) ? " What begins with ? could not be decided." : "";
  return `${count === 0 ? "No access" : `The access of ${count}`} of ${compared} compared ${count === 0 ? "has changed" : count === 1 ? "has changed" : "have changed"}.${ofCases}${open}`;
}

function markdownReport(diff: PolicyDiff): string {
  const rows = diff.subjects.flatMap((subject) =>
    signed(subject).map(([{ sign, words }, access]) => {
      const cells = [sign, headOf(subject), words + accessText(access), detailsOf(access, sign).join("; ")];
      return `| ${cells.map((cell) => cellText(oneLine(cell))).join(" | ")} |`;
    }),
  );
  const cases = diff.cases
    .filter(({ changed }) => changed)
    .map((one) => `- ${cellText(oneLine(caseLine(one).slice(2)))}`);
  return [
    "### Access",
    "",
    ...(rows.length > 0 ? ["| | Who | What | How |", "| --- | --- | --- | --- |", ...rows, ""] : []),
    ...(cases.length > 0 ? [...cases, ""] : []),
    cellText(oneLine(summary(diff))),
    "",
  ].join("\n");
}

/** Names of policies are not to be read as Markdown or HTML. */
const cellText = (text: string): string => text.replace(/[\\`*_{}[\]<>|#]/g, "\\$&");

/** Workflow commands, which become annotations of a pull request; then the text for people. */
function githubReport(diff: PolicyDiff): string {
  const commands = diff.subjects.flatMap((subject) =>
    signed(subject).map(([{ sign, words }, access]) => {
      const message = oneLine(`${sign} ${words}${accessText(access)}; ${detailsOf(access, sign).join("; ")}`);
      const title = oneLine(headOf(subject)).replaceAll("%", "%25").replaceAll(":", "%3A").replaceAll(",", "%2C");
      return `::${sign === "-" ? "notice" : "warning"} title=${title}::${message.replaceAll("%", "%25")}\n`;
    }),
  );
  return commands.join("") + textReport(diff);
}
