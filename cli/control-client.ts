import type { Command } from "commander";
import { DEFAULT_PORT } from "../server/options.ts";

/** A command's one-line error message; the command then exits with 1. */
export class CommandFailed extends Error {
  override readonly name = "CommandFailed";
}

/** The options of every command that talks to a running emulator. */
export interface ClientOptions {
  readonly endpoint: string;
  readonly json?: true;
}

/** Gives a command the options for reaching a running emulator. */
export function asClient(command: Command): Command {
  return command
    .option("--endpoint <URL>", "the running emulator; IAM_LOCAL_ENDPOINT does the same", defaultEndpoint(process.env))
    .option("--json", "print the answer as JSON");
}

/** Where an emulator on this machine is, unless its address is given: at the port that it would itself take. */
export function defaultEndpoint({
  IAM_LOCAL_ENDPOINT: endpoint,
  IAM_LOCAL_PORT: port = "",
}: NodeJS.ProcessEnv): string {
  return endpoint ?? `http://127.0.0.1:${/^\d+$/.test(port) ? port : DEFAULT_PORT}`;
}

/** Many times what an emulator needs for its slowest answer. */
const PATIENCE_MS = 30_000;

export interface ControlRequest {
  /** Below `root`, such as `clock`. */
  readonly path: string;
  readonly root?: "_emulator" | "_idp";
  readonly query?: Readonly<Record<string, string | undefined>>;
  /** By default GET, or POST if there is a body. */
  readonly method?: "DELETE";
  /** Makes the request a POST. A string is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  readonly contentType?: string;
}

/** The control plane's answer. Throws CommandFailed with its message if it refuses, or if nothing answers. */
export async function callControl<T>(
  { endpoint }: ClientOptions,
  { path, root = "_emulator", query = {}, method, body, contentType = "application/json" }: ControlRequest,
): Promise<T> {
  const url = controlUrl(endpoint, `${root}/${path}`);
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value);
  let response: Response;
  try {
    response = await fetch(url, {
      signal: AbortSignal.timeout(PATIENCE_MS),
      ...(method !== undefined && { method }),
      ...(body !== undefined && {
        method: "POST",
        headers: { "Content-Type": contentType },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    });
  } catch (cause) {
    if ((cause as Error).name === "TimeoutError") throw silent(endpoint);
    throw new CommandFailed(
      `nothing answers at ${endpoint}. Start an emulator with "iam-local start", or say where it is with --endpoint.`,
    );
  }
  return read<T>(response, endpoint);
}

const silent = (endpoint: string) =>
  new CommandFailed(`what listens at ${endpoint} did not answer in full within ${PATIENCE_MS / 1000} seconds.`);

function controlUrl(endpoint: string, path: string): URL {
  const base = endpoint.endsWith("/") ? endpoint : `${endpoint}/`;
  // `localhost:4593` also parses as a URL, with the unknown scheme `localhost`.
  if (/^https?:\/\//i.test(base) && URL.canParse(path, base)) return new URL(path, base);
  throw new CommandFailed(
    `--endpoint, or IAM_LOCAL_ENDPOINT, must be a URL such as http://127.0.0.1:${DEFAULT_PORT}, not "${endpoint}".`,
  );
}

async function read<T>(response: Response, endpoint: string): Promise<T> {
  const text = await response.text().catch(() => {
    throw silent(endpoint);
  });
  let answer: { readonly error?: { readonly message?: string } };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch {
    throw new CommandFailed(`what answers at ${endpoint} is not iam-local (HTTP ${response.status}).`);
  }
  if (response.ok) return answer as T;
  throw new CommandFailed(answer.error?.message ?? `${endpoint} answered with HTTP ${response.status}.`);
}

/** Prints an answer: as JSON if that was asked for, else as `lines` formats it. */
export function printAnswer<T>(
  { json }: ClientOptions,
  answer: T,
  lines: (answer: T) => string | readonly string[],
): void {
  console.log(json ? JSON.stringify(answer, undefined, 2) : [lines(answer)].flat().join("\n"));
}
