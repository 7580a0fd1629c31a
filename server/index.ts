import type { RequestListener } from "node:http";
import { Clock } from "../data/clock.ts";
import { loginProfiles } from "../data/entities/users.ts";
import { systemRandom } from "../data/random.ts";
import { currentCode } from "../handlers/mfa/current-code.ts";
import type { MfaCode } from "../handlers/mfa/mfa-code.ts";
import type { Quotas } from "../handlers/quotas.ts";
import { createHttpServer } from "./http.ts";
import { listen, stopListening } from "./listen.ts";
import { checkOptions } from "./check-options.ts";
import { DEFAULTS, isTls, type Options } from "./options.ts";
import { emulationOf, type Emulation } from "./emulation.ts";
import type { InitReport } from "./init-report.ts";
import { resetOf, type Reset } from "./reset.ts";
import type { SnapshotInfo } from "./snapshot-info.ts";
import { snapshotsOf } from "./snapshots.ts";
import { openState } from "./state.ts";
import type { Tls } from "./tls/tls.ts";
import type { TrailEvent } from "./trail-event.ts";
import { whyRequest } from "./why.ts";
import { shareTrail } from "./whole-trail.ts";

export type { Options } from "./options.ts";
export type { SnapshotInfo } from "./snapshot-info.ts";
export type { TrailEvent } from "./trail-event.ts";

/** How to start an emulator; every member has a default (README, "Options"). The port is 4593 unless said otherwise. */
export interface StartOptions extends Partial<Omit<Options, "quotas" | OfGate>> {
  /** Those that differ from AWS's defaults. */
  readonly quotas?: Partial<Quotas>;
  /** Puts a gate before other services (docs/gate.md); without it there is none. */
  readonly gate?: GateOptions;
  /** The time, in milliseconds, at which the clock starts; the machine's by default. */
  readonly now?: number;
  /**
   * Receives messages about state, seed and pages; by default they go to standard error. Failures within a request
   * always go there.
   */
  readonly log?: (line: string) => void;
  /** For tests that need the same ids and keys each time. */
  readonly random?: { bytes(length: number): Uint8Array };
  /** What `/_localstack/init` reports; without it, that all scripts have run. */
  readonly initReport?: InitReport;
  /** How long a client may take to send its request, in milliseconds; by default a minute. */
  readonly requestTimeout?: number;
}

type OfGate = "gateTo" | "gatePort" | "gateUnmapped" | "gateUpstreamKeys";

/** How the gate is to be. */
export interface GateOptions {
  /** Where what it lets pass goes: an origin such as `http://127.0.0.1:8000`, or one for each service, and under `*` for all others. */
  readonly to: string | Readonly<Record<string, string>>;
  /** 4594 unless said otherwise; 0 picks a free one. */
  readonly port?: number | undefined;
  /** What becomes of calls whose permissions the gate does not know: refused by default. */
  readonly unmapped?: Options["gateUnmapped"] | undefined;
  /** `ID:SECRET`, for services behind it that verify signatures. */
  readonly upstreamKeys?: string | undefined;
}

/** A running emulator. */
export interface IamLocal {
  /** Such as `http://127.0.0.1:4593`. With TLS `https://…`; `http://…` then works at the same port too. */
  readonly endpoint: string;
  /** With TLS, how clients can trust the emulator; members are undefined if its certificates were given to it. */
  readonly tls?: {
    /** The certificate of the authority, as PEM. */
    readonly ca: string | undefined;
    /** The file that contains it, if there is one. */
    readonly caFile: string | undefined;
  };
  /** Where clients of the services behind the gate call, where there is a gate. */
  readonly gate?: { readonly endpoint: string };
  readonly account: string;
  readonly rootCredentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  /** How root signs in to the console; the password is empty once root has set its own. */
  readonly rootSignIn: { readonly email: string; readonly password: string };
  /** Freezes, sets and advances the emulator's time. */
  readonly clock: Clock;
  readonly mfa: {
    /** The code that a device shows now (virtual, hardware) or was last sent (SMS). Throws if there is none. */
    code(serialNumber: string): MfaCode;
  };
  /** The last events of this process, newest first. */
  trail(): readonly TrailEvent[];
  /**
   * Explains in text why a request was refused. `request` is an error thrown by an SDK, or a request id; by default the
   * last refusal. If there is nothing to explain, the text says so; never throws.
   */
  why(request?: unknown): string;
  /**
   * Restores everything to how it was at the start: state (seeded again), clock, counters, sealing key. The root keys
   * stay. With an account's number, restores only what that account has.
   */
  reset(account?: string): Promise<void>;
  /** Adds the content of a seed, a file or an object, to the state: all of it or nothing. Rejects with SeedError. */
  seed(seed: string | object): Promise<void>;
  /** Named states of the store and the clock to return to. They end with a reset and with the process. */
  readonly snapshots: {
    /** Throws if the name is taken. */
    take(name: string): SnapshotInfo;
    /** Resolves when the restored state is durable. Rejects if there is no such snapshot. */
    restore(name: string): Promise<void>;
    list(): readonly SnapshotInfo[];
    /** Throws if there is no such snapshot. */
    delete(name: string): void;
  };
  /** Stops listening, makes everything durable and releases the state's folder. */
  close(): Promise<void>;
}

/**
 * Starts an emulator and resolves when it listens. Many can run in one process, each with its own state. Rejects if the
 * port is taken, if the folder is in use by another process or cannot be read, and with SeedError if the seed is
 * refused.
 */
export async function start(options: StartOptions = {}): Promise<IamLocal> {
  const {
    now,
    log = (line) => console.error(line),
    random: chosenRandom,
    requestTimeout = 60_000,
    initReport,
    ...chosen
  } = options;
  const settings = settingsOf(chosen);
  const random = chosenRandom ? { bytes: (length: number) => Buffer.from(chosenRandom.bytes(length)) } : systemRandom;
  const seed = await seedOf(settings);
  const clock = new Clock();
  if (now !== undefined) clock.set(now);
  const state = await openState(settings, { clock, random, warn: log });
  // A shared clock is as the others have set it, until somebody sets it.
  if (now !== undefined && state.replicas) clock.set(now);
  const closeAndThrow = async (error: unknown): Promise<never> => {
    await state.store.close();
    throw error;
  };
  const tls = await tlsOf(settings, clock, log).catch(closeAndThrow);
  const fingerprint = tls?.certificate.fingerprint;
  const emulation = emulationOf(state, clock, random, settings, fingerprint);
  await seed?.atStart(emulation, log).catch(closeAndThrow);

  if (settings.snapshot !== undefined) snapshotsOf(emulation).take(settings.snapshot, emulation);
  shareTrail(emulation);
  const reset = resetOf(emulation, { state, seed, now });

  const openPage = pagesOf(emulation, reset, initReport, log);
  const http = createHttpServer(emulation, openPage, requestTimeout, tls);
  const authority = await listen(http.server, settings).catch(closeAndThrow);
  const endpoint = `${tls ? "https" : "http"}://${authority}`;

  if (settings.publicUrl === "") emulation.options = { ...settings, publicUrl: reachable(endpoint) };
  const gate = await gateOf(emulation, requestTimeout, tls).catch(async (error) => {
    await stopListening(http);
    return closeAndThrow(error);
  });

  return {
    endpoint,
    ...(tls && { tls: { ca: tls.ca, caFile: tls.caFile } }),
    ...(gate && { gate: { endpoint: gate.endpoint } }),
    ...membersOf(emulation),
    get rootSignIn() {
      return rootSignInOf(emulation);
    },
    reset,
    async close() {
      await gate?.close();
      await stopListening(http);
      await state.store.close();
    },
  };
}

/** Likewise the gate's. */
const gateOf = async (emulation: Emulation, requestTimeout: number, tls: Tls | undefined) => {
  const { gateTo } = emulation.options;
  if (gateTo === undefined) return undefined;
  return (await import("./gate/own-gate.ts")).startOwnGate(emulation, gateTo, { requestTimeout, tls });
};

/** The options that the member `gate` stands for. */
function gateOptions(gate: GateOptions | undefined): { readonly [Name in OfGate]?: Options[Name] | undefined } {
  if (gate === undefined) return {};
  const { to, port, unmapped, upstreamKeys } = gate;
  const gateTo =
    typeof to === "string"
      ? to
      : Object.entries(to)
          .map((pair) => pair.join("="))
          .join(",");
  return { gateTo, gatePort: port, gateUnmapped: unmapped, gateUpstreamKeys: upstreamKeys };
}

/** All options, checked: together they may be wrong, too. */
function settingsOf({
  quotas,
  gate,
  ...chosen
}: Omit<StartOptions, "now" | "log" | "random" | "requestTimeout" | "initReport">): Options {
  const settings: Options = {
    ...DEFAULTS,
    ...given(chosen),
    ...given(gateOptions(gate)),
    quotas: { ...DEFAULTS.quotas, ...quotas },
  };
  checkOptions(settings);
  return settings;
}

/** Its modules are loaded where there is a seed, which is seldom. */
const seedOf = async ({ seed, account }: Options) =>
  seed === undefined ? undefined : (await import("./seed/seed.ts")).readSeed(seed, account);

/** Loaded only with TLS, which is rare. */
const tlsOf = async (settings: Options, clock: Clock, log: (line: string) => void) =>
  isTls(settings) ? (await import("./tls/tls.ts")).openTls(settings, clock.machineNow(), log) : undefined;

/**
 * Answers everything but the Query endpoint. Express takes longer to load than everything else together, so it is
 * loaded for the first page.
 */
function pagesOf(
  emulation: Emulation,
  reset: Reset,
  initReport: InitReport | undefined,
  log: (line: string) => void,
): RequestListener {
  let pages: Promise<RequestListener> | undefined;
  return (request, response) => {
    pages ??= import("./app.ts").then(({ createApp }) => createApp(emulation, reset, initReport));
    pages.then(
      (app) => app(request, response),
      (cause: unknown) => {
        // The cause may be gone at the next request, such as a process that could open no more files.
        pages = undefined;
        log(`iam-local: the control plane could not be loaded: ${String(cause)}`);
        response.writeHead(500, { Connection: "close" }).end();
      },
    );
  };
}

function rootSignInOf({ store, options, rootPassword }: Emulation): IamLocal["rootSignIn"] {
  const { account, rootEmail: email } = options;
  const own = store.read((tx) => tx.get(loginProfiles, account, account)?.passwordHash);
  return { email, password: own ? "" : rootPassword };
}

/** What a program can see of a running emulator and do with it. */
function membersOf(
  emulation: Emulation,
): Pick<IamLocal, "account" | "rootCredentials" | "clock" | "mfa" | "trail" | "why" | "seed" | "snapshots"> {
  const { clock, options, store } = emulation;
  const { account, rootAccessKeyId, rootSecretAccessKey } = options;
  return {
    account,
    rootCredentials: { accessKeyId: rootAccessKeyId, secretAccessKey: rootSecretAccessKey },
    clock,
    mfa: {
      code: (serialNumber) => emulation.store.read((tx) => currentCode(serialNumber, { tx, now: clock.now() })),
    },
    trail: () => emulation.era.trail.list(),
    why: (request) => whyRequest(request, emulation.era.trail),
    async seed(seed) {
      const { readSeed } = await import("./seed/seed.ts");
      await (await readSeed(seed, account)).add(emulation);
      await store.durable();
    },
    snapshots: {
      take: (name) => snapshotsOf(emulation).take(name, emulation),
      async restore(name) {
        await snapshotsOf(emulation).restore(name, emulation);
        await store.durable();
      },
      list: () => snapshotsOf(emulation).list(),
      delete: (name) => snapshotsOf(emulation).delete(name, emulation),
    },
  };
}

/** "All addresses" cannot be called; on this machine localhost can. */
const reachable = (endpoint: string): string => endpoint.replace(/\/\/(?:0\.0\.0\.0|\[::\]):/, "//localhost:");

/** An undefined option, as from an environment variable, counts as absent. */
const given = (options: object): object =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
