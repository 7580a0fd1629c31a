import { spawn } from "node:child_process";
import { once } from "node:events";
import { accessSync, constants, readdirSync } from "node:fs";
import { join } from "node:path";
import { STAGES, type InitReport, type InitScript, type Stage } from "../server/init-report.ts";

/**
 * Runs scripts that prepare a container, as LocalStack does: those in `boot.d`, `start.d`, `ready.d` and `shutdown.d`
 * below a folder, one after the other, by name (LocalStack's documentation, "Initialization hooks"). If one fails, that
 * is reported and the next one runs.
 */
export class InitScripts implements InitReport {
  readonly scripts: InitScript[] = [];
  readonly completed = Object.fromEntries(STAGES.map((stage) => [stage, false])) as Record<Stage, boolean>;
  readonly #folder: string;
  readonly #warn: (line: string) => void;

  constructor(folder: string, warn: (line: string) => void) {
    this.#folder = folder;
    this.#warn = warn;
    for (const stage of STAGES) {
      for (const name of filesBelow(join(folder, `${stage.toLowerCase()}.d`))) {
        this.scripts.push({ stage, name, state: "UNKNOWN" });
      }
    }
  }

  /** Runs the scripts of a stage; their output goes to standard error. `env` is added to this process's environment. */
  async run(stage: Stage, env: Readonly<Record<string, string>> = {}): Promise<void> {
    for (const [index, script] of this.scripts.entries()) {
      if (script.stage !== stage) continue;
      const become = (state: InitScript["state"]) => (this.scripts[index] = { ...script, state });
      become("RUNNING");
      const failure = await runScript(join(this.#folder, `${stage.toLowerCase()}.d`, script.name), env);
      become(failure === undefined ? "SUCCESSFUL" : "ERROR");
      if (failure !== undefined) this.#warn(`iam-local: the script ${stage.toLowerCase()}.d/${script.name} ${failure}`);
    }
    this.completed[stage] = true;
  }
}

/** The files at any depth in a folder, by name. */
function filesBelow(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .sort((one, other) => (one.name < other.name ? -1 : 1))
      .flatMap((entry) =>
        entry.isDirectory() ? filesBelow(join(folder, entry.name)).map((name) => join(entry.name, name)) : [entry.name],
      );
  } catch {
    return [];
  }
}

/** What went wrong; undefined if nothing did. */
async function runScript(file: string, env: Readonly<Record<string, string>>): Promise<string | undefined> {
  const command = commandOf(file);
  if (!command) return "is neither executable nor named *.sh, and was not run";
  const [program, ...args] = command as [string, ...string[]];
  const child = spawn(program, args, { stdio: ["ignore", 2, 2], env: { ...process.env, ...env } });
  try {
    const [code, signal] = (await once(child, "close")) as [number | null, string | null];
    return code === 0 ? undefined : `ended with ${code ?? signal}`;
  } catch (cause) {
    return `could not be run: ${(cause as Error).message}`;
  }
}

function commandOf(file: string): readonly string[] | undefined {
  if (file.endsWith(".sh")) return ["/bin/bash", file];
  try {
    accessSync(file, constants.X_OK);
    return [file];
  } catch {
    return undefined;
  }
}
