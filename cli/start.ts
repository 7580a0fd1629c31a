import { InvalidArgumentError, Option, type Command } from "commander";
import { DataFolderError } from "../data/data-folder-error.ts";
import { flagOf, OPTIONS, optionsFromEnvironment, variableOf } from "../server/option-table.ts";
import { DEFAULTS, type Options } from "../server/options.ts";
import { InvalidOption } from "../server/option-values.ts";
import { SeedError } from "../server/seed/seed-error.ts";
import { banner } from "./banner.ts";
import { CommandFailed } from "./control-client.ts";
import { startedAsJson } from "./started.ts";

/** `start`: serves until it is told to stop. Every row of OPTIONS is a flag of it. */
export function addStartCommand(program: Command): void {
  const command = program
    .command("start")
    .description("serve IAM and STS until stopped with Ctrl-C or SIGTERM")
    .addHelpText(
      "after",
      `
Each flag is also a variable, --mfa-rules being ${variableOf("mfaRules")}, and a switch such as --no-control is
${variableOf("control")}=false. Flags win over variables.

Examples:
  iam-local start --port 0                  a free port, told at start
  iam-local start --port 0 --json           the same for programs: one line of JSON once it answers
  iam-local start --tls --data ./state      HTTPS too; its authority is ./state/tls/ca.pem
  iam-local start --data ./state            keep users, keys and devices in a folder
  iam-local start --seed ./seed.yaml        begin with the users, roles and policies of a file
  iam-local start --account 123456789012 --root-access-key-id AKIAEXAMPLE --root-secret-access-key secret
  iam-local start --quotas UsersPerAccount=10,AccessKeysPerUser=1`,
    );
  for (const row of OPTIONS) for (const option of flagsOf(row)) command.addOption(option);
  command.option("--json", "print one line of JSON once it answers, and all else to standard error");
  command.action(async () => {
    const { json, ...options } = command.opts<Record<string, unknown>>();
    const flags = Object.entries(options).filter(([name]) => command.getOptionValueSource(name) === "cli");
    await serve({ ...environment(), ...Object.fromEntries(flags) }, json === true);
  });
}

/** An option with a value, or a switch: help shows the side that is not the default, and both can be given. */
function flagsOf({ name, value, help, parse }: (typeof OPTIONS)[number]): Option[] {
  const flag = flagOf(name);
  const preset = DEFAULTS[name];
  if (value === undefined) {
    const negated = flag.replace("--", "--no-");
    const [shown, hidden] = preset === true ? [negated, flag] : [flag, negated];
    return [new Option(shown, preset === true ? `do not ${help}` : help), new Option(hidden).hideHelp()];
  }
  const option = new Option(`${flag} <${value}>`, help).argParser((text) => {
    try {
      return parse(text);
    } catch (cause) {
      if (cause instanceof InvalidOption) throw new InvalidArgumentError(`${cause.message}.`);
      throw cause;
    }
  });
  return [typeof preset === "string" || typeof preset === "number" ? option.default(preset) : option];
}

/** What the environment chooses. Where a running emulator is concerns the other commands only. */
function environment(): Partial<Options> {
  const { IAM_LOCAL_ENDPOINT: _, ...variables } = process.env;
  try {
    return optionsFromEnvironment(variables, (message) => console.error(`iam-local: ${message}`));
  } catch (cause) {
    if (cause instanceof InvalidOption) throw new CommandFailed(`${cause.message}.`);
    throw cause;
  }
}

async function serve(chosen: Partial<Options>, asJson: boolean): Promise<void> {
  const say = asJson ? console.error : console.log;
  const { start } = await import("../server/index.ts");
  const settings = { ...DEFAULTS, ...chosen };
  const server = await start(chosen).catch((cause: unknown) => {
    throw startFailure(cause, settings);
  });

  let closing = false;
  const stop = (signal: NodeJS.Signals) => {
    // Under `npm start` Ctrl-C comes twice: from the terminal, and passed on by npm.
    if (closing) return;
    closing = true;
    say(`iam-local: ${signal}, closing`);
    server.close().then(
      () => process.exit(0),
      (cause: unknown) => {
        console.error("iam-local: could not close cleanly:", cause);
        process.exit(1);
      },
    );
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  // Only now, since whoever waits for it may send a signal at once.
  say(banner(server, settings));
  if (asJson) console.log(startedAsJson(server, settings));
}

/** What kept the emulator from starting, in one line where its cause is the user's to mend. */
function startFailure(cause: unknown, { host, port }: Options): unknown {
  const code = (cause as NodeJS.ErrnoException).code;
  if (code === "EADDRINUSE") {
    return new CommandFailed(
      `port ${port} at ${host} is taken. Stop what listens there, or choose another with --port.`,
    );
  }
  if (code === "EACCES") {
    return new CommandFailed(`this user may not listen at port ${port}. Choose one from 1024 with --port.`);
  }
  if (code === "EADDRNOTAVAIL" || code === "ENOTFOUND") {
    return new CommandFailed(`${host} is no address of this machine. Choose another with --host.`);
  }
  if (cause instanceof InvalidOption || cause instanceof DataFolderError || cause instanceof SeedError)
    return new CommandFailed(cause.message);
  return cause;
}
