import assert from "node:assert/strict";
import { GetItemCommand } from "@aws-sdk/client-dynamodb";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { describe, it } from "mocha";
import { remoteEngine } from "../../server/gate/remote-engine.ts";
import { InvalidOption } from "../../server/option-values.ts";
import { start } from "../../server/index.ts";
import { emulator, type Emulator } from "../emulator.ts";
import { gated } from "./gated.ts";

const post = (emu: Emulator, path: string, body: unknown) =>
  fetch(`${emu.server.endpoint}/_emulator/gate/${path}`, { method: "POST", body: JSON.stringify(body) });

describe("a gate beside its emulator", () => {
  describe("whose control plane is off", () => {
    const emu = emulator({ control: false });
    const gate = gated(emu);

    it("lets nothing pass, and says so as the service would that is down", async () => {
      const message = `The emulator at ${emu.server.endpoint}, which decides what the gate lets pass, does not answer.`;
      const getItem = new GetItemCommand({ TableName: "t", Key: { id: { S: "1" } } });
      await assert.rejects(gate.dynamodb().send(getItem), { name: "ServiceUnavailableException", message });
      const getObject = new GetObjectCommand({ Bucket: "box", Key: "k" });
      await assert.rejects(gate.s3().send(getObject), { name: "ServiceUnavailable", message });
      assert.equal(gate.behind.bytes, 0);
    });
  });

  it("that is gone lets nothing pass, and what has passed ends all the same", async () => {
    const server = await start({ port: 0, log: () => {} });
    const engine = remoteEngine(server.endpoint);
    await server.close();
    const head = { method: "GET", target: "/box/k", rawHeaders: [], sourceIp: "", secure: false, userAgent: "" };
    const verdict = await engine.decide(head);
    assert.equal(verdict.kind, "refuse");
    assert.equal((verdict as { status: number }).status, 503);
    const call = { service: "s3", operation: "GetObject", protocol: "s3" } as const;
    const passage = {
      kind: "pass",
      requestId: "x",
      call,
      account: undefined,
      region: "",
      body: { kind: "unsigned" },
      decision: "",
    } as const;
    await engine.completed(passage, 200);
    assert.equal((await engine.bodyRefused(passage, new Error("cut"))).status, 503);
    await engine.close();
  });

  it("asks no other host than this machine, unless it was named, since the answers hold keys", async () => {
    for (const iam of [
      "http://iam.example:4593",
      "http://127.0.0.1.example:4593",
      "ftp://127.0.0.1",
      "127.0.0.1:4593",
    ]) {
      assert.throws(() => remoteEngine(iam), InvalidOption, iam);
    }
    for (const iam of ["http://127.0.0.1:4593", "https://localhost:4593", "http://[::1]:4593"])
      await remoteEngine(iam).close();
    await remoteEngine("http://iam:4593", { allowedHosts: ["iam"] }).close();
  });

  describe("is told", () => {
    const emu = emulator();

    it("what it has asked wrongly", async () => {
      for (const [path, body, message] of [
        ["decide", {}, /head must be a JSON object/],
        ["decide", { head: { method: "GET" } }, /head.rawHeaders must be a list/],
        ["decide", { head: { rawHeaders: ["a"] } }, /head.rawHeaders must be a list/],
        ["decide", { head: {}, more: 1 }, /Unknown member "more"/],
        ["completed", {}, /requestId is missing/],
        ["body-refused", { requestId: "x" }, /call is missing/],
      ] as const) {
        const response = await post(emu, path, body);
        const { error } = (await response.json()) as { error: { code: string; message: string } };
        assert.deepEqual([response.status, error.code], [400, "InvalidRequest"]);
        assert.match(error.message, message);
      }
    });

    it("nothing of a call that nobody has let through", async () => {
      const response = await post(emu, "completed", { requestId: "nobody's", status: 200 });
      assert.deepEqual([response.status, await response.json()], [200, {}]);
      assert.deepEqual(emu.server.trail(), []);
    });

    it("about bodies of as many bytes as a gate reads, and of no more", async () => {
      const head = { method: "POST", target: "/", rawHeaders: [], sourceIp: "", secure: false, userAgent: "" };
      const ofBytes = (bytes: number) => post(emu, "decide", { head, body: Buffer.alloc(bytes).toString("base64") });
      assert.equal((await ofBytes(16 * 1024 * 1024)).status, 200);
      assert.equal((await ofBytes(20 * 1024 * 1024)).status, 413);
    });
  });
});
