import assert from "node:assert/strict";
import type { PostgresLog } from "../../data/postgres/log.ts";
import { BEGINNING } from "../../data/shared-log.ts";
import type { SharedStore } from "../../data/shared-store.ts";
import { pets, visits, type Pet } from "../../data/store.contract.ts";
import { StoreUnavailable, type Transaction } from "../../data/store.ts";
import { postgres } from "./postgres.ts";
import { halt, signal } from "./processes.ts";
import { openLog, openStoreAt, type Hook, type LogOptions } from "./stores.ts";

describe("A log on PostgreSQL", () => {
  const database = postgres({ settings: { fsync: "off" } });
  let url: string;
  const opened: (SharedStore | PostgresLog)[] = [];

  const store = async (options: LogOptions = {}, at = url): Promise<SharedStore> => {
    const made = await openStoreAt(at, { collections: [pets, visits], ...options });
    opened.push(made);
    return made;
  };
  const log = async (options: LogOptions = {}, at = url): Promise<PostgresLog> => {
    const made = await openLog(at, options);
    opened.push(made);
    return made;
  };
  const sql = async (text: string) => await database.server.query(text, url);
  const asSuperuser = async (text: string, name = new URL(url).pathname) =>
    await database.server.query(text, Object.assign(new URL(database.server.url), { pathname: name }).href);
  const terminate = async (pid: number) => {
    await database.server.query(`SELECT pg_terminate_backend(${pid}, 5000)`);
  };
  const putIn = (tx: Transaction, name: string, age = 1) => tx.put(pets, { owner: "ann", name, age });
  const grow = async (at: SharedStore) =>
    await at.transact((tx) => putIn(tx, "rex", (tx.get(pets, "ann", "rex")?.age ?? 0) + 1));
  const ageIn = async (at: SharedStore) => {
    await at.fresh();
    return at.read((tx) => tx.get(pets, "ann", "rex")?.age);
  };
  /** Polls what happens within a few seconds. */
  const until = async (holds: () => Promise<boolean>) => {
    while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  /** The next statement that begins so meets `meet`, once. */
  const atStatement = (beginning: string, meet: Hook): Hook & { isMet: boolean } => {
    const hook: Hook & { isMet: boolean } = Object.assign(
      async (text: string, run: () => Promise<unknown>, pid: number) => {
        if (hook.isMet || !text.trimStart().startsWith(beginning)) return await run();
        hook.isMet = true;
        return await meet(text, run, pid);
      },
      { isMet: false },
    );
    return hook;
  };

  before(async () => {
    url = await database.server.newDatabase();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((made) => made.close().catch(() => {})));
    await asSuperuser("DROP SCHEMA IF EXISTS iam_local CASCADE");
  });

  it("asks one thing at a time of each connection, as pg 9 will insist on", async () => {
    const underway = new Map<number, number>();
    let most = 0;
    const hook: Hook = async (_text, run, pid) => {
      const now = (underway.get(pid) ?? 0) + 1;
      underway.set(pid, now);
      most = Math.max(most, now);
      try {
        return await run();
      } finally {
        underway.set(pid, underway.get(pid)! - 1);
      }
    };
    const made = await log({ around: hook });
    await Promise.all(Array.from({ length: 20 }, () => made.after(BEGINNING)));
    assert.equal(most, 1);
  });

  describe("its tables", () => {
    it("are made once, however many processes begin at the same time", async () => {
      for (let round = 0; round < 5; round++) {
        const stores = await Promise.all([store(), store(), store()]);
        await Promise.all(stores.map(grow));
        assert.deepEqual(await Promise.all(stores.map(ageIn)), [3, 3, 3]);
        await Promise.all(opened.splice(0).map((made) => made.close()));
        await sql("DROP SCHEMA iam_local CASCADE");
      }
    });

    const asLimited = async (rights: string) => {
      await asSuperuser(`DROP ROLE IF EXISTS limited; CREATE ROLE limited LOGIN PASSWORD 'secret'; ${rights}`);
      return Object.assign(new URL(url), { username: "limited", password: "secret" }).href;
    };
    const withoutLimited = async () => await asSuperuser("DROP OWNED BY limited; DROP ROLE limited");

    it("can be used by a role that may use the schema, and read and write the tables", async () => {
      await (await store()).close();
      const limited = await asLimited(
        "GRANT USAGE ON SCHEMA iam_local TO limited; GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA iam_local TO limited",
      );
      const used = await store({}, limited);
      await grow(used);
      await used.reset((tx) => putIn(tx, "rex", 7));
      assert.equal(await ageIn(await store({}, limited)), 7);
      await Promise.all(opened.splice(0).map((made) => made.close()));
      assert.deepEqual(await sql("SELECT id FROM iam_local.replica"), []);
      await withoutLimited();
    });

    it("are made by a role that may create tables in a schema iam_local only", async () => {
      const limited = await asLimited("CREATE SCHEMA iam_local; GRANT USAGE, CREATE ON SCHEMA iam_local TO limited");
      await grow(await store({}, limited));
      await Promise.all(opened.splice(0).map((made) => made.close()));
      await withoutLimited();
    });

    it("are asked for where there are none and the role may not make them", async () => {
      const limited = await asLimited("");
      await assert.rejects(log({}, limited), {
        name: "StoreFailed",
        message:
          "the database has no tables of iam-local yet, and this role may not make them (PostgreSQL: permission denied for database test_1). Start iam-local once with a role that may: it needs CREATE on the database, or on a schema iam_local.",
      });
      await (await store()).close();
      await assert.rejects(log({}, limited), {
        name: "StoreFailed",
        message: "PostgreSQL: permission denied for schema iam_local",
      });
      await withoutLimited();
    });

    it("are not made where the encoding has no place for all texts", async () => {
      await asSuperuser("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0");
      const latin = Object.assign(new URL(database.server.url), { pathname: "/latin" }).href;
      await assert.rejects(log({}, latin), {
        name: "StoreFailed",
        message: "the encoding of the database is LATIN1, and the state needs UTF8",
      });
    });

    it("of another version are not touched", async () => {
      const running = await store();
      await sql("UPDATE iam_local.head SET schema = 2");
      const message =
        "the tables of the database are of version 2, and this iam-local knows version 1 only. Use the iam-local that made them, or another database.";
      await assert.rejects(log(), { name: "StoreFailed", message });
      await assert.rejects(grow(running), { name: "StoreFailed", message });
      await assert.rejects(running.fresh(), { name: "StoreFailed", message });
    });

    it("that somebody has emptied or removed are missed", async () => {
      const [one, other] = [await store(), await store()];
      await sql("DELETE FROM iam_local.head");
      await assert.rejects(one.fresh(), /^StoreFailed: the table head of the database is empty: its state is lost$/);
      await sql("DROP SCHEMA iam_local CASCADE");
      await assert.rejects(
        other.fresh(),
        /^DatabaseRefused: PostgreSQL: relation "iam_local.head" does not exist$|^StoreFailed: PostgreSQL: relation "iam_local.head" does not exist$/,
      );
    });
  });

  describe("another version of iam-local", () => {
    it("is refused as long as one is alive, and welcome when all have gone", async () => {
      const old = await store({ product: "1" });
      await grow(old);
      await assert.rejects(
        log({ product: "2" }),
        /^StoreFailed: the database is in use by iam-local 1 \(replica .*\), and this is 2: all replicas must be of one version\. Stop the others first\.$/,
      );
      await grow(old);
      await old.close();
      assert.equal(await ageIn(await store({ product: "2" })), 2);
    });

    it("takes over from one that seemed dead, which then can do nothing", async () => {
      const old = await store({ product: "1" });
      await grow(old);
      let taker: SharedStore | undefined;
      await until(async () => {
        // Its next beat may come in between.
        await sql("UPDATE iam_local.replica SET seen = now() - interval '1 minute'");
        taker = await store({ product: "2" }).catch(() => undefined);
        return taker !== undefined;
      });
      const message =
        "the database has been taken over by iam-local 2, and this is 1: all replicas must be of one version.";
      await assert.rejects(grow(old), { name: "StoreFailed", message });
      await assert.rejects(old.fresh(), { name: "StoreFailed", message });
      assert.equal(await ageIn(taker!), 1);
    });
  });

  describe("a session that ends", () => {
    const STEPS = [
      ["before the lock", "BEGIN", "before"],
      ["with the lock", "BEGIN", "after"],
      ["before the row is written", "WITH row", "before"],
      ["when the row is written", "WITH row", "after"],
      ["before the commit", "COMMIT", "before"],
      ["after the commit, before anybody knows of it", "COMMIT", "after"],
    ] as const;
    for (const [when, statement, side] of STEPS) {
      it(`${when} makes nothing run twice, or get lost`, async () => {
        const hook = atStatement(statement, async (_text, run, pid) => {
          if (side === "before") {
            await terminate(pid);
            return await run();
          }
          const result = await run();
          await terminate(pid);
          if (statement !== "COMMIT") return result;
          throw new Error("Connection terminated unexpectedly");
        });
        hook.isMet = true;
        const [one, other] = [await store({ around: hook }), await store()];
        await grow(one);
        hook.isMet = false;
        await grow(one);
        assert.ok(hook.isMet);
        await grow(other);
        assert.deepEqual(await Promise.all([ageIn(one), ageIn(other), ageIn(await store())]), [3, 3, 3]);
        const [{ count }] = (await sql("SELECT count(*)::int AS count FROM iam_local.log")) as [{ count: number }];
        assert.equal(count, 3);
      });
    }

    it("in the middle of a load leaves the state as it was, and is loaded again", async () => {
      await (await store()).transact((tx) => putIn(tx, "rex"));
      const hook = atStatement("FETCH", async (_text, run, pid) => {
        const result = await run();
        await terminate(pid);
        return result;
      });
      await assert.rejects(store({ around: hook }), StoreUnavailable);
      assert.equal(await ageIn(await store({ around: hook })), 1);
    });

    it("while it reads is replaced by another", async () => {
      const one = await store();
      await grow(one);
      await sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
      );
      await until(
        async () =>
          await ageIn(one).then(
            (age) => age === 1,
            () => false,
          ),
      );
      await grow(one);
      assert.equal(await ageIn(one), 2);
    });
  });

  describe("a process that stands still in a transaction", () => {
    it("loses the lock after a second, and cannot commit later", async () => {
      const still = await log();
      const other = await store();
      await grow(other);
      await still.lock(BEGINNING);
      await grow(other);
      const row = {
        sequence: 2,
        batch: "late",
        changes: [{ collection: "pets", key: ["ann", "rex"], entity: undefined }],
      };
      await assert.rejects(still.append(row), StoreUnavailable);
      assert.equal(await still.has(row), false);
      assert.equal(await ageIn(other), 2);
    });
  });

  describe("a session of the database that stands still", () => {
    it("counts as gone, and its commit is made once, whenever it goes on", async () => {
      let stopped: number | undefined;
      let isArmed = false;
      const hook: Hook = async (text, run, pid) => {
        if (isArmed && text === "COMMIT" && stopped === undefined) await halt([(stopped = pid)]);
        const asked = run();
        // The question for the outcome waits for the session, which goes on now.
        if (stopped !== undefined && text.includes("SELECT batch FROM iam_local.log")) signal([stopped], "SIGCONT");
        return await asked;
      };
      const one = await store({ around: hook, patience: 1500 });
      isArmed = true;
      await grow(one).finally(() => stopped !== undefined && signal([stopped], "SIGCONT"));
      assert.notEqual(stopped, undefined);
      await grow(one);
      assert.deepEqual([await ageIn(one), await ageIn(await store())], [2, 2]);
    });

    it("that reads counts as gone, and everything comes back with it", async () => {
      const one = await store({ patience: 500 });
      await grow(one);
      await database.server.pause();
      try {
        await assert.rejects(one.fresh(), StoreUnavailable);
        assert.throws(() => one.read(() => 1), StoreUnavailable);
      } finally {
        database.server.resume();
      }
      await until(async () => one.failure === undefined);
      await grow(one);
      assert.equal(await ageIn(one), 2);
    });

    it("does not keep a store from closing", async () => {
      const [one, idle] = [await store({ patience: 500 }), await log({ patience: 500 })];
      await grow(one);
      await database.server.pause();
      try {
        await Promise.all([one.close(), idle.close()]);
      } finally {
        database.server.resume();
      }
    });
  });

  describe("a server", () => {
    it("that was killed and comes back is found by itself, with all that was acknowledged", async () => {
      const one = await store();
      await grow(one);
      await database.server.kill();
      await assert.rejects(one.fresh(), StoreUnavailable);
      assert.throws(() => one.transact((tx) => putIn(tx, "tom")), StoreUnavailable);
      await database.server.restart();
      await until(async () => one.failure === undefined);
      await grow(one);
      assert.equal(await ageIn(one), 2);
    });

    it("that only reads is not believed", async () => {
      const name = new URL(url).pathname.slice(1);
      await (await store()).close();
      await database.server.query(`ALTER DATABASE ${name} SET default_transaction_read_only = on`);
      try {
        await assert.rejects(log(), {
          name: "StoreUnavailable",
          message: "PostgreSQL: the server only reads, so that it is no primary",
        });
      } finally {
        await database.server.query(`ALTER DATABASE ${name} RESET default_transaction_read_only`);
      }
    });
  });

  describe("rows that are old", () => {
    const age = async () => await sql("UPDATE iam_local.log SET at = at - interval '2 minutes'");
    const kept = async () =>
      (await sql("SELECT sequence::int FROM iam_local.log ORDER BY sequence")).map(({ sequence }) => sequence);
    /** Resolves when a replica has removed what is not needed. */
    const swept = async () => {
      await sql("INSERT INTO iam_local.answer VALUES ('mark', '', '', now() - interval '1 hour')");
      await until(async () => (await sql("SELECT FROM iam_local.answer WHERE question = 'mark'")).length === 0);
    };

    it("are kept as long as a living replica lacks them, and removed when nobody does", async function () {
      this.timeout(30_000);
      const one = await store();
      const behind = await log();
      for (let times = 0; times < 3; times++) await grow(one);
      await age();
      await swept();
      assert.deepEqual(await kept(), [1, 2, 3]);
      assert.equal((await behind.after(BEGINNING))?.length, 3);
      await behind.close();
      await until(async () => (await kept()).length === 1);
      assert.deepEqual(await kept(), [3]);
    });

    it("are not kept for a replica that nobody asks anything, since it looks by itself", async function () {
      this.timeout(30_000);
      const [one, asked] = [await store(), await store()];
      for (let times = 0; times < 3; times++) await grow(asked);
      await age();
      await until(async () => (await kept()).length === 1);
      assert.equal(
        one.read((tx) => tx.get(pets, "ann", "rex")?.age),
        3,
      );
    });

    it("that a replica lacks which seemed dead are no harm: it loads the state", async function () {
      this.timeout(30_000);
      const sleeper = await log();
      const one = await store();
      for (let times = 0; times < 3; times++) await grow(one);
      await age();
      await sql("DELETE FROM iam_local.log WHERE sequence < 3");
      assert.equal(await sleeper.after(BEGINNING), undefined);
      assert.equal(await sleeper.lock(BEGINNING), undefined);
      await sleeper.unlock();
      const lost = { sequence: 2, batch: "lost", changes: [] };
      await assert.rejects(sleeper.has(lost), /^StoreFailed: the log of the database no longer has row 2$/);
      await grow(one);
      assert.equal(await ageIn(one), 4);
    });

    it("of another history are not followed, although the numbers fit", async () => {
      const one = await store();
      await grow(one);
      await grow(one);
      await sql(
        "UPDATE iam_local.log SET batch = 'other' WHERE sequence = 2; UPDATE iam_local.head SET batch = 'other'",
      );
      await sql(`UPDATE iam_local.entity SET value = '{"owner":"ann","name":"rex","age":7}'`);
      assert.equal(await ageIn(one), 7);
      await grow(one);
      assert.deepEqual([await ageIn(one), await ageIn(await store())], [8, 8]);
    });
  });

  describe("its keys and values", () => {
    const values = (at: SharedStore) => at.read((tx) => [...tx.list(pets, [])]);

    it("come back as they were, by rows and by a load", async () => {
      const [one, other] = [await store(), await store()];
      const texts = [
        "",
        "ä",
        "😀",
        "\ud800",
        "\udc00x",
        'say "\\"',
        "a\u2028b",
        "\u0001",
        "{}",
        "NULL",
        "1".repeat(1000),
        "'; --",
      ];
      const made: Pet[] = texts.map((name) => ({ owner: name, name, kind: `${name}!`, age: 1 }));
      const long = { owner: "long", name: "\0".repeat(10) + "x".repeat(1_000_000), age: 1 } as const;
      await one.transact((tx) => {
        for (const pet of made) tx.put(pets, pet);
        tx.put(visits, { id: "bytes", at: 1, told: long.name } as never);
      });
      await other.fresh();
      const loaded = await store();
      assert.deepEqual(values(other), values(one));
      assert.deepEqual(values(loaded), values(one));
      assert.equal(values(loaded).length, made.length);
      for (const at of [other, loaded]) {
        assert.deepEqual(
          at.read((tx) => tx.get(visits, "bytes")),
          { id: "bytes", at: 1, told: long.name },
        );
      }
      await other.transact((tx) => made.forEach(({ owner, name }) => tx.delete(pets, owner, name)));
      await one.fresh();
      assert.deepEqual(values(one), []);
      assert.deepEqual(values(await store()), []);
    });

    it("can be 50,000 in one commit, and are loaded page by page", async function () {
      this.timeout(60_000);
      const [one, other] = [await store(), await store()];
      await one.transact((tx) => {
        for (let index = 0; index < 50_000; index++) putIn(tx, `pet ${index}`, index);
      });
      await other.fresh();
      const loaded = await store();
      for (const at of [other, loaded]) {
        assert.equal(
          at.read((tx) => tx.count(pets, "ann")),
          50_000,
        );
        assert.equal(
          at.read((tx) => tx.get(pets, "ann", "pet 31234")?.age),
          31_234,
        );
      }
    });
  });

  describe("questions among replicas", () => {
    it("are answered by all others", async () => {
      const logs = await Promise.all([log(), log(), log()]);
      logs.forEach((made, index) => made.onQuestion((about) => `${index} heard ${about}`));
      assert.deepEqual((await logs[0].ask("this")).toSorted(), ["1 heard this", "2 heard this"]);
      assert.deepEqual((await logs[2].ask("that")).toSorted(), ["0 heard that", "1 heard that"]);
      assert.deepEqual(await sql("SELECT FROM iam_local.answer"), []);
    });

    it("and answers may be long", async () => {
      const [asker, asked] = [await log(), await log()];
      const long = "😀".repeat(50_000);
      asked.onQuestion((about) => about + about);
      const [answer] = await asker.ask(long);
      assert.ok(answer === long + long);
    });

    it("do without those who have none", async () => {
      const [asker, asked, silent] = [await log(), await log(), await log()];
      asked.onQuestion(() => "here");
      silent.onQuestion(() => {
        throw new Error("no");
      });
      assert.deepEqual(await asker.ask("this"), ["here"]);
    });

    it("are not disturbed by what others say in the channel", async () => {
      const [asker, asked] = [await log(), await log()];
      asked.onQuestion(() => "here");
      for (const payload of ["", "nonsense", "null", "[]", '{"question":1}', '{"question":"x","asks":"y"}'])
        await sql(`SELECT pg_notify('iam_local', '${payload}')`);
      assert.deepEqual(await asker.ask("this"), ["here"]);
    });

    it("are answered again after the session that listens was ended", async () => {
      const [asker, asked] = [await log(), await log()];
      asked.onQuestion(() => "here");
      await sql(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
      );
      await until(
        async () =>
          await asker.ask("this").then(
            ([answer]) => answer === "here",
            () => false,
          ),
      );
    });
  });
});
