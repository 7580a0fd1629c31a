import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CreateUserCommand, GetUserCommand, IAMClient } from "@aws-sdk/client-iam";
import { GetCallerIdentityCommand, STSClient } from "@aws-sdk/client-sts";
import { after, before, describe, it } from "mocha";
import { flagOf, OPTIONS, variableOf } from "../server/option-table.ts";
import { DEFAULTS } from "../server/options.ts";
import { emulator } from "./emulator.ts";
import { CLI, exitOf, launch, run, runCli, withProcess, type EmulatorProcess, type Ended } from "./process.ts";

/** Starts the command line, runs `work`, and stops it; it must exit cleanly. */
async function withCli(
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly signal?: NodeJS.Signals },
  work: (server: EmulatorProcess) => Promise<void>,
): Promise<Ended> {
  const ended = await withProcess(process.execPath, [CLI, "start", ...args], options, work);
  assert.equal(ended.code, 0, ended.stderr);
  return ended;
}

/** The variables that a banner's `export A=b C=d` lines set. */
const exportsOf = (banner: string): Record<string, string> =>
  Object.fromEntries(
    [...banner.matchAll(/^ {2}export (.*)$/gm)].flatMap(([, pairs]) =>
      pairs!.split(" ").map((pair) => pair.split("=")),
    ),
  ) as Record<string, string>;

/** Each test starts processes, and machines may be busy. */
const TIMEOUT = 30_000;

describe("iam-local --help", () => {
  it("names every command and teaches by example", async () => {
    const { code, stdout } = await runCli(["--help"]);
    assert.equal(code, 0);
    for (const command of [
      "start",
      "health",
      "reset",
      "clock",
      "mfa",
      "hardware-token",
      "mfa-device",
      "sms",
      "login",
      "logout",
      "trail",
      "why",
      "import",
      "export",
      "store",
    ]) {
      assert.match(stdout, new RegExp(`^  ${command}\\b`, "m"));
    }
    assert.match(stdout, /^Examples:\n {2}iam-local start /m);
  });

  it("of start names a flag for every option", async () => {
    const { stdout } = await runCli(["start", "--help"]);
    for (const { name, value } of OPTIONS) {
      const flag = flagOf(name);
      // Help shows the side of a switch that is not the default.
      const shown = value ? `${flag} <${value}>` : DEFAULTS[name] === true ? flag.replace("--", "--no-") : flag;
      assert.ok(stdout.includes(shown), `${shown} in the help`);
    }
  });

  it("is shown where no command is given, which is an error", async () => {
    const { code, stderr } = await runCli([]);
    assert.equal(code, 2);
    assert.match(stderr, /^Usage: iam-local/);
  });
}).timeout(TIMEOUT);

describe("iam-local called wrongly", () => {
  const fails = async (args: readonly string[], code: number, message: RegExp, env = {}) => {
    const ended = await runCli(args, { env });
    assert.match(ended.stderr, message);
    assert.deepEqual({ code: ended.code, stdout: ended.stdout }, { code, stdout: "" });
  };

  it("suggests the flag that was meant", async () => {
    await fails(["start", "--prot", "1"], 2, /^error: unknown option '--prot'\n\(Did you mean --port\?\)/);
  });

  it("suggests the command that was meant", async () => {
    await fails(["strat"], 2, /^error: unknown command 'strat'\n\(Did you mean start\?\)/);
  });

  it("says what an option takes", async () => {
    await fails(["start", "--port", "http"], 2, /port must be a whole number from 0 to 65535, not "http"\./);
    await fails(["start", "--mfa-rules", "none"], 2, /mfaRules must be guide or current, not "none"\./);
    await fails(["start"], 1, /^iam-local: account must be 12 digits, not "1"\.\n$/, { IAM_LOCAL_ACCOUNT: "1" });
    await fails(["start", "--enforcement", "no"], 2, /enforcement must be on, soft or off, not "no"\./);
    for (const names of ["http://idp.example", "idp.example:443", "idp.example, login.example"]) {
      await fails(
        ["start", "--federation-hosts", names],
        2,
        /federationHosts must be host names separated by commas, not /,
      );
      await fails(["start", "--allowed-hosts", names], 2, /allowedHosts must be host names separated by commas, not /);
    }
    await fails(
      ["start", "--quotas", "UsersPerAccount=1=2"],
      2,
      /quotas must be such as UsersPerAccount=10, not "UsersPerAccount=1=2"\./,
    );
    await fails(
      ["start", "--quotas", "UsersPerAccount"],
      2,
      /quotas must be such as UsersPerAccount=10, not "UsersPerAccount"\./,
    );
  });

  it("takes no empty address, folder, seed or secret, which a variable that was left out would be", async () => {
    for (const name of ["host", "data", "seed", "rootSecretAccessKey"] as const) {
      await fails(
        ["start", "--port", "0", flagOf(name), ""],
        2,
        new RegExp(`${name} must be at least one character long`),
      );
      await fails(["start", "--port", "0"], 1, new RegExp(`^iam-local: ${name} must be at least one character long`), {
        [variableOf(name)]: "",
      });
    }
  });

  it("says what a command takes before it asks the emulator", async () => {
    await fails(["clock", "stop"], 2, /^error: unknown command 'stop'\n/);
    await fails(["clock", "advance", "soon"], 2, /'soon' is invalid.*\. It takes a number of seconds\./);
    await fails(["clock", "advance", ""], 2, /'' is invalid.*\. It takes a number of seconds\./);
    await fails(
      ["hardware-token", "--offset-seconds", "soon"],
      2,
      /'soon' is invalid\. It takes a whole number of seconds\./,
    );
  });

  it("says in one line why a folder cannot hold the state", async () => {
    const folder = mkdtempSync(join(tmpdir(), "iam-local-cli-"));
    const file = join(folder, "file");
    writeFileSync(file, "");
    const start = (data: string) => ["start", "--port", "0", "--data", data];
    await fails(
      start(file),
      1,
      new RegExp(`^iam-local: the state in ${file} cannot be opened: it is a file, no folder\\.\n$`),
    );
    await fails(
      start(join(file, "state")),
      1,
      /^iam-local: the state in \S+ cannot be opened: its path leads through a file\.\n$/,
    );
    await fails(
      start(join(folder, "x".repeat(300))),
      1,
      /^iam-local: the state in \S+ cannot be opened: its name is too long\.\n$/,
    );
    mkdirSync(join(folder, "state", "db.json"), { recursive: true });
    await fails(
      start(join(folder, "state")),
      1,
      /^iam-local: the state in \S+ cannot be opened: what should be a file is a folder\.\n$/,
    );
    rmSync(folder, { recursive: true });
  });

  it("says in one line that a folder cannot be created where the system takes none", async function () {
    if (process.platform !== "linux") {
      console.warn("    SKIPPED: there is no /proc on this machine");
      this.skip();
    }
    await fails(
      ["start", "--port", "0", "--data", "/proc/iam-local/state"],
      1,
      /^iam-local: \/proc\/iam-local\/state cannot be created: \/proc takes no folders\.\n$/,
    );
    await fails(["start", "--port", "0", "--data", "/proc"], 1, /^iam-local: \/proc takes no files\.\n$/);
    await fails(
      ["start", "--port", "0", "--data", "/dev/null/state"],
      1,
      /^iam-local: the state in \/dev\/null\/state cannot be opened: its path leads through a file\.\n$/,
    );
  });

  it("says in one line that nothing answers, and how to start it", async () => {
    await fails(
      ["health", "--endpoint", "http://127.0.0.1:1"],
      1,
      /^iam-local: nothing answers at http:\/\/127\.0\.0\.1:1\. Start an emulator with "iam-local start", .*\n$/,
    );
    await fails(["reset"], 1, /^iam-local: nothing answers at http:\/\/127\.0\.0\.1:1\. /, {
      IAM_LOCAL_ENDPOINT: "http://127.0.0.1:1",
    });
    await fails(["reset"], 1, /^iam-local: nothing answers at http:\/\/127\.0\.0\.1:1\. /, { IAM_LOCAL_PORT: "1" });
    for (const endpoint of ["here", "localhost:4593", "ftp://localhost", ""]) {
      await fails(
        ["reset", "--endpoint", endpoint],
        1,
        new RegExp(`^iam-local: --endpoint, or IAM_LOCAL_ENDPOINT, must be a URL such as .*, not "${endpoint}"\\.\n$`),
      );
    }
  });

  it("says in one line that the port is taken, and what to do", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    await fails(
      ["start", "--port", String(port)],
      1,
      new RegExp(`^iam-local: port ${port} at 127\\.0\\.0\\.1 is taken\\. .*--port\\.\\n$`),
    );
    other.close();
  });

  it("says in one line that an address is not this machine's", async () => {
    await fails(["start", "--host", "192.0.2.1"], 1, /^iam-local: 192\.0\.2\.1 is no address of this machine\. .*\n$/);
  });
}).timeout(TIMEOUT);

describe("iam-local start", () => {
  const folder = mkdtempSync(join(tmpdir(), "iam-local-cli-"));
  after(() => rmSync(folder, { recursive: true }));

  it("tells how it was started and how a client finds it, in lines that work", () =>
    withCli(["--port", "0"], {}, async ({ output: { stdout, stderr } }) => {
      assert.match(stdout, /^iam-local \S+ listens at http:\/\/127\.0\.0\.1:\d+\n/);
      assert.match(stdout, /^ {2}account {4}000000000000, root keys test \/ test$/m);
      assert.match(stdout, /^ {2}state {6}in memory, /m);
      assert.match(stdout, /^ {2}MFA rules {2}guide: one device per user or root, SMS exists$/m);
      assert.match(stdout, /^ {2}checks {5}signatures on, mfaCodes on, permissions on$/m);
      assert.doesNotMatch(stdout, /!!/);
      assert.match(stdout, /^ {2}console {4}http:\/\/localhost:\d+\/console, root signs in as /m);
      assert.equal(stderr, "");
      const said = exportsOf(stdout);
      assert.deepEqual(Object.keys(said), [
        "AWS_ENDPOINT_URL_IAM",
        "AWS_ENDPOINT_URL_STS",
        "AWS_ENDPOINT_URL_SIGNIN",
        "IAM_LOCAL_ENDPOINT",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
      ]);
      const sts = new STSClient({
        endpoint: said["AWS_ENDPOINT_URL_STS"]!,
        region: said["AWS_REGION"]!,
        credentials: { accessKeyId: said["AWS_ACCESS_KEY_ID"]!, secretAccessKey: said["AWS_SECRET_ACCESS_KEY"]! },
      });
      assert.equal((await sts.send(new GetCallerIdentityCommand({}))).Arn, "arn:aws:iam::000000000000:root");
      sts.destroy();
    }));

  it("takes options from flags and from variables, flags first", () => {
    const env = {
      IAM_LOCAL_PORT: "0",
      IAM_LOCAL_ACCOUNT: "222222222222",
      IAM_LOCAL_CONTROL: "false",
      IAM_LOCAL_ROOT_SECRET_ACCESS_KEY: "not to be shown",
    };
    const flags = ["--account", "111111111111", "--control", "--mfa-rules", "current"];
    return withCli(flags, { env }, async ({ endpoint, output: { stdout } }) => {
      assert.match(stdout, /^ {2}account {4}111111111111, root keys test \/ …$/m);
      assert.match(stdout, /^ {2}MFA rules {2}current: eight devices, no new SMS device$/m);
      assert.match(stdout, /^ {2}control {4}http:/m);
      assert.doesNotMatch(stdout, /not to be shown/);
      const health = (await (await fetch(`${endpoint}/_emulator/health`)).json()) as { account: string };
      assert.equal(health.account, "111111111111");
    });
  });

  it("says loudly what is off and what is open", () => {
    const flags = ["--port", "0", "--host", "0.0.0.0", "--no-control", "--enforcement", "off"];
    return withCli(flags, {}, async ({ output: { stdout } }) => {
      assert.match(stdout, /^ {2}checks {5}signatures on, mfaCodes on, permissions OFF$/m);
      assert.match(stdout, /^ {2}!! NOT ENFORCED: permissions \(off\)\. /m);
      assert.match(stdout, /^ {2}control {4}OFF, but for health \(--no-control\)$/m);
      assert.match(
        stdout,
        /^ {2}!! It listens beyond this machine \(0\.0\.0\.0\): whoever reaches it can act as root, whose keys everybody knows \(--root-secret-access-key changes them\)\.$/m,
      );
      assert.match(exportsOf(stdout)["AWS_ENDPOINT_URL_IAM"]!, /^http:\/\/localhost:\d+$/);
    });
  });

  it("warns of unknown variables, and starts in a pod beside a service of its own name", async () => {
    const env = {
      IAM_LOCAL_PORT: "tcp://10.0.0.1:4593",
      IAM_LOCAL_SERVICE_HOST: "10.0.0.1",
      IAM_LOCAL_ENDPOINT: "http://127.0.0.1:4593",
    };
    const { stderr } = await withCli(["--port", "0"], { env }, async () => {});
    assert.deepEqual(stderr.trim().split("\n"), [
      "iam-local: variable IAM_LOCAL_PORT is passed over",
      "iam-local: unknown variable IAM_LOCAL_SERVICE_HOST is passed over",
    ]);
  });

  it("closes cleanly on SIGINT and on SIGTERM, and finds its state again", async () => {
    const data = join(folder, "state");
    for (const [signal, command] of [
      ["SIGINT", new CreateUserCommand({ UserName: "alice" })],
      ["SIGTERM", new GetUserCommand({ UserName: "alice" })],
    ] as const) {
      const { stdout, stderr } = await withCli(["--port", "0", "--data", data], { signal }, async ({ endpoint }) => {
        const iam = new IAMClient({
          endpoint,
          region: "us-east-1",
          credentials: { accessKeyId: "test", secretAccessKey: "test" },
        });
        assert.equal((await iam.send(command as GetUserCommand)).User!.UserName, "alice");
        iam.destroy();
      });
      assert.ok(stdout.includes(`  state      ${data}\n`));
      assert.match(stdout, new RegExp(`^iam-local: ${signal}, closing$`, "m"));
      assert.equal(stderr, "");
    }
  });

  it("says in one line that another process has the folder", () =>
    withCli(["--port", "0", "--data", join(folder, "shared")], {}, async () => {
      const second = await runCli(["start", "--port", "0", "--data", join(folder, "shared")]);
      assert.equal(second.code, 1);
      assert.match(second.stderr, /^iam-local: [^\n]*shared[^\n]*\n$/);
    }));
}).timeout(TIMEOUT);

describe("iam-local store verify", () => {
  const folder = mkdtempSync(join(tmpdir(), "iam-local-cli-"));
  after(() => rmSync(folder, { recursive: true }));
  const data = join(folder, "state");
  const file = join(data, "db.json");

  it("says what is wrong with a folder that was edited by hand, and takes it when told to", async () => {
    await withCli(["--port", "0", "--data", data], {}, async ({ endpoint }) => {
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const iam = new IAMClient({ endpoint, region: "us-east-1", credentials });
      await iam.send(new CreateUserCommand({ UserName: "alice", Path: "/before/" }));
      iam.destroy();
    });
    const sound = await runCli(["store", "verify", data]);
    assert.deepEqual([sound.code, sound.stderr], [0, ""]);
    assert.match(sound.stdout, /^\S+state is sound: accounts 1, .*users 1, up to line \d+ of the journal\n$/);

    writeFileSync(file, readFileSync(file, "utf8").replace("/before/", "/after/"));
    const refused = await runCli(["start", "--port", "0", "--data", data]);
    assert.deepEqual(
      [refused.code, refused.stderr],
      [
        1,
        `iam-local: ${file} does not match its checksum: it was damaged, or edited by hand. Nothing was changed. Restore the whole ` +
          `folder from a copy, or see what can be kept of it: iam-local store verify ${data}\n`,
      ],
    );
    const found = await runCli(["store", "verify", data]);
    assert.equal(found.code, 1);
    assert.match(
      found.stdout,
      /^\S+db\.json does not match its checksum: .*\.\n\nCan be kept, as it reads now, .*users 1/,
    );
    assert.equal(
      found.stderr,
      `iam-local: ${data} is not sound. To take it as said: iam-local store verify ${data} --accept\n`,
    );

    const accepted = await runCli(["store", "verify", data, "--accept"]);
    assert.equal(accepted.code, 0);
    assert.match(
      accepted.stdout,
      /\nThat is the state from now on\. The files that were there: .*db\.json\.replaced-1/,
    );
    await withCli(["--port", "0", "--data", data], {}, async ({ endpoint }) => {
      const credentials = { accessKeyId: "test", secretAccessKey: "test" };
      const iam = new IAMClient({ endpoint, region: "us-east-1", credentials });
      const { User } = await iam.send(new GetUserCommand({ UserName: "alice" }));
      assert.equal(User!.Path, "/after/");
      iam.destroy();
      const busy = await runCli(["store", "verify", data]);
      assert.equal(busy.code, 1);
      assert.match(busy.stderr, /^iam-local: \S+state is in use by process \d+\. Stop that process/);
    });
  });

  it("says in one line where there is no folder", async () => {
    const { code, stderr } = await runCli(["store", "verify", join(folder, "none")]);
    assert.equal(code, 1);
    assert.match(stderr, /^iam-local: the state in \S+none cannot be opened: there is no such file or folder\.\n$/);
  });
}).timeout(2 * TIMEOUT);

describe("the commands that talk to a running emulator", () => {
  const emu = emulator();
  const folder = mkdtempSync(join(tmpdir(), "iam-local-cli-"));
  after(() => rmSync(folder, { recursive: true }));

  const cli = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(args, { env: { IAM_LOCAL_ENDPOINT: emu.server.endpoint } });
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    return stdout;
  };
  const refused = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli(args, { env: { IAM_LOCAL_ENDPOINT: emu.server.endpoint } });
    assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
    return stderr;
  };
  before(() => emu.iam().send(new CreateUserCommand({ UserName: "alice" })));

  it("health says that it answers, and how it was started", async () => {
    assert.match(
      await cli("health"),
      /^iam-local \S+ answers at http:\S+\naccount 000000000000, state in memory, MFA rules guide\nclock 2026-11-24T12:00:00.000Z, frozen\nchecks: signatures on, mfaCodes on, permissions on\n$/,
    );
    assert.equal((JSON.parse(await cli("health", "--json")) as { status: string }).status, "ok");
  });

  it("clock shows, advances, sets, freezes and frees the time", async () => {
    assert.equal(await cli("clock"), "2026-11-24T12:00:00.000Z, frozen\n");
    assert.equal(await cli("clock", "advance", "1.5"), "2026-11-24T12:00:01.500Z\n");
    assert.equal(await cli("clock", "advance", "-1.5"), "2026-11-24T12:00:00.000Z\n");
    assert.equal(await cli("clock", "set", "2030-01-01T00:00:00Z"), "2030-01-01T00:00:00.000Z\n");
    await cli("clock", "real");
    assert.equal(emu.server.clock.moved, false);
    await cli("clock", "freeze");
    assert.equal(emu.server.clock.frozen, true);
    assert.deepEqual(JSON.parse(await cli("clock", "set", "2026-11-24T12:00:00Z", "--json")), {
      now: "2026-11-24T12:00:00.000Z",
    });
  });

  it("clock says what it takes where it is given something else", async () => {
    assert.equal(
      await refused("clock", "set", "noon"),
      'iam-local: set must be a time in ISO 8601 with its zone, such as "2026-11-24T12:00:00Z".\n',
    );
    assert.match(await refused("clock", "advance", "1e15"), /^iam-local: advance must leave the clock between /);
  });

  it("trail shows the last requests, the newest last", async () => {
    await assert.rejects(emu.iam().send(new GetUserCommand({ UserName: "bob" })));
    const root = "arn:aws:iam::000000000000:root";
    const [bob, alice] = emu.server.trail().map(({ requestID }) => requestID);
    const failure = `2026-11-24T12:00:00.000Z  404  GetUser  ${root}  ${bob}\n    NoSuchEntity: The user with name bob cannot be found.\n`;
    const success = `2026-11-24T12:00:00.000Z  200  CreateUser  ${root}  ${alice}\n`;
    assert.equal(await cli("trail"), success + failure);
    assert.equal(await cli("trail", "--errors"), failure);
    assert.equal(await cli("trail", "--limit", "1"), failure);
    assert.equal(await cli("trail", "--event", "CreateUser"), success);
    assert.equal(await cli("trail", "--user", "carol"), "no such request\n");
    const { events } = JSON.parse(await cli("trail", "--json")) as { events: { eventName: string }[] };
    assert.deepEqual(
      events.map(({ eventName }) => eventName),
      ["GetUser", "CreateUser"],
    );
  });

  it("trail --follow goes on with those that come", async () => {
    const args = [CLI, "trail", "--follow", "--errors", "--event", "GetUser", "--limit", "1"];
    const { child, output } = launch(process.execPath, args, { env: { IAM_LOCAL_ENDPOINT: emu.server.endpoint } });
    const said = (text: string) =>
      new Promise<void>((resolve) => {
        const look = () => output.stdout.includes(text) && resolve();
        child.stdout.on("data", look);
        look();
      });
    await said("The user with name bob cannot be found.");
    await emu.iam().send(new GetUserCommand({ UserName: "alice" }));
    await assert.rejects(emu.iam().send(new GetUserCommand({ UserName: "dora" })));
    await said("The user with name dora cannot be found.");
    child.kill();
    await exitOf(child);
    assert.deepEqual([output.stdout.match(/GetUser/g)!.length, output.stderr], [2, ""]);
  });

  it("hardware-token mints and imports tokens, and mfa code reads them", async () => {
    const seed = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
    assert.match(await cli("hardware-token"), /^\w{9,}  [A-Z2-7]{16,}\n$/);
    assert.equal(
      await cli("hardware-token", "--serial", "GAHT12345678", "--seed", seed, "--offset-seconds", "30"),
      `GAHT12345678  ${seed}\n`,
    );
    const { code, next } = emu.server.mfa.code("GAHT12345678");
    assert.equal(await cli("mfa", "code", "GAHT12345678"), `${code}\n`);
    assert.equal(await cli("mfa", "code", "--next", "GAHT12345678"), `${next}\n`);
    emu.server.clock.advance(30);
    assert.equal(await cli("mfa", "code", "GAHT12345678"), `${next}\n`);
    emu.server.clock.advance(-30);

    const list = join(folder, "seeds.csv");
    writeFileSync(list, `GAHT00000001,${seed}\nGAHT00000002,${seed}\n`);
    assert.equal(await cli("hardware-token", "--import", list), `GAHT00000001  ${seed}\nGAHT00000002  ${seed}\n`);
    const missing = join(folder, "missing.csv");
    assert.equal(
      await refused("hardware-token", "--import", missing),
      `iam-local: ${missing} cannot be read: there is no such file or folder.\n`,
    );
  });

  it("mfa code says that it does not know a device", async () => {
    const serial = "arn:aws:iam::000000000000:mfa/nobody";
    assert.equal(
      await refused("mfa", "code", serial),
      `iam-local: MFA Device with serial number ${serial} does not exist.\n`,
    );
  });

  it("mfa-device enables what the console alone enables, and sms shows what the phone has got", async () => {
    const made = await cli("mfa-device", "--user", "alice", "--kind", "sms", "--phone-number", "+12065550100");
    const serial = /^serialNumber: (\S+)$/m.exec(made)![1]!;
    assert.match(serial, /^arn:aws:iam::000000000000:sms-mfa\/\S+$/);
    const { code } = emu.server.mfa.code(serial);
    const message = await cli("sms", "+12065550100");
    assert.match(message, /^2026-11-24T12:00:00\.000Z {2}\D*\d{6}/);
    assert.ok(message.includes(code));
    assert.equal(await cli("sms", "+12065550101"), "no messages\n");
    assert.equal(
      await refused("sms", "123"),
      'iam-local: phoneNumber is the phone\'s number in E.164 form, such as +12065550100, and not "123".\n',
    );
    assert.equal(
      await refused("mfa", "code", "--next", serial),
      `iam-local: ${serial} has no next code: a phone is sent one at a time.\n`,
    );
  });

  it("reset forgets everything", async () => {
    assert.equal(await cli("reset"), "everything is as at start\n");
    assert.equal(await cli("trail"), "no such request\n");
    assert.deepEqual(JSON.parse(await cli("reset", "--json")), { reset: true });
  });

  it("end quietly where whoever reads their output has gone, and fail where it cannot be written", async () => {
    const env = { IAM_LOCAL_ENDPOINT: emu.server.endpoint };
    // The shell has closed the pipe before the command begins.
    const script = `{ sleep 0.2; "$0" "$1" idp saml --help; echo "ended with $?" >&2; } | :`;
    const gone = await run("sh", ["-c", script, process.execPath, CLI], { env });
    assert.equal(gone.stderr, "ended with 0\n");
    if (process.platform !== "linux") return;
    const full = await run("sh", ["-c", `"$0" "$1" health > /dev/full`, process.execPath, CLI], { env });
    assert.deepEqual(
      [full.code, full.stderr],
      [1, "iam-local: standard output cannot be written: the disk is full.\n"],
    );
  });

  it("says that something else answers", async () => {
    const other = createServer((socket) => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"));
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const endpoint = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
    assert.equal(
      await refused("health", "--endpoint", endpoint),
      `iam-local: what answers at ${endpoint} is not iam-local (HTTP 200).\n`,
    );
    other.close();
  });
}).timeout(TIMEOUT);
