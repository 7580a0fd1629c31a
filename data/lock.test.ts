import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";
import { DataFolderError } from "./data-folder-error.ts";
import { lockFolder } from "./lock.ts";

const neverWatch = (): never => {
  throw new Error("a process of this machine is looked at, not watched");
};

/** Says so aloud if the machine has no /proc, so that the tests which depend on it are skipped. */
function withoutProc(): boolean {
  if (existsSync("/proc/self/stat")) return false;
  console.warn("    SKIPPED: there is no /proc on this machine");
  return true;
}

describe("The lock of a folder", () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "iam-local-"));
    file = path.join(folder, "lock");
  });
  afterEach(() => rm(folder, { recursive: true }));

  const refusal = (who: string) => (error: unknown) => {
    assert.ok(error instanceof DataFolderError);
    assert.equal(
      error.message,
      `${folder} is in use by ${who}. Stop that process, or use another folder; two emulators cannot share one.`,
    );
    return true;
  };
  const held = async (change: (holder: Record<string, unknown>) => unknown) => {
    const lock = await lockFolder(folder, neverWatch);
    const [head, beat] = (await readFile(file, "utf8")).split("\n");
    await lock.release();
    await writeFile(file, `${JSON.stringify(change(JSON.parse(head!) as Record<string, unknown>))}\n${beat}\n`);
  };

  it("names this process, is private, and is gone after the release", async () => {
    const lock = await lockFolder(folder, neverWatch);
    assert.equal((JSON.parse((await readFile(file, "utf8")).split("\n")[0]!) as { pid: number }).pid, process.pid);
    lock.assertHeld();
    await lock.release();
    assert.equal(existsSync(file), false);
  });

  it("refuses a second holder and names the first one's pid", async () => {
    const lock = await lockFolder(folder, neverWatch);
    await assert.rejects(lockFolder(folder, neverWatch), refusal(`process ${process.pid}`));
    lock.assertHeld();
    await lock.release();
    await (await lockFolder(folder, neverWatch)).release();
  });

  it("is taken over from a process that is dead", async () => {
    const child = spawn(process.execPath, ["-e", ""]);
    await once(child, "exit");
    await held((holder) => ({ ...holder, pid: child.pid }));
    const lock = await lockFolder(folder, neverWatch);
    lock.assertHeld();
    assert.deepEqual(await readdir(folder), ["lock"]);
    await lock.release();
  });

  it("is taken over where the pid is another process's by now", async function () {
    if (withoutProc()) this.skip();
    await held((holder) => ({ ...holder, started: "1" }));
    const lock = await lockFolder(folder, neverWatch);
    await lock.release();
  });

  it("is taken over from a process that is dead but not yet buried", async function () {
    if (withoutProc()) this.skip();
    // The shell's child ends, and the program that replaces the shell never waits for it.
    const parent = spawn("sh", ["-c", "sleep 0.1 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const [output] = (await once(parent.stdout, "data")) as [Buffer];
      const pid = Number(output);
      const fields = async () => (await readFile(`/proc/${pid}/stat`, "utf8")).split(") ")[1]!.split(" ");
      while ((await fields())[0] !== "Z") await new Promise(setImmediate);
      const started = (await fields())[19];
      await held((holder) => ({ ...holder, pid, started }));
      await (await lockFolder(folder, neverWatch)).release();
    } finally {
      parent.kill();
    }
  });

  it("of another container or machine is respected while it shows signs of life", async () => {
    const lock = await lockFolder(folder, neverWatch);
    const elsewhere = (await readFile(file, "utf8")).replace(/"place":"[^"]*"/, (place) =>
      place.replaceAll(/[0-9a-f]/g, "7"),
    );
    await writeFile(file, elsewhere);
    await assert.rejects(
      lockFolder(folder, () => lock.beat()),
      refusal(`process ${process.pid} of another container or machine`),
    );
    await lock.release();
  });

  it("of another container or machine is taken over where it shows none", async () => {
    await held((holder) => ({ ...holder, place: "elsewhere" }));
    let watched = 0;
    const lock = await lockFolder(folder, async () => void watched++);
    assert.equal(watched, 1);
    lock.assertHeld();
    await lock.release();
  });

  it("that a crash left half written is taken over", async () => {
    await writeFile(file, '{"pid":1');
    await (await lockFolder(folder, async () => {})).release();
  });

  it("that was released while it was watched is simply taken", async () => {
    await held((holder) => ({ ...holder, place: "elsewhere" }));
    const lock = await lockFolder(folder, () => rm(file));
    lock.assertHeld();
    await lock.release();
  });

  it("tells a holder from whom it was taken away", async () => {
    const lock = await lockFolder(folder, neverWatch);
    await rm(file);
    const other = await lockFolder(folder, neverWatch);
    assert.throws(
      () => lock.assertHeld(),
      new RegExp(`^Error: the lock ${file} was taken away while this process had it$`),
    );
    await lock.release();
    other.assertHeld();
    await other.release();
  });

  it("goes to exactly one of many that find a stale one", async () => {
    await held((holder) => ({ ...holder, started: "1" }));
    let won: () => void;
    const winner = new Promise<void>((resolve) => (won = resolve));
    const attempt = async () => {
      const lock = await lockFolder(folder, () => winner);
      won();
      return lock;
    };
    const attempts = await Promise.allSettled(Array.from({ length: 8 }, attempt));
    const locks = attempts.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    assert.equal(locks.length, 1);
    locks[0]!.assertHeld();
    for (const outcome of attempts) {
      if (outcome.status === "rejected") refusal(`process ${process.pid}`)(outcome.reason);
    }
    await locks[0]!.release();
    assert.deepEqual(await readdir(folder), []);
  });

  it("can be taken over although a process died while it took it over", async () => {
    await held((holder) => ({ ...holder, started: "1" }));
    const before = await readFile(file, "utf8");
    await writeFile(`${file}.${crc32(before).toString(16)}`, "");
    let watched = 0;
    const lock = await lockFolder(folder, async () => void watched++);
    assert.equal(watched, 1);
    assert.deepEqual(await readdir(folder), ["lock"]);
    await lock.release();
  });
});
