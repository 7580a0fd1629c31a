import { spawn, type ChildProcess } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the compiled tree with these tests, usually `dist`. */
export const BUILD = dirname(dirname(fileURLToPath(import.meta.url)));
/** The command line as compiled by tsc. */
export const CLI = join(BUILD, "cli", "main.js");

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** The whole environment, except for PATH: nothing of the developer's gets in. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

/** Runs a program to its end. It has no terminal, so that it reads answers from `stdin`. */
export async function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const { child, output } = launch(command, args, { ...options, detached: true });
  child.stdin.on("error", () => {}).end(options.stdin ?? "");
  const code = await exitOf(child);
  return { code, ...output };
}

/** Runs the command line of the compiled tree to its end. */
export const runCli = (args: readonly string[], options: RunOptions = {}): Promise<Ended> =>
  run(process.execPath, [CLI, ...args], options);

/** An emulator in a process of its own. */
export interface EmulatorProcess {
  readonly pid: number;
  readonly endpoint: string;
  readonly output: { readonly stdout: string; readonly stderr: string };
}

/**
 * Starts a program that runs an emulator, calls `work` once its banner shows the address, and stops it with `signal`.
 * Resolves with its exit code and output; throws if it never listens. It is stopped in any case.
 */
export async function withProcess(
  command: string,
  args: readonly string[],
  options: RunOptions & { readonly signal?: NodeJS.Signals },
  work: (emulator: EmulatorProcess) => Promise<void>,
): Promise<Ended> {
  const { child, output } = launch(command, args, options);
  const exited = exitOf(child);
  try {
    await work({ pid: child.pid!, endpoint: await listening(child, output, exited), output });
  } finally {
    child.kill(options.signal ?? "SIGTERM");
  }
  const code = await exited;
  return { code, ...output };
}

/** The address in the banner, once its last line is printed. Rejects if the program ends instead. */
export function listening(
  child: ChildProcess,
  output: EmulatorProcess["output"],
  exited: Promise<number | null>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    child.stdout!.on("data", () => {
      const banner = /listens at (\S+)[^]*export AWS_REGION=/.exec(output.stdout);
      if (banner) resolve(banner[1]!);
    });
    exited.then((code) => reject(new Error(`exited with ${code}: ${output.stdout}${output.stderr}`)), reject);
  });
}

/** Starts a program and collects its output. */
export function launch(
  command: string,
  args: readonly string[],
  { cwd, env, detached = false }: RunOptions & { readonly detached?: boolean },
) {
  const child = spawn(command, args, { cwd, detached, env: { PATH: process.env["PATH"] ?? "", ...env } });
  const output = { stdout: "", stderr: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output.stdout += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (output.stderr += text));
  return { child, output };
}

/** Its exit code, once it has ended and all output has been read. */
export const exitOf = (child: ChildProcess): Promise<number | null> =>
  new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
