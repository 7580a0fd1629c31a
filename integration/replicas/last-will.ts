import { spawn } from "node:child_process";
import { once } from "node:events";

/** A shell script that runs once: when told to, or when the process that left it has ended, even by SIGKILL. */
export interface LastWill {
  /** Runs it now, and resolves when it has ended. */
  readonly execute: () => Promise<void>;
  /** It will not run. */
  readonly revoke: () => void;
}

/**
 * Leaves a last will: a shell waits for the end of its input, which comes with the end of this process, and then runs the
 * script. It is in a process group of its own, so that Ctrl-C does not reach it. `$1` and so on are `args`; `uid` and `gid` are
 * whose rights it has.
 */
export function lastWill(
  script: string,
  args: readonly string[],
  user: { readonly uid?: number; readonly gid?: number } = {},
): LastWill {
  const shell = spawn("/bin/sh", ["-c", `read -r order; [ "$order" = revoked ] || { ${script}; }`, "sh", ...args], {
    ...user,
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  const ended = once(shell, "exit");
  // Somebody may have ended it.
  shell.stdin.on("error", () => {});
  // The process that it waits for need not wait for it.
  shell.unref();
  return {
    async execute() {
      shell.stdin.end();
      shell.ref();
      await ended;
    },
    revoke() {
      shell.stdin.end("revoked\n");
    },
  };
}
