import { InvalidArgumentError, Option, type Command } from "commander";
import { flagOf, OPTIONS, optionsFromEnvironment, variableOf } from "../server/option-table.ts";
import { DEFAULTS, type Options } from "../server/options.ts";
import { InvalidOption } from "../server/option-values.ts";
import { CommandFailed } from "./control-client.ts";
import { serve } from "./serve.ts";

/** Where LocalStack's image looks for scripts. */
const INIT_FOLDER = "/etc/localstack/init";

/** `start`: serves until it is stopped. Every row of OPTIONS is a flag. */
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
  iam-local start --gate-to http://127.0.0.1:8000    a gate at port 4594 before a DynamoDB that listens at 8000
  iam-local start --account 123456789012 --root-access-key-id AKIAEXAMPLE --root-secret-access-key secret
  iam-local start --quotas UsersPerAccount=10,AccessKeysPerUser=1`,
    );
  for (const row of OPTIONS) for (const option of flagsOf(row)) command.addOption(option);
  command.option(
    "--localstack",
    "stand in for LocalStack: its port 4566, its variables, the scripts in /etc/localstack/init; IAM_LOCAL_LOCALSTACK does the same",
  );
  command.option(
    "--init-scripts <DIR>",
    "with --localstack, the folder of boot.d, start.d, ready.d and shutdown.d",
    INIT_FOLDER,
  );
  command.option("--json", "print one line of JSON once it answers, and all else to standard error");
  command.action(async () => {
    const { json, localstack, initScripts, ...options } = command.opts<Record<string, unknown>>();
    const flags = Object.entries(options).filter(([name]) => command.getOptionValueSource(name) === "cli");
    const chosen = whereItIs(environment(), Object.fromEntries(flags));
    if (localstack === true || /^(?:1|true)$/.test(process.env["IAM_LOCAL_LOCALSTACK"] ?? "")) {
      const { serveAsLocalStack } = await import("./localstack.ts");
      await serveAsLocalStack(chosen, initScripts as string, (all, around) => serve(all, json === true, around));
    } else await serve(chosen, json === true);
  });
}

/** All that was chosen. The folder that a variable names, as that of the image does, gives way to a database. */
function whereItIs({ data, ...variables }: Partial<Options>, flags: Partial<Options>): Partial<Options> {
  const chosen = { ...variables, ...flags };
  return data === undefined || chosen.data !== undefined || chosen.store !== undefined ? chosen : { data, ...chosen };
}

/** An option with a value, or a switch. Of a switch, help shows the side that is not the default; both can be given. */
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

/** The options that the environment sets. IAM_LOCAL_ENDPOINT is left out: it is for the other commands only. */
function environment(): Partial<Options> {
  const { IAM_LOCAL_ENDPOINT: _, IAM_LOCAL_LOCALSTACK: _too, ...variables } = process.env;
  try {
    return optionsFromEnvironment(variables, (message) => console.error(`iam-local: ${message}`));
  } catch (cause) {
    if (cause instanceof InvalidOption) throw new CommandFailed(`${cause.message}.`);
    throw cause;
  }
}
