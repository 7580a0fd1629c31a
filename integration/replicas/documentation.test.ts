import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateUserCommand, GetUserCommand } from "@aws-sdk/client-iam";
import { CLI, run, runCli, withProcess } from "../process.ts";
import { example } from "../readme-examples.ts";
import { postgres } from "./postgres.ts";
import { startReplica, type Replica } from "./replica.ts";

describe("the page about replicas", function () {
  this.timeout(60_000);
  const database = postgres();
  const folder = mkdtempSync(join(tmpdir(), "iam-local-replicas-page-"));
  let replicas: Replica[] = [];
  const there = (text: string) =>
    text.replaceAll("@127.0.0.1/", `@127.0.0.1:${database.server.port}/`).replaceAll("./", `${folder}/`);
  const argsOf = (line: string) => there(line).replace(/ &$/, "").split(" ").slice(1);
  const stopAll = async () => {
    await Promise.all(replicas.map((replica) => replica.stop()));
    replicas = [];
  };
  const startAll = async () => {
    for (const line of example("replicas-start").split("\n")) {
      const [start, port, , ...flags] = argsOf(line);
      assert.deepEqual([start, port], ["start", "--port"]);
      replicas.push(await startReplica(flags));
    }
  };

  after(async () => {
    await stopAll();
    rmSync(folder, { recursive: true });
  });

  it("makes two processes one emulator, with the rights that it grants", async () => {
    for (const statement of example("replicas-rights").split("\n")) await database.server.query(statement);
    await startAll();
    const [first, second] = replicas;
    await first!.iam().send(new CreateUserCommand({ UserName: "shared" }));
    assert.equal((await second!.iam().send(new GetUserCommand({ UserName: "shared" }))).User!.UserName, "shared");
    await stopAll();
    const [, revoke] = /`(REVOKE [^`]+)`/.exec(readFileSync("docs/replicas.md", "utf8"))!;
    await database.server.query(revoke!);
    await startAll();
    assert.equal((await replicas[1]!.iam().send(new GetUserCommand({ UserName: "shared" }))).User!.UserName, "shared");
    await stopAll();
  });

  it("has the database go before the folder of a variable, and not before that of a flag", async () => {
    const url = await database.server.newDatabase();
    const env = { IAM_LOCAL_DATA: join(folder, "unused"), IAM_LOCAL_STORE: url };
    const { stdout } = await withProcess(process.execPath, [CLI, "start", "--port", "0"], { env }, async () => {});
    assert.match(stdout, / state {6}postgres:\/\/127\.0\.0\.1/);
    const refused = await runCli(["start", "--port", "0", "--data", join(folder, "unused")], { env });
    assert.deepEqual(
      [refused.code, refused.stderr],
      [1, "iam-local: store and data: the state is in a database or in a folder\n"],
    );
    assert.equal(existsSync(env.IAM_LOCAL_DATA), false);
  });

  it("copies the state as it says", async () => {
    const [there1, back] = example("replicas-copy").split("\n");
    const copied = await runCli(argsOf(back!));
    assert.deepEqual([copied.code, copied.stderr], [0, ""]);
    // The other way, into a new database.
    await database.server.query("DROP DATABASE iam");
    await database.server.query("CREATE DATABASE iam OWNER iam");
    const again = await runCli(argsOf(there1!.replace("./state", "./copy")));
    assert.deepEqual([again.code, again.stderr], [0, ""]);
    assert.match(again.stdout, /^Copied: .*\busers 1\b/);
  });

  it("names a way to back the schema up that can be restored", async function () {
    if ((await run("pg_dump", ["--version"]).catch(() => ({ code: 1 }))).code !== 0) {
      console.warn("      SKIPPED: there is no pg_dump on this machine");
      return this.skip();
    }
    const [, command] = /`(pg_dump [^`]+)`/.exec(readFileSync("docs/replicas.md", "utf8"))!;
    const [program, ...flags] = command!.split(" ");
    const dump = await run(program!, [...flags, there("postgres://iam:secret@127.0.0.1/iam")]);
    assert.equal(dump.code, 0, dump.stderr);
    const url = await database.server.newDatabase();
    const restored = await run("psql", ["-q", "-v", "ON_ERROR_STOP=1", "--no-psqlrc", url], {
      stdin: dump.stdout.replaceAll(/^ALTER .* OWNER TO .*$/gm, ""),
    });
    assert.equal(restored.code, 0, restored.stderr);
    const replica = await startReplica(["--store", url]);
    replicas.push(replica);
    assert.equal((await replica.iam().send(new GetUserCommand({ UserName: "shared" }))).User!.UserName, "shared");
  });
});
