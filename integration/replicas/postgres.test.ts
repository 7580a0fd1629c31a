import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { postgres } from "./postgres.ts";
import { gone, halted, running } from "./processes.ts";

describe("the PostgreSQL of tests", () => {
  const database = postgres();

  it("gives each suite an empty database, whose owner may do nothing else", async () => {
    const { newDatabase, query } = database.server;
    const [one, other] = [await newDatabase(), await newDatabase()];
    await query("CREATE TABLE a (b int)", one);
    const tables = await query("SELECT * FROM pg_tables WHERE schemaname = 'public'", other);
    assert.deepEqual(tables, []);
    await assert.rejects(query("CREATE DATABASE c", one), { message: "permission denied to create database" });
    const reload = query("SELECT pg_reload_conf()", one);
    await assert.rejects(reload, { message: "permission denied for function pg_reload_conf" });
  });

  it("keeps what was committed when it is killed and comes back", async () => {
    const { newDatabase, query, pids, kill, restart } = database.server;
    const url = await newDatabase();
    await query("CREATE TABLE kills (n int)", url);
    for (let n = 1; n <= 3; n++) {
      await query(`INSERT INTO kills VALUES (${n})`, url);
      const killed = pids();
      await kill();
      assert.deepEqual(running(killed), []);
      await assert.rejects(query("SELECT 1", url), { code: "ECONNREFUSED" });
      await restart();
      assert.equal((await query("SELECT n FROM kills", url)).length, n);
    }
  });

  it("answers, once it goes on after a pause, what it was asked meanwhile", async () => {
    const { query, pids, pause, resume } = database.server;
    await pause();
    assert.ok(halted(pids()));
    const answer = query("SELECT 1 AS one");
    resume();
    assert.deepEqual(await answer, [{ one: 1 }]);
  });

  it("ends, and leaves nothing, when the process that started it is killed", async function () {
    this.timeout(60_000);
    const script = `
      import { startPostgres } from ${JSON.stringify(new URL("./postgres.js", import.meta.url).href)};
      const server = await startPostgres();
      const [{ folder }] = await server.query("SELECT current_setting('data_directory') AS folder");
      console.log(JSON.stringify({ pids: server.pids(), folder }));`;
    const stdio = ["ignore", "pipe", "inherit"] as const;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: [...stdio] });
    try {
      const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
      const { pids, folder } = JSON.parse(line) as { readonly pids: readonly number[]; readonly folder: string };
      assert.deepEqual(running(pids.slice(0, 1)), pids.slice(0, 1));
      child.kill("SIGKILL");
      await gone(pids);
      while (existsSync(folder)) await new Promise((resolve) => setTimeout(resolve, 5));
    } finally {
      child.kill("SIGKILL");
    }
  });
});
