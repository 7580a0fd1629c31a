/** The public description of a snapshot. */
export interface SnapshotInfo {
  readonly name: string;
  /** By the emulator's clock, in ISO 8601. */
  readonly takenAt: string;
}
