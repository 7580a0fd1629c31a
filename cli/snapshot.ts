import type { Command } from "commander";
import type { SnapshotInfo } from "../server/snapshot-info.ts";
import { asClient, callControl, printAnswer, type ClientOptions } from "./control-client.ts";

/** `snapshot`: named states of the running emulator to return to. */
export function addSnapshotCommands(program: Command): void {
  const snapshot = program
    .command("snapshot")
    .description("states to go back to: what is stored, and the clock; they end with a reset and with the emulator")
    .addHelpText(
      "after",
      `
Examples:
  iam-local snapshot take prepared
  iam-local snapshot restore prepared       before each test`,
    );
  const named = (verb: string, description: string) =>
    asClient(snapshot.command(verb)).argument("<name>").description(description);
  const told = ({ name, takenAt }: SnapshotInfo) => `${name}, taken at ${takenAt}`;

  named("take", "keep the state as it is now under a name").action(async (name: string, options: ClientOptions) => {
    const taken = await callControl<SnapshotInfo>(options, { path: "snapshots", body: { name } });
    printAnswer(options, taken, told);
  });
  named("restore", "go back to a snapshot, which stays").action(async (name: string, options: ClientOptions) => {
    const path = `snapshots/${encodeURIComponent(name)}/restore`;
    const restored = await callControl<SnapshotInfo>(options, { path, body: "" });
    printAnswer(options, restored, (info) => `the state is that of ${told(info)}`);
  });
  named("delete", "forget a snapshot").action(async (name: string, options: ClientOptions) => {
    const path = `snapshots/${encodeURIComponent(name)}`;
    const answer = await callControl<object>(options, { path, method: "DELETE" });
    printAnswer(options, answer, () => `${name} is deleted`);
  });
  asClient(snapshot.command("list"))
    .description("list the snapshots")
    .action(async (options: ClientOptions) => {
      const answer = await callControl<{ readonly snapshots: readonly SnapshotInfo[] }>(options, { path: "snapshots" });
      printAnswer(options, answer, ({ snapshots }) => snapshots.map(told));
    });
}
