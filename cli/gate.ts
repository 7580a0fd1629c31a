import { InvalidArgumentError, Option, type Command } from "commander";
import type { GateHealth } from "../server/gate/gate-health.ts";
import type { RemoteGateOptions } from "../server/gate/remote-gate.ts";
import { DEFAULT_GATE_PORT, DEFAULTS } from "../server/options.ts";
import {
  accessKeys,
  hostNames,
  integer,
  InvalidOption,
  listOf,
  notEmpty,
  oneOf,
  origin,
  readableAs,
  targets,
  webUrl,
} from "../server/option-values.ts";
import { reachable, UNMAPPED_PASS } from "./banner.ts";
import { CommandFailed, defaultEndpoint } from "./control-client.ts";
import { listenFailure, untilStopped } from "./until-stopped.ts";

interface GateRow {
  readonly name: keyof RemoteGateOptions;
  readonly flag: string;
  readonly help: string;
  readonly parse: (text: string) => unknown;
  readonly preset?: unknown;
}

/** The flags of `gate`; those of the gate in an emulator are rows of server/option-table.ts. */
const GATE_OPTIONS: readonly GateRow[] = [
  {
    name: "to",
    flag: "--to <[SERVICE=]URL>",
    help: "where what it lets pass goes, such as http://127.0.0.1:8000 or s3=http://127.0.0.1:9000; may be repeated",
    parse: readableAs(targets("to")),
  },
  {
    name: "iam",
    flag: "--iam <URL>",
    help: "the emulator that decides; IAM_LOCAL_ENDPOINT does the same",
    parse: webUrl("iam"),
    preset: defaultEndpoint(process.env),
  },
  {
    name: "port",
    flag: "--port <PORT>",
    help: "port to listen on; 0 picks a free one",
    parse: integer("port", 65535),
    preset: DEFAULT_GATE_PORT,
  },
  {
    name: "host",
    flag: "--host <ADDRESS>",
    help: "address to bind to",
    parse: notEmpty("host"),
    preset: DEFAULTS.host,
  },
  {
    name: "unmapped",
    flag: "--unmapped <MODE>",
    help: "calls whose permissions the gate does not know: refuse, or pass",
    parse: oneOf("unmapped", "refuse", "pass"),
    preset: "refuse",
  },
  {
    name: "upstreamKeys",
    flag: "--upstream-keys <ID:SECRET>",
    help: "keys to sign with for services that verify signatures",
    parse: readableAs(accessKeys("upstreamKeys")),
  },
  {
    name: "allowedHosts",
    flag: "--allowed-hosts <NAMES>",
    help: "further host names, separated by commas, by which the gate may be called, or the emulator is known",
    parse: hostNames("allowedHosts"),
    preset: [],
  },
  {
    name: "allowedOrigins",
    flag: "--allowed-origins <ORIGINS>",
    help: "origins, separated by commas, whose web pages may call services",
    parse: listOf(origin("allowedOrigins")),
    preset: [],
  },
];

/** `gate`: stands before other services and lets through what the emulator allows, until it is told to stop. */
export function addGateCommand(program: Command): void {
  const command = program
    .command("gate")
    .description("verify signatures and permissions before other local services, by a running emulator")
    .addHelpText(
      "after",
      `
Examples:
  iam-local gate --to http://127.0.0.1:8000                       before a DynamoDB at 8000; clients call port 4594
  iam-local gate --to s3=http://127.0.0.1:9000 --to http://127.0.0.1:4566
  iam-local start --gate-to http://127.0.0.1:8000                 the same in one process with the emulator`,
    );
  for (const row of GATE_OPTIONS) command.addOption(optionOf(row));
  command.addOption(new Option("--trust-proxy", "believe a proxy's X-Forwarded-Proto and X-Forwarded-For"));
  command.option("--json", "print one line of JSON once it answers, and all else to standard error");
  command.action(async () => {
    const {
      json,
      trustProxy = false,
      ...options
    } = command.opts<Partial<RemoteGateOptions> & { readonly json?: true }>();
    if (options.to === undefined) {
      throw new CommandFailed("--to must say where what the gate lets pass goes, such as http://127.0.0.1:8000.");
    }
    await serve({ ...options, trustProxy } as RemoteGateOptions, json === true);
  });
}

function optionOf({ flag, help, parse, preset, name }: GateRow): Option {
  const option = new Option(flag, help).argParser((text: string, before: unknown) => {
    try {
      // Each further one is added; together they are read again.
      return parse(name === "to" && before !== undefined ? `${before as string},${text}` : text);
    } catch (cause) {
      if (cause instanceof InvalidOption) throw new InvalidArgumentError(`${cause.message}.`);
      throw cause;
    }
  });
  return preset === undefined ? option : option.default(preset);
}

async function serve(options: RemoteGateOptions, asJson: boolean): Promise<void> {
  const say = asJson ? console.error : console.log;
  const { startRemoteGate } = await import("../server/gate/remote-gate.ts");
  const gate = await startRemoteGate(options).catch((cause: unknown) => {
    throw listenFailure(cause, options.host, options.port, "--port");
  });
  untilStopped(() => gate.close(), say);
  const endpoint = reachable(gate.endpoint);
  const health = (await (await fetch(`${endpoint}/_gate/health`)).json()) as GateHealth;
  say(banner(endpoint, options, health));
  if (asJson) console.log(JSON.stringify({ endpoint, pid: process.pid, ...health }));
}

/** What `gate` says: where it is, who decides, what is before whom, and loudly what is off. */
function banner(
  endpoint: string,
  { iam, to, unmapped }: RemoteGateOptions,
  { status, version, checks }: GateHealth,
): string {
  const off = Object.entries(checks).filter(([, state]) => state !== "on");
  const warnings = [
    ...(status === "ok" ? [] : [`Nothing passes: no emulator answers at ${iam}.`]),
    ...off.map(([check, state]) => `NOT ENFORCED: ${check} (${state}). What AWS would refuse may pass.`),
    ...(unmapped === "pass" ? [UNMAPPED_PASS] : []),
  ];
  return [
    `iam-local gate ${version} listens at ${endpoint}`,
    "",
    `  decides    ${iam}`,
    ...to.split(",").map((target) => `  before     ${target}`),
    ...warnings.map((warning) => `\n  !! ${warning}`),
    "",
    "Point the AWS CLI and SDKs at it, IAM and STS included:",
    `  export AWS_ENDPOINT_URL=${endpoint}`,
    "",
  ].join("\n");
}
