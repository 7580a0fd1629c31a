import { readFileSync } from "node:fs";
import { type Access, accessAdded, accessSet } from "../../policy/compare/compare.ts";
import { readPolicy } from "../../policy/document.ts";
import { structureOf } from "../../policy/structure.ts";
import { fileFailure } from "../../server/file-failure.ts";
import { PolicyTestError } from "../policy-test-error.ts";
import { type DerivedPolicy, derive, type DeriveOptions, textOf } from "./derive.ts";
import { eventsIn } from "./event-stream.ts";
import { isBy, isOfTrail, recordedCall } from "./recorded.ts";
import { Usage, type Use } from "./usage.ts";
import { isAllowed, type Verification, verify } from "./verify.ts";

/** Where calls are recorded, and which of them count. */
export interface TrailSelection {
  /** Files of events: `eventsIn` says in which forms. */
  readonly files: readonly string[];
  /** A running emulator's URL. */
  readonly endpoint?: string | undefined;
  /** `user/NAME`, `role/NAME`, or an ARN; everybody where it is absent. */
  readonly principal?: string | undefined;
  /** Milliseconds since 1970; the first counts, the second does not. */
  readonly since?: number | undefined;
  readonly until?: number | undefined;
  readonly includeDenied?: boolean | undefined;
}

/** What calls needed, as recorded. Rejects with PolicyTestError for what cannot be read. */
export async function usageIn(selection: TrailSelection): Promise<Usage> {
  const { principal, since = -Infinity, until = Infinity, includeDenied = false } = selection;
  const usage = new Usage();
  for await (const event of eventsOf(selection)) {
    const call = recordedCall(event);
    if (call === undefined || call.time < since || call.time >= until) continue;
    if (principal === undefined || isBy(principal, call.who)) usage.add(call, includeDenied);
  }
  return usage;
}

async function* eventsOf({ files, endpoint }: TrailSelection): AsyncIterable<Record<string, unknown>> {
  for (const file of files) {
    let [read, calls] = [0, 0];
    for await (const event of eventsIn(file)) {
      read++;
      if (isOfTrail(event)) calls++;
      yield event;
    }
    if (read > 0 && calls === 0) throw new PolicyTestError(`${file}: there is no event of a trail in it.`);
  }
  if (endpoint !== undefined) yield* await eventsAt(endpoint);
}

const PATIENCE_MS = 30_000;

async function eventsAt(endpoint: string): Promise<readonly Record<string, unknown>[]> {
  if (!URL.canParse(endpoint)) throw new PolicyTestError(`${endpoint} is no URL.`);
  const url = new URL("_emulator/trail?decisions=1", endpoint.endsWith("/") ? endpoint : `${endpoint}/`);
  const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) }).catch(() => {
    throw new PolicyTestError(`nothing answers at ${endpoint}. Start an emulator with "iam-local start".`);
  });
  if (!response.ok) throw new PolicyTestError(`${endpoint} answered with HTTP ${response.status}.`);
  return ((await response.json()) as { readonly events: readonly Record<string, unknown>[] }).events;
}

export interface FromTrail {
  readonly policies: readonly DerivedPolicy[];
  readonly uses: readonly Use[];
  readonly verification: Verification | undefined;
}

/** The least policies for what was recorded; `verified` replays it. */
export function policiesFrom(usage: Usage, options: DeriveOptions, verified: boolean): FromTrail {
  const uses = usage.list();
  const policies = derive(uses, options);
  return { policies, uses, verification: verified ? verify(policies, uses) : undefined };
}

/** What an existing policy grants beyond what was used. */
export interface Beyond {
  /** Access that the derived policies do not give. */
  readonly granted: readonly Access[];
  readonly undecided: readonly Access[];
  /** Statements that allow nothing of what was recorded: place from 0, and Sid. */
  readonly unused: readonly { readonly index: number; readonly sid: string | undefined }[];
  /** What was recorded and the existing policy does not allow. */
  readonly missing: readonly Use[];
}

/** Compares an existing policy with what was used. Throws PolicyTestError for a file that is no policy. */
export function beyondUse(file: string, { policies, uses }: FromTrail): Beyond {
  const document = policyIn(file);
  const existing = accessSet([[{ id: file, document }]]);
  const derived = accessSet([policies.map(({ document: text }, i) => ({ id: `policy ${i + 1}`, document: text }))]);
  const { added, undecided } = accessAdded(derived, existing);
  const unused = structureOf(document).statements.flatMap((statement, index) => {
    if (statement.effect !== "Allow") return [];
    const alone = onlyStatement(document, index);
    return uses.some((use) => isAllowed(use, [alone])) ? [] : [{ index, sid: statement.sid }];
  });
  return { granted: added, undecided, unused, missing: uses.filter((use) => !isAllowed(use, [document])) };
}

function onlyStatement(document: string, index: number): string {
  const { Version, Statement } = JSON.parse(document) as { Version?: string; Statement: object | object[] };
  return JSON.stringify({ Version, Statement: [[Statement].flat()[index]] });
}

function policyIn(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new PolicyTestError(`${file} cannot be read: ${fileFailure(cause)}.`);
  }
  const { fault } = readPolicy(text, "simulated");
  if (fault === undefined) return text;
  throw new PolicyTestError(`${file}:${fault.start.line}:${fault.start.column}: ${fault.message} ${fault.detail}`);
}

/** Why each statement is there: the calls behind it, to be kept beside the policies. */
export const explanationOf = ({ policies }: FromTrail, usage: Usage): object => ({
  calls: usage.calls,
  denied: usage.denied,
  unmapped: Object.fromEntries(usage.unmapped),
  policies: policies.map(({ statements }) => ({
    statements: statements.map((statement) => ({
      ...(JSON.parse(textOf([statement])) as { readonly Statement: readonly object[] }).Statement[0],
      calls: statement.uses.map(({ first, last, ...use }) => ({
        ...use,
        first: timeText(first),
        last: timeText(last),
      })),
    })),
  })),
});

const timeText = (time: number): string | undefined =>
  Number.isFinite(time) ? new Date(time).toISOString() : undefined;
