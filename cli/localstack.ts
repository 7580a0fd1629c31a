import { knownSecret, reachable } from "./banner.ts";
import { CommandFailed } from "./control-client.ts";
import { OPTIONS } from "../server/option-table.ts";
import { InvalidOption } from "../server/option-values.ts";
import { DEFAULTS, type Options } from "../server/options.ts";
import { InitScripts } from "./init-scripts.ts";
import type { Around } from "./serve.ts";

/** LocalStack's port. */
const PORT = 4566;
/** The host names by which LocalStack's clients call it; they lead to this machine. */
const HOSTS = ["", "iam.", "sts."].map((prefix) => `${prefix}localhost.localstack.cloud`);
/** The folder that LocalStack's image keeps beyond the container. */
const VOLUME = "/var/lib/localstack/iam-local";

type Texts = Partial<Record<keyof Options, string>>;

/** The LocalStack variables that have a meaning here (LocalStack's documentation, "Configuration"). */
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
 * The options that `--localstack` sets unless they are chosen: LocalStack's port and host names, and those from its
 * variables, with and without the prefix `LOCALSTACK_`. Throws CommandFailed for an invalid value.
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
 * Serves as LocalStack would: with the options of `--localstack` where `chosen` leaves them open, and with the scripts
 * of each stage. Prints "Ready." when the scripts of the last stage before requests have ended.
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

/**
 * Variables with which the scripts' clients find the emulator. They do not include a secret that the user chose; the
 * user has to pass it to the scripts.
 */
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
