import assert from "node:assert/strict";
import { once } from "node:events";
import type { IncomingMessage, Server } from "node:http";
import type { AddressInfo } from "node:net";
import { setImmediate } from "node:timers/promises";
import {
  CreateUserCommand,
  CreateVirtualMFADeviceCommand,
  GetUserCommand,
  IAMClient,
  ListVirtualMFADevicesCommand,
} from "@aws-sdk/client-iam";
import { after, afterEach, before, beforeEach, describe, it } from "mocha";
import supertest from "supertest";
import { Clock } from "../data/clock.ts";
import { collections } from "../data/entities/collections.ts";
import { fileBackend } from "../data/file-backend.ts";
import { systemRandom } from "../data/random.ts";
import { openStore } from "../data/store.ts";
import { createApp } from "../server/app.ts";
import { emulationOf } from "../server/emulation.ts";
import { createHttpServer } from "../server/http.ts";
import { DEFAULTS } from "../server/options.ts";
import { SimulatedDisk } from "./durability/simulated-disk.ts";
import { emulator } from "./emulator.ts";
import { runCli } from "./process.ts";
import { refusal } from "./mfa/devices.ts";

/** Lines written to standard error while the tests of the enclosing `describe` run. */
function errorLog(): string[] {
  const lines: string[] = [];
  const { error } = console;
  before(() => {
    console.error = (...texts: unknown[]) => void lines.push(texts.join(" "));
  });
  after(() => {
    console.error = error;
  });
  return lines;
}

describe("A request that fails inside the emulator", () => {
  const logged = errorLog();
  const seedLength = 40;
  const emu = emulator({
    random: {
      bytes(length) {
        if (length === seedLength) throw new Error("there is no randomness left");
        return systemRandom.bytes(length);
      },
    },
  });
  const create = () => emu.iam().send(new CreateVirtualMFADeviceCommand({ VirtualMFADeviceName: "phone" }));
  const internalFailure = refusal(
    "InternalFailure",
    "The request processing has failed because of an unknown error, exception or failure.",
    500,
  );

  it("is answered without the reason, which stands in the log under the request's id", async () => {
    await assert.rejects(create(), internalFailure);
    const [{ requestID, errorCode } = {}] = emu.server.trail();
    assert.equal(errorCode, "InternalFailure");
    assert.equal(
      logged.at(-1),
      `iam-local: request ${requestID} (CreateVirtualMFADevice) failed inside: Error: there is no randomness left`,
    );
  });

  it("changes nothing", async () => {
    await assert.rejects(create(), internalFailure);
    assert.deepEqual((await emu.iam().send(new ListVirtualMFADevicesCommand({}))).VirtualMFADevices, []);
  });
});

describe("An emulator whose disk has failed", () => {
  errorLog();
  const message = "The state could not be stored. Restart the emulator once its disk works.";
  let disk: SimulatedDisk;
  let server: Server;
  let endpoint: string;
  let iam: IAMClient;

  beforeEach(async () => {
    disk = new SimulatedDisk();
    const store = await openStore({ collections, backend: fileBackend(disk, { warn: () => {} }) });
    const emulation = emulationOf({ store, sealingKey: Buffer.alloc(32) }, new Clock(), systemRandom, DEFAULTS);
    ({ server } = createHttpServer(
      emulation,
      createApp(emulation, async () => {}),
      60_000,
    ));
    await once(server.listen(0, "127.0.0.1"), "listening");
    endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: "test", secretAccessKey: "test" };
    iam = new IAMClient({ endpoint, region: "us-east-1", maxAttempts: 1, credentials });
    await iam.send(new CreateUserCommand({ UserName: "before" }));
    disk.fault = () => {
      throw new Error("ENOSPC: no space left on device");
    };
  });
  afterEach(() => {
    iam.destroy();
    server.close();
  });

  const notStored = refusal("ServiceFailureException", message, 500);

  it("acknowledges no change", async () => {
    await assert.rejects(iam.send(new CreateUserCommand({ UserName: "lost" })), notStored);
  });

  it("says nothing of a state that may be lost: neither of what there is nor of what there is not", async () => {
    await assert.rejects(iam.send(new CreateUserCommand({ UserName: "lost" })), notStored);
    for (const UserName of ["before", "lost", "nobody"]) {
      await assert.rejects(iam.send(new GetUserCommand({ UserName })), notStored);
    }
  });

  it("does not refuse either, where the change that a refusal speaks of is not stored", async () => {
    const arrived: IncomingMessage[] = [];
    server.on("request", (request) => arrived.push(request));
    disk.fault = async () => {
      while (arrived.filter(({ complete }) => complete).length < 2) await setImmediate();
      throw new Error("ENOSPC: no space left on device");
    };
    const create = () => iam.send(new CreateUserCommand({ UserName: "lost" }));
    await Promise.all([assert.rejects(create(), notStored), assert.rejects(create(), notStored)]);
  });

  it("tells so at the control plane, too", async () => {
    const { body } = await supertest(endpoint).post("/_emulator/hardware-tokens").send({}).expect(500);
    assert.deepEqual(body, { error: { code: "ServiceFailure", message } });
  });

  it("is not healthy any more, and says why", async () => {
    await supertest(endpoint).get("/_emulator/health").expect(200);
    assert.equal((await runCli(["health", "--endpoint", endpoint])).code, 0);
    await assert.rejects(iam.send(new CreateUserCommand({ UserName: "lost" })), notStored);

    const why =
      "/simulated: a commit could not be stored (ENOSPC: no space left on device). Make sure that the disk works and has room, then restart.";
    for (const path of ["/_emulator/health", "/_emulator/health?probe=1"]) {
      const { body } = await supertest(endpoint).get(path).expect(503);
      assert.equal(body.status, "failed");
      assert.deepEqual(body.error, { code: "ServiceFailure", message: why });
    }
    await supertest(endpoint).head("/_emulator/health").expect(503);
    assert.deepEqual(await runCli(["health", "--endpoint", endpoint]), {
      code: 1,
      stdout: "",
      stderr: `iam-local: ${why}\n`,
    });
  }).timeout(30_000);

  it("says so in the console, on its health page and in place of every other", async () => {
    const users = () => supertest(endpoint).get("/console/emulator/health");
    assert.match((await users().expect(200)).text, /<h2[^>]*>Counts/);
    await assert.rejects(iam.send(new CreateUserCommand({ UserName: "lost" })), notStored);
    const { text } = await users().expect(200);
    assert.match(
      text,
      /role="alert">\s*The state has failed, and nothing is answered any more: .*no space left on device/,
    );
    assert.match(text, /<dt>Status<\/dt>\s*<dd>failed<\/dd>/);
    assert.doesNotMatch(text, /Counts/);
    const other = await supertest(endpoint).get("/console/sign-in").expect(500);
    assert.match(other.text, /The state could not be stored\. Restart the emulator once its disk works\./);
  });
});
