/** How bad a finding is; `security` is what Access Analyzer calls a security warning. */
export type Level = "error" | "security" | "warning" | "suggestion";

/** A check of policies: what it is called, and what it says. */
export interface Check {
  readonly level: Level;
  /** As AWS's reference of checks heads it, such as `Invalid action`; or our own. */
  readonly title: string;
  /** What a finding says, with `{name}` for what differs from finding to finding. */
  readonly text: string;
  /** Access Analyzer does not have it. */
  readonly ours?: true;
}

type Rows<C extends string> = Readonly<Record<C, readonly [title: string, text: string]>>;

/** A table of checks of one level. */
export function checksOf<C extends string>(level: Level, rows: Rows<C>, ours?: true): Readonly<Record<C, Check>> {
  const entries = Object.entries<Rows<C>[C]>(rows);
  return Object.fromEntries(
    entries.map(([code, [title, text]]) => [code, { level, title, text, ...(ours && { ours }) }]),
  ) as unknown as Readonly<Record<C, Check>>;
}
