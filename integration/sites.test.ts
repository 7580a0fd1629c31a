import assert from "node:assert/strict";
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, it } from "mocha";
import supertest from "supertest";
import { Clock } from "../data/clock.ts";
import { collections } from "../data/entities/collections.ts";
import { systemRandom } from "../data/random.ts";
import { memoryBackend, openStore, StoreFailed, type Backend } from "../data/store.ts";
import { createApp, sitesOf } from "../server/app.ts";
import { emulationOf, type Emulation } from "../server/emulation.ts";
import { createHttpServer } from "../server/http.ts";
import { DEFAULTS } from "../server/options.ts";
import { isOnSite, SITES, type SiteName } from "../server/sites.ts";
import type { SiteAddress } from "../server/web/site.ts";

interface Asked {
  readonly method: string;
  readonly path: string;
}

/** An emulator on this backend, with all sites on. */
async function emulationOn(backend: Backend): Promise<Emulation> {
  const state = { store: await openStore({ collections, backend }), sealingKey: Buffer.alloc(32) };
  return emulationOf(state, new Clock(), systemRandom, { ...DEFAULTS, idp: true, instanceProfile: "web" });
}

const reset = async (): Promise<void> => {};

/** Runs tests on a socket; its output on standard error is hidden. */
function serving(backend: Backend): (asked: Asked) => supertest.Test {
  const { error } = console;
  let server: Server;
  before(async () => {
    console.error = () => {};
    const emulation = await emulationOn(backend);
    ({ server } = createHttpServer(emulation, createApp(emulation, reset), 60_000));
    await once(server.listen(0, "127.0.0.1"), "listening");
  });
  after(() => {
    console.error = error;
    server.close();
  });
  return ({ method, path }) => {
    const { port } = server.address() as AddressInfo;
    const request = supertest(`http://127.0.0.1:${port}`)[method.toLowerCase() as "get"](path);
    return method === "GET" ? request : request.type("json").send("{}");
  };
}

/** Each method of each route of a site, and a path that it does not have. */
async function everyRouteOf(name: SiteName): Promise<readonly Asked[]> {
  const { routes } = sitesOf(await emulationOn(memoryBackend()), reset)[name];
  const { at, only = [""] }: SiteAddress = SITES[name];
  const known = Object.entries(routes).flatMap(([path, methods]) => {
    const concrete = path.replace(/\{?[:*]\w+\}?/g, "x").replace(/^\/$/, "");
    const names = Object.keys(methods).filter((key) => /^[A-Z]+$/.test(key));
    const asked = names.flatMap((method) => (method === "ANY" ? ["GET", "POST"] : [method]));
    return asked.flatMap((method) => at.map((start) => ({ method, path: start + concrete })));
  });
  return [...known, { method: "DELETE", path: `${at[0]}${only[0]}/x/x/x/x` }];
}

const names = Object.keys(SITES) as SiteName[];
const QUERY: Asked = { method: "GET", path: "/?Action=ListUsers&Version=2010-05-08" };
const HEALTH: Asked = { method: "GET", path: "/_emulator/health" };

describe("on every site and the Query endpoint, whatever is asked", () => {
  const ask = serving(memoryBackend());

  for (const name of [...names, "queryEndpoint"] as const) {
    const all = async () => (name === "queryEndpoint" ? [QUERY] : everyRouteOf(name));

    it(`no page of another site is answered, by whatever name it calls: ${name}`, async () => {
      for (const asked of await all()) {
        for (const [header, value] of [
          ["Host", "evil.example"],
          ["Origin", "https://evil.example"],
          ["Origin", "null"],
          ["Sec-Fetch-Site", "cross-site"],
        ] as const) {
          const { status, text } = await ask(asked).set(header, value);
          assert.equal(status, 403, `${header}: ${asked.method} ${asked.path}`);
          assert.match(text, /is not accepted here, so that no web page can drive the emulator\./);
        }
      }
    });

    if (name === "queryEndpoint") continue;
    it(`is reached, refuses in its own form and sends its headers: ${name}`, async () => {
      for (const asked of await all()) {
        assert.ok(isOnSite(asked.path), asked.path);
        const { headers } = await ask(asked).set("Host", "evil.example");
        for (const [header, value] of Object.entries(SITES[name].headers)) {
          // Health is answered before the site is loaded.
          if (asked.path !== HEALTH.path) assert.equal(headers[header.toLowerCase()], value, asked.path);
        }
        assert.equal(headers["x-powered-by"], undefined);
      }
    });
  }
});

describe("while the state cannot be stored", () => {
  const ask = serving({
    ...memoryBackend(),
    durable: () => Promise.reject(new StoreFailed("ENOSPC: no space left on device")),
  });

  for (const name of [...names, "queryEndpoint"] as const) {
    it(`nothing is said of it, neither what there is nor what there is not: ${name}`, async () => {
      for (const asked of name === "queryEndpoint" ? [QUERY] : await everyRouteOf(name)) {
        if (asked.path === HEALTH.path) continue;
        const { status, text } = await ask(asked);
        assert.equal(status, 500, `${asked.method} ${asked.path}: ${text}`);
        const says = name === "instanceMetadata" ? /500 - Internal Server Error/ : /The state could not be stored\./;
        assert.match(text, says, asked.path);
      }
    });
  }

  it("health still answers, since it tells of no state", async () => {
    await ask(HEALTH).expect(200);
  });
});
