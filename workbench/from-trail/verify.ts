import { evaluate, type PolicySource } from "../../policy/evaluate.ts";
import { HOLDER } from "../../policy/compare/callers.ts";
import { type DerivedPolicy, type DerivedStatement, textOf } from "./derive.ts";
import type { Use } from "./usage.ts";

/** What the replay found. */
export interface Verification {
  /** Recorded uses that the policies do not allow. */
  readonly missing: readonly Use[];
  /** Actions of statements without which all that was recorded would pass as well. */
  readonly needless: readonly { readonly policy: number; readonly statement: number; readonly action: string }[];
}

/** Replays what was recorded: with the policies all must pass, without any one action of a statement something must fail. */
export function verify(policies: readonly DerivedPolicy[], uses: readonly Use[]): Verification {
  const all = policies.map(({ document }) => document);
  const byAction = new Map<string, Use[]>();
  for (const use of uses) byAction.set(use.action, [...(byAction.get(use.action) ?? []), use]);
  const needless: Verification["needless"][number][] = [];
  for (const [policy, { statements }] of policies.entries()) {
    for (const [statement, { actions }] of statements.entries()) {
      for (const action of actions) {
        const without = all.map((document, i) =>
          i === policy ? textOf(withoutAction(statements, statement, action)) : document,
        );
        if ((byAction.get(action) ?? []).every((use) => isAllowed(use, without)))
          needless.push({ policy, statement, action });
      }
    }
  }
  return { missing: uses.filter((use) => !isAllowed(use, all)), needless };
}

const withoutAction = (statements: readonly DerivedStatement[], at: number, action: string): DerivedStatement[] =>
  statements.flatMap((statement, i) => {
    const actions = i === at ? statement.actions.filter((one) => one !== action) : statement.actions;
    return actions.length === 0 ? [] : [{ ...statement, actions }];
  });

/** Whether identity policies allow what was done, as it was done. */
export function isAllowed(
  { action, resource, mfa }: Pick<Use, "action" | "resource" | "mfa">,
  documents: readonly string[],
): boolean {
  const identity = documents.map((document, i): PolicySource => ({ id: `policy ${i + 1}`, document }));
  const keys = { "aws:MultiFactorAuthPresent": String(mfa) };
  return evaluate({ identity }, { action, resource, principal: HOLDER, resourceAccount: "000000000000", keys }).allowed;
}
