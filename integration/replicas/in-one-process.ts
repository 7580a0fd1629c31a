import type { RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { Clock } from "../../data/clock.ts";
import { collections } from "../../data/entities/collections.ts";
import { loginProfiles } from "../../data/entities/users.ts";
import { systemRandom } from "../../data/random.ts";
import { memoryStore } from "../../data/store.ts";
import { currentCode } from "../../handlers/mfa/current-code.ts";
import { createApp } from "../../server/app.ts";
import { emulationOf, type Emulation } from "../../server/emulation.ts";
import { createHttpServer } from "../../server/http.ts";
import type { IamLocal, StartOptions } from "../../server/index.ts";
import { listen, stopListening } from "../../server/listen.ts";
import { DEFAULTS } from "../../server/options.ts";
import { resetOf } from "../../server/reset.ts";
import { snapshotsOf } from "../../server/snapshots.ts";
import type { State } from "../../server/state.ts";
import { whyRequest } from "../../server/why.ts";
import { balanceRequests } from "./request-balancer.ts";
import { TwiceStore } from "./twice-store.ts";

const ROOT_PASSWORD = "root's, of all replicas";

/**
 * Emulators on one state, behind a balancer that sends each request to the next of them. They share the store, the
 * clock and the sealing key, and so that tests can read it, the trail; nothing else.
 */
export async function startReplicas(chosen: StartOptions = {}, count = 2): Promise<IamLocal> {
  const {
    now,
    quotas,
    gate: _gate,
    log: _log,
    random: _random,
    initReport: _report,
    requestTimeout: _,
    ...rest
  } = chosen;
  const options = { ...DEFAULTS, rootPassword: ROOT_PASSWORD, ...rest, quotas: { ...DEFAULTS.quotas, ...quotas } };
  const clock = new Clock();
  if (now !== undefined) clock.set(now);
  const state = sharedState();
  const replicas = Array.from({ length: count }, () => emulationOf(state, clock, systemRandom, options));
  const [first] = replicas as [Emulation, ...Emulation[]];
  shareTrail(replicas);
  state.onReset(() => shareTrail(replicas));
  const reset = resetOf(first, { state, seed: undefined, now });
  const apps = new Map<Emulation, RequestListener>();
  const servers = replicas.map((emulation) =>
    createHttpServer(emulation, (message, response) => apps.get(emulation)!(message, response), 60_000),
  );
  const ports: number[] = [];
  for (const { server } of servers) {
    await listen(server, { host: "127.0.0.1", port: 0 });
    ports.push((server.address() as AddressInfo).port);
  }
  const balancer = await balanceRequests(ports, options);
  const { endpoint } = balancer;
  for (const emulation of replicas) {
    emulation.options = { ...options, publicUrl: endpoint };
    // Pages are loaded for the first request, when the address is known.
    apps.set(emulation, createApp(emulation, reset));
  }
  return {
    endpoint,
    reset,
    ...membersOf(first),
    get rootSignIn() {
      return rootSignInOf(first);
    },
    async close() {
      balancer.close();
      for (const server of servers) await stopListening(server);
      await state.store.close();
    },
  };
}

function rootSignInOf({ store, options, rootPassword }: Emulation): IamLocal["rootSignIn"] {
  const { account, rootEmail: email } = options;
  const own = store.read((tx) => tx.get(loginProfiles, account, account)?.passwordHash);
  return { email, password: own ? "" : rootPassword };
}

/** What a program does with the emulator, by one of the replicas. */
function membersOf(emulation: Emulation): Omit<IamLocal, "endpoint" | "rootSignIn" | "reset" | "close"> {
  const { store, clock, options } = emulation;
  const { account, rootAccessKeyId: accessKeyId, rootSecretAccessKey: secretAccessKey } = options;
  return {
    account,
    rootCredentials: { accessKeyId, secretAccessKey },
    clock,
    mfa: { code: (serialNumber) => store.read((tx) => currentCode(serialNumber, { tx, now: clock.now() })) },
    trail: () => emulation.era.trail.list(),
    why: (asked) => whyRequest(asked, emulation.era.trail),
    seed: () => Promise.reject(new Error("replicas of tests take no seed")),
    snapshots: {
      take: (name) => snapshotsOf(emulation).take(name, emulation),
      restore: async (name) => void (await snapshotsOf(emulation).restore(name, emulation)),
      list: () => snapshotsOf(emulation).list(),
      delete: (name) => snapshotsOf(emulation).delete(name, emulation),
    },
  };
}

/** As that of `--store`, without a database: all who share it are told of a reset. */
function sharedState(): Pick<State, "store" | "sealingKey" | "reset" | "onReset"> {
  const store = new TwiceStore(memoryStore(collections));
  const listeners: Parameters<State["onReset"]>[0][] = [];
  return {
    store,
    sealingKey: newSealingKey(),
    async reset(grow) {
      const sealingKey = newSealingKey();
      for (const listener of listeners) listener(sealingKey);
      await store.reset(grow);
    },
    onReset: (listener) => void listeners.push(listener),
  };
}

const newSealingKey = (): Buffer => systemRandom.bytes(32);

function shareTrail(replicas: readonly Emulation[]): void {
  for (const { era } of replicas) Object.assign(era, { trail: replicas[0]!.era.trail });
}
