import { spawnSync } from "node:child_process";
import { before } from "mocha";

/** Skips the tests of the enclosing `describe`, and says so, if the command cannot be run. */
export function requireInstalled(what: string, command: string, ...args: string[]): void {
  before(function () {
    if (spawnSync(command, args, { stdio: "ignore" }).status === 0) return;
    console.warn(`    SKIPPED: ${what} is not installed, so its tests do not run`);
    this.skip();
  });
}
