export const STAGES = ["BOOT", "START", "READY", "SHUTDOWN"] as const;
export type Stage = (typeof STAGES)[number];

/** A script that was found for a stage. */
export interface InitScript {
  readonly stage: Stage;
  readonly name: string;
  readonly state: "UNKNOWN" | "RUNNING" | "SUCCESSFUL" | "ERROR";
}

/** How far the scripts of the stages are. */
export interface InitReport {
  readonly scripts: readonly InitScript[];
  readonly completed: Readonly<Record<Stage, boolean>>;
}
