import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateUserCommand, GetUserCommand } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, GetSessionTokenCommand } from "@aws-sdk/client-sts";
import { fillDisk } from "../../data/folder-at-rest.ts";
import { openState } from "../../server/state.ts";
import { start, type IamLocal, type StartOptions } from "../../server/index.ts";
import { Clock } from "../../data/clock.ts";
import { users } from "../../data/entities/users.ts";
import { systemRandom } from "../../data/random.ts";
import { SimulatedDisk } from "../durability/simulated-disk.ts";
import { clientsOf, type Credentials } from "../emulator.ts";
import { runCli } from "../process.ts";
import { postgres } from "./postgres.ts";

describe("iam-local store copy", function () {
  this.timeout(30_000);
  const database = postgres({ settings: { fsync: "off" } });
  const work = mkdtempSync(join(tmpdir(), "iam-local-copy-"));
  after(() => rmSync(work, { recursive: true }));
  let folders = 0;
  const newFolder = () => join(work, String(++folders));

  const placeAs = (place: string) => (place.includes("://") ? { store: place } : { data: place });

  /** Runs an emulator on a state for as long as `act` takes. */
  async function on<R>(
    place: string,
    act: (clients: Pick<ReturnType<typeof clientsOf>, "iam" | "sts">, server: IamLocal) => Promise<R>,
    options: StartOptions = {},
  ): Promise<R> {
    const server = await start({ port: 0, log: () => {}, ...placeAs(place), ...options });
    const { iam, sts, destroy } = clientsOf(() => server);
    try {
      return await act({ iam, sts }, server);
    } finally {
      destroy();
      await server.close();
    }
  }

  /** Makes a user and resolves with credentials of a session. */
  const inhabit = (place: string, options?: StartOptions) =>
    on(
      place,
      async ({ iam, sts }) => {
        await iam().send(new CreateUserCommand({ UserName: "zoe", Tags: [{ Key: "name", Value: "Zoë" }] }));
        return (await sts().send(new GetSessionTokenCommand())).Credentials!;
      },
      options,
    );

  /** Whether the user is there and the session is valid. */
  const isInhabited = (
    place: string,
    { AccessKeyId, SecretAccessKey, SessionToken }: Awaited<ReturnType<typeof inhabit>>,
    options?: StartOptions,
  ) =>
    on(
      place,
      async ({ iam, sts }) => {
        const session: Credentials = {
          accessKeyId: AccessKeyId!,
          secretAccessKey: SecretAccessKey!,
          sessionToken: SessionToken!,
        };
        assert.equal((await sts(session).send(new GetCallerIdentityCommand())).Account, "000000000000");
        assert.equal((await iam().send(new GetUserCommand({ UserName: "zoe" }))).User!.Tags![0]!.Value, "Zoë");
      },
      options,
    );

  const copy = (from: string, to: string, env: Record<string, string> = {}) =>
    runCli(["store", "copy", from, to], { env });

  async function copies(from: string, to: string, env?: Record<string, string>): Promise<string> {
    const { code, stdout, stderr } = await copy(from, to, env);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    return stdout;
  }

  async function fails(from: string, to: string, message: RegExp, env?: Record<string, string>): Promise<void> {
    const { code, stdout, stderr } = await copy(from, to, env);
    assert.match(stderr, message);
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
  }

  const tablesIn = async (url: string) =>
    await database.server.query("SELECT 1 FROM pg_tables WHERE schemaname = 'iam_local'", url);
  const entitiesIn = async (url: string) =>
    await database.server.query("SELECT * FROM iam_local.entity ORDER BY collection, key", url);
  const collectionsIn = (folder: string) =>
    (JSON.parse(readFileSync(join(folder, "db.json"), "utf8")) as { collections: object }).collections;

  it("brings a folder into a database and back, and sessions stay valid everywhere", async () => {
    const folder = newFolder();
    const session = await inhabit(folder);
    const url = await database.server.newDatabase();
    const said = await copies(folder, url);
    assert.match(said, /^Copied: .*\busers 1\b/);
    assert.match(said, /\nThe key of sessions was copied: session tokens stay valid\.\n/);

    const back = newFolder();
    await copies(url, back);
    assert.deepEqual(collectionsIn(back), collectionsIn(folder));
    assert.equal(readFileSync(join(back, "sealing-key"), "utf8"), readFileSync(join(folder, "sealing-key"), "utf8"));
    const { code, stdout } = await runCli(["store", "verify", back]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, / is sound: .*users 1/);
    await isInhabited(url, session);
    await isInhabited(back, session);
  });

  it("brings a folder that an emulator left in a crash into another folder", async () => {
    const folder = newFolder();
    const session = await inhabit(folder);
    const crashed = newFolder();
    mkdirSync(crashed);
    const journalOnly = await start({ port: 0, log: () => {}, data: folder });
    const { iam, destroy } = clientsOf(() => journalOnly);
    await iam().send(new CreateUserCommand({ UserName: "late" }));
    for (const file of readdirSync(folder)) {
      if (file !== "lock") writeFileSync(join(crashed, file), readFileSync(join(folder, file)));
    }
    destroy();
    await journalOnly.close();
    const to = newFolder();
    assert.match(await copies(crashed, to), /users 2/);
    assert.deepEqual(collectionsIn(to), collectionsIn(folder));
    await isInhabited(to, session);
  });

  it("seals the key of sessions with --store-key, and opens it with the same one only", async () => {
    const folder = newFolder();
    const session = await inhabit(folder);
    const url = await database.server.newDatabase();
    const env = { IAM_LOCAL_STORE_KEY: "a long secret" };
    await copies(folder, url, env);
    const [era] = await database.server.query(
      "SELECT value FROM iam_local.entity WHERE collection = 'shared-eras'",
      url,
    );
    const { isSealed, secrets } = JSON.parse(era!["value"] as string) as { isSealed: boolean; secrets: string };
    assert.equal(isSealed, true);
    assert.ok(!secrets.includes(readFileSync(join(folder, "sealing-key"), "utf8").trim()));
    await isInhabited(url, session, { storeKey: "a long secret" });
    const to = newFolder();
    await fails(
      url,
      to,
      /^iam-local: the database holds a key that is sealed with a key: give it by IAM_LOCAL_STORE_KEY/,
    );
    await fails(url, to, /sealed with another key than that of IAM_LOCAL_STORE_KEY/, { IAM_LOCAL_STORE_KEY: "other" });
    assert.equal(existsSync(to), false);
    await copies(url, to, env);
    await isInhabited(to, session);
  });

  it("brings a database into another one with root's password, and not what lives as long as the replicas", async () => {
    const from = await database.server.newDatabase();
    const session = await inhabit(from);
    const password = await on(from, async (_, server) => {
      server.clock.advance(60_000);
      return server.rootSignIn.password;
    });
    // What has only been started on is empty.
    const to = await database.server.newDatabase();
    await on(to, async () => {});
    const said = await copies(from, to);
    assert.match(said, /\nNot copied, since it lives as long as the replicas run: shared-clocks 1\n/);
    await isInhabited(to, session);
    await on(to, async (_, server) => {
      assert.equal(server.rootSignIn.password, password);
      assert.equal(server.clock.moved, false);
    });
  });

  it("refuses a target that holds anything, and leaves it as it was", async () => {
    const folder = newFolder();
    await inhabit(folder);
    const url = await database.server.newDatabase();
    await inhabit(url);
    const before = await entitiesIn(url);
    await fails(
      folder,
      url,
      /^iam-local: postgres:\/\/127\.0\.0\.1:\d+\/test_\d+ is not empty: it holds \w+\. Nothing was changed\.\n$/,
    );
    assert.deepEqual(await entitiesIn(url), before);

    const other = newFolder();
    mkdirSync(other);
    writeFileSync(join(other, "notes.txt"), "");
    await fails(folder, other, /^iam-local: \S+ is not empty: it holds notes\.txt\. Nothing was changed\.\n$/);
    assert.deepEqual(readdirSync(other), ["notes.txt"]);
  });

  it("refuses what emulators are running on, on either side", async () => {
    const folder = newFolder();
    const session = await inhabit(folder);
    const url = await database.server.newDatabase();
    const empty = newFolder();
    await on(folder, () => fails(folder, url, /^iam-local: \S+ is in use by process \d+\. Stop that process/));
    assert.deepEqual(await tablesIn(url), []);
    await on(url, async () => {
      const message = /^iam-local: postgres:\/\/\S+ is in use by \S+\/\d+ \(host\/process\)\. Stop all replicas first/;
      await fails(folder, url, message);
      await fails(url, empty, message);
    });
    assert.equal(existsSync(empty), false);
    await copies(folder, url);
    await isInhabited(url, session);
  });

  it("refuses what holds no state, without making any", async () => {
    const [folder, empty, url] = [newFolder(), newFolder(), await database.server.newDatabase()];
    mkdirSync(empty);
    await fails(folder, url, /^iam-local: \S+: there is no such file or folder\.\n$/);
    await fails(empty, url, /^iam-local: \S+ holds no state\.\n$/);
    await fails(url, folder, /^iam-local: postgres:\/\/\S+ holds no state\.\n$/);
    await fails(empty, "mysql://localhost/x", /^iam-local: \S+ holds no state\.\n$/);
    await fails("mysql://localhost/x", empty, /^iam-local: store must be the URL of a PostgreSQL database/);
    assert.deepEqual([existsSync(folder), readdirSync(empty), await tablesIn(url)], [false, [], []]);
  });

  it("leaves the target as it was if something in the source is wrong", async () => {
    const from = await database.server.newDatabase();
    await inhabit(from);
    // Under a key that is the last one, so that all else is read before.
    await database.server.query(`UPDATE iam_local.entity SET key = '["zzz", "zzz"]' WHERE collection = 'users'`, from);
    const message =
      /^iam-local: postgres:\/\/\S+: in users, an entity is stored under \["zzz","zzz"\], not its key\.\n$/;
    const [folder, url] = [newFolder(), await database.server.newDatabase()];
    await fails(from, folder, message);
    await fails(from, url, message);
    assert.deepEqual([existsSync(folder), await tablesIn(url)], [false, []]);
    await database.server.query("UPDATE iam_local.entity SET collection = 'robots' WHERE collection = 'users'", from);
    await fails(from, url, /holds the collection "robots", which this iam-local does not know\.\n$/);
  });

  it("leaves a database as it was that fails in the middle", async () => {
    const folder = newFolder();
    const session = await inhabit(folder);
    const url = await database.server.newDatabase();
    await on(url, async () => {});
    const before = await entitiesIn(url);
    await database.server.query(
      `CREATE FUNCTION iam_local.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no'; END $$;
       CREATE TRIGGER fail BEFORE INSERT ON iam_local.entity FOR EACH ROW WHEN (NEW.collection = 'shared-eras') EXECUTE FUNCTION iam_local.fail()`,
      url,
    );
    await fails(folder, url, /^iam-local: PostgreSQL: no\n$/);
    assert.deepEqual(await entitiesIn(url), before);
    await database.server.query("DROP TRIGGER fail ON iam_local.entity", url);
    await copies(folder, url);
    await isInhabited(url, session);
  });

  it("leaves a folder as it was whatever its disk fails at", async () => {
    const page = [{ collection: "users", key: ["a"], entity: { id: "a" } }];
    let failures = 0;
    for (let at = 1; ; at++) {
      const disk = new SimulatedDisk();
      let operations = 0;
      disk.fault = (operation) => {
        if (operation !== "remove" && ++operations === at) throw new Error("disk");
      };
      const filled = fillDisk(
        disk,
        Buffer.alloc(32),
        (async function* () {
          yield page;
        })(),
      );
      if (
        await filled.then(
          () => true,
          () => false,
        )
      )
        break;
      failures++;
      assert.deepEqual([...disk.files().keys()], []);
    }
    assert.ok(failures > 8, String(failures));
  });

  it("says where the connection is refused that no database answers", async () => {
    const url = (await database.server.newDatabase()).replace(/:\d+\//, ":1/");
    await fails(url, newFolder(), /^iam-local: PostgreSQL: connect ECONNREFUSED 127\.0\.0\.1:1\n$/);
  });

  it("is noticed by a replica that stood still meanwhile", async () => {
    const folder = newFolder();
    await inhabit(folder);
    const url = await database.server.newDatabase();
    const surroundings = { clock: new Clock(), random: systemRandom, warn: () => {} };
    const options = { store: url, storeKey: undefined, data: undefined, rootPassword: undefined };
    const { store } = await openState(options, surroundings);
    // As if its last beat were long ago.
    await database.server.query("DELETE FROM iam_local.replica", url);
    await copies(folder, url);
    await store.fresh();
    assert.equal(
      store.read((tx) => [...tx.list(users, [])].length),
      1,
    );
    await store.close();
  });
});
