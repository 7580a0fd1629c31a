import { knownSecret, reachable } from "./banner.ts";
import { CommandFailed } from "./control-client.ts";
import { OPTIONS } from "../server/option-table.ts";
import { InvalidOption } from "../server/option-values.ts";
import { DEFAULTS, type Options } from "../server/options.ts";
import { InitScripts } from "./init-scripts.ts";
import type { Around } from "./serve.ts";

/** LocalStack's port. */
const PORT = 4566;
/** Names under which LocalStack's clients call it, which lead to this machine. */
const HOSTS = ["", "iam.", "sts."].map((prefix) => `${prefix}localhost.localstack.cloud`);
/** Where LocalStack's image keeps what outlives it. */
const VOLUME = "/var/lib/localstack/iam-local";

type Texts = Partial<Record<keyof Options, string>>;

/** LocalStack's variables that mean something here, and what (LocalStack's documentation, "Configuration"). */
const VARIABLES: Readonly<Record<string, (text: string, options: Texts) => Texts>> = {
  GATEWAY_LISTEN(text) {
    const [, host, port] = /^(?:(.*):)?(\d+)$/.exec(text.split(",", 1)[0]!) ?? [];
    if (port === undefined) throw new InvalidOption(`GATEWAY_LISTEN must be an address and a port, not "${text}"`);
    return { port, ...(host && { host }) };
  },
  LOCALSTACK_HOST: (text, { allowedHosts }) => ({
    publicUrl: `http://${text.includes(":") ? text : `${text}:${PORT}`}`,
    allowedHosts: `${allowedHosts},${text.replace(/:\d+$/, "")}`,
  }),
  PERSISTENCE: (text) => (isOn(text) ? { data: VOLUME } : {}),
  ENFORCE_IAM: (text) => ({ enforcement: isOn(text) ? "on" : "off" }),
  IAM_SOFT_MODE: (text) => (isOn(text) ? { enforcement: "soft" } : {}),
  DEFAULT_REGION: (text) => ({ region: text }),
  EXTRA_CORS_ALLOWED_ORIGINS: (text) => ({ allowedOrigins: text }),
};

const isOn = (text: string): boolean => /^(?:1|true)$/i.test(text);

/**
 * What `--localstack` chooses where nothing else does: LocalStack's port and host names, and what its variables say, with and without the
 * prefix `LOCALSTACK_`. Throws CommandFailed for a value that cannot be.
 */
export function localStackOptions(environment: Readonly<Record<string, string | undefined>>): Partial<Options> {
  let texts: Texts = { port: String(PORT), allowedHosts: HOSTS.join(",") };
  for (const [name, read] of Object.entries(VARIABLES)) {
    const text = environment[`LOCALSTACK_${name}`] ?? environment[name];
    if (text !== undefined && text !== "") texts = { ...texts, ...attempt(() => read(text, texts)) };
  }
  return Object.fromEntries(
    Object.entries(texts).map(([name, text]) => [
      name,
      attempt(() => OPTIONS.find((row) => row.name === name)!.parse(text)),
    ]),
  );
}

/**
 * Serves as LocalStack would: with what `--localstack` chooses where `chosen` leaves it open, and with the scripts of each stage around it. "Ready."
 * is said when the scripts of the last stage before requests are through.
 */
export async function serveAsLocalStack(
  chosen: Partial<Options>,
  folder: string,
  serve: (chosen: Partial<Options>, around: Around) => Promise<void>,
): Promise<void> {
  const scripts = new InitScripts(folder, console.error);
  await scripts.run("BOOT");
  await scripts.run("START");
  const all = { ...localStackOptions(process.env), ...chosen };
  let clients: Readonly<Record<string, string>> = {};
  await serve(all, {
    initReport: scripts,
    async ready({ endpoint }) {
      clients = clientVariables(reachable(endpoint), { ...DEFAULTS, ...all });
      await scripts.run("READY", clients);
      return "Ready.";
    },
    closing: () => scripts.run("SHUTDOWN", clients),
  });
}

/** What the scripts' clients find the emulator by. A secret that was chosen has to be given to them by whoever chose it. */
function clientVariables(url: string, options: Options): Record<string, string> {
  const secret = knownSecret(options);
  return {
    IAM_LOCAL_ENDPOINT: url,
    AWS_ENDPOINT_URL_IAM: url,
    AWS_ENDPOINT_URL_STS: url,
    AWS_DEFAULT_REGION: options.region,
    AWS_ACCESS_KEY_ID: options.rootAccessKeyId,
    ...(secret !== undefined && { AWS_SECRET_ACCESS_KEY: secret }),
  };
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw cause instanceof InvalidOption ? new CommandFailed(`${cause.message}.`) : cause;
  }
}
