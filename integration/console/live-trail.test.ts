import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { GetCallerIdentityCommand } from "@aws-sdk/client-sts";
import { describe, it } from "mocha";
import { emulator } from "../emulator.ts";
import { browser, formOf, signInAsRoot } from "./browser.ts";

const STREAM = "/console/emulator/trail-stream";

describe("the console's live trail", () => {
  const emu = emulator();

  async function listen(query = "", headers: Readonly<Record<string, string>> = {}) {
    const [response] = (await once(get(`${emu.server.endpoint}${STREAM}?${query}`, { headers }), "response")) as [
      IncomingMessage,
    ];
    let text = "";
    response.on("error", () => {});
    response.setEncoding("utf8").on("data", (part: string) => (text += part));
    return {
      response,
      /** Waits for a text. */
      async hears(wanted: string) {
        while (!text.includes(wanted)) await once(response, "data");
        return text;
      },
    };
  }
  /** When the emulator has noticed that those of another test have gone. */
  async function listenAtLast(headers: Readonly<Record<string, string>> = {}) {
    for (;;) {
      const listener = await listen("", headers);
      if (listener.response.statusCode === 200) return listener;
      listener.response.resume();
    }
  }
  const ask = async () => (await emu.sts().send(new GetCallerIdentityCommand({}))).$metadata.requestId!;

  it("tells a row for each request that its filters admit", async () => {
    const [all, refused] = [await listen(), await listen("result=refused")];
    const id = await ask();
    assert.equal(all.response.headers["content-type"], "text/event-stream; charset=utf-8");
    assert.match(await all.hears(id), /data: <tr>/);
    const denied = await fetch(emu.server.endpoint, {
      method: "POST",
      body: "Action=Nonsense&Version=2010-05-08",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    const told = await refused.hears(denied.headers.get("x-amzn-requestid")!);
    assert.ok(!told.includes(id));
    for (const { response } of [all, refused]) response.destroy();
  });

  it("goes on after what was last seen", async () => {
    const [first, second] = [await ask(), await ask()];
    const listener = await listen("", { "Last-Event-ID": first });
    assert.ok(!(await listener.hears(second)).includes(`id: ${first}`));
    listener.response.destroy();
  });

  it("bears 200 listeners, of whom half are killed, and refuses more than it can bear", async () => {
    const listeners = await Promise.all(Array.from({ length: 200 }, () => listen("action=GetCallerIdentity")));
    const others = await Promise.all(Array.from({ length: 60 }, () => listen()));
    assert.deepEqual(
      [...new Set(others.map(({ response }) => response.statusCode))].toSorted((a, b) => a! - b!),
      [200, 503],
    );
    for (const { response } of [...others, ...listeners.slice(0, 100)]) response.destroy();
    const id = await ask();
    await Promise.all(listeners.slice(100).map((listener) => listener.hears(id)));
    for (const { response } of listeners) response.destroy();
  });

  it("lets go of listeners whose process is killed", async () => {
    // As many as the emulator bears, once it has noticed that those of another test have gone.
    const listenInProcess = `
      const { get } = require("node:http");
      let listening = 0;
      const more = () => get("${emu.server.endpoint}${STREAM}", (response) => {
        if (response.statusCode === 200) listening++;
        else response.resume();
        if (listening === 256) console.log("full");
        else more();
      });
      more();`;
    const child = spawn(process.execPath, ["-e", listenInProcess], { stdio: ["ignore", "pipe", "inherit"] });
    await once(child.stdout, "data");
    assert.equal((await listen()).response.statusCode, 503);
    child.kill("SIGKILL");
    (await listenAtLast()).response.destroy();
  });

  it("ends with the session that listens", async () => {
    const visitor = browser(emu);
    const { hidden } = formOf((await visitor.get("/console/sign-in/root")).text)!;
    const signedIn = await visitor.post("/console/sign-in/root", { ...hidden, ...emu.server.rootSignIn });
    const cookie = signedIn.headers["set-cookie"]![0]!.split(";")[0]!;
    const listener = await listenAtLast({ Cookie: cookie });
    await visitor.submit("/console", {}, "/console/sign-out");
    await listener.hears("event: end");
  });

  it("ends at a reset", async () => {
    const listener = await listenAtLast();
    await emu.server.reset();
    await listener.hears("event: end");
  });

  it("hides what the console itself calls, unless asked", async () => {
    const visitor = browser(emu);
    await signInAsRoot(visitor, emu);
    await visitor.get("/console/users");
    const trail = async (query: string) => (await visitor.get(`/console/emulator/trail?action=ListUsers${query}`)).text;
    assert.ok((await trail("")).includes("There is no such request"));
    assert.ok((await trail("&console=shown")).includes(">ListUsers</a>"));
  });
});
