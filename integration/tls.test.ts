import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { Agent, get } from "node:https";
import { createConnection, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { IAMClient, ListUsersCommand } from "@aws-sdk/client-iam";
import { after, afterEach, before, describe, it } from "mocha";
import { start, type IamLocal, type StartOptions } from "../server/index.ts";
import { STATES } from "./connection-states.ts";
import { emulator, type Credentials } from "./emulator.ts";
import { allow, createUser, type Statement } from "./fixtures.ts";
import { CLI, exitOf, launch, run, withProcess } from "./process.ts";
import { closed, parseAnswers, signedBytes } from "./wire.ts";

/** Allows listing users by TLS only. */
const ONLY_BY_TLS: Statement = { ...allow("iam:ListUsers"), Condition: { Bool: { "aws:SecureTransport": "true" } } };

const plain = (endpoint: string) => endpoint.replace("https:", "http:");

/** GET by https by a client that trusts `ca`: the status. */
const statusOf = (url: string, ca: string | undefined, headers = {}): Promise<number> =>
  new Promise((resolve, reject) => {
    const request = get(url, { ca, headers, agent: false }, (response) => resolve(response.resume().statusCode!));
    request.on("error", reject);
  });

const works = (command: string, ...args: string[]): boolean => {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    console.warn(`      SKIPPED: "${command} ${args.join(" ")}" does not work on this machine`);
    return false;
  }
};

describe("an emulator with TLS", () => {
  const emu = emulator({ tls: true });
  const secured = (credentials: Credentials = emu.server.rootCredentials) =>
    new IAMClient({
      endpoint: emu.server.endpoint,
      region: "us-east-1",
      credentials: { ...credentials },
      requestHandler: { httpsAgent: new Agent({ ca: emu.server.tls!.ca }) },
    });

  it("answers HTTPS under all names of this machine to clients that trust its authority, and nobody else", async () => {
    const { endpoint, tls } = emu.server;
    assert.match(endpoint, /^https:\/\/127\.0\.0\.1:/);
    assert.equal(tls!.caFile, undefined);
    for (const host of ["127.0.0.1", "localhost"]) {
      assert.equal(await statusOf(`${endpoint.replace("127.0.0.1", host)}/_emulator/health`, tls!.ca), 200);
    }
    await assert.rejects(statusOf(`${endpoint}/_emulator/health`, undefined), {
      code: "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
    });
  });

  it("answers plain HTTP on the same port", async () => {
    assert.equal((await fetch(`${plain(emu.server.endpoint)}/_emulator/health`)).status, 200);
  });

  it("tells policies whether a request came by TLS, whatever a client says of a proxy", async () => {
    const { credentials } = await createUser({ ...emu, iam: secured }, "Ann", { statements: [ONLY_BY_TLS] });
    const byTls = await secured(credentials).send(new ListUsersCommand({}));
    assert.equal(byTls.Users!.length, 1);
    const byHttp = new IAMClient({ endpoint: plain(emu.server.endpoint), region: "us-east-1", credentials });
    byHttp.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers["X-Forwarded-Proto"] = "https";
        return next(args);
      },
      { step: "build" },
    );
    await assert.rejects(byHttp.send(new ListUsersCommand({})), {
      name: "AccessDenied",
      message: /^User: \S+:user\/Ann is not authorized to perform: iam:ListUsers on resource: /,
    });
  });

  it("offers its console with cookies and addresses of HTTPS", async () => {
    const page = await new Promise<string>((resolve, reject) => {
      const url = `${emu.server.endpoint}/console/sign-in`;
      get(url, { ca: emu.server.tls!.ca, agent: false }, ({ headers }) => resolve(String(headers["set-cookie"]))).on(
        "error",
        reject,
      );
    });
    assert.match(page, /^__Host-iam-local-\d+=[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/);
  });
});

describe("an emulator behind a proxy that it trusts", () => {
  const emu = emulator({ trustProxy: true });
  const ask = async (headers: Record<string, string>, credentials: Credentials) => {
    const client = emu.iam(credentials);
    client.middlewareStack.add(
      (next) => (args) => {
        Object.assign((args.request as { headers: object }).headers, headers);
        return next(args);
      },
      { step: "build" },
    );
    return await client.send(new ListUsersCommand({}));
  };

  it("believes the last scheme and address that it is told, and the connection where it is told nothing", async () => {
    const { credentials } = await createUser(emu, "Ann", { statements: [ONLY_BY_TLS] });
    await ask({ "X-Forwarded-Proto": "http, https", "X-Forwarded-For": "8.8.8.8, 203.0.113.7" }, credentials);
    assert.equal(emu.server.trail()[0]!.sourceIPAddress, "203.0.113.7");
    await assert.rejects(ask({ "X-Forwarded-Proto": "https, http" }, credentials), { name: "AccessDenied" });
    await assert.rejects(ask({ "X-Forwarded-For": "nobody" }, credentials), { name: "AccessDenied" });
    assert.equal(emu.server.trail()[0]!.sourceIPAddress, "127.0.0.1");
  });
});

describe("the certificate of an emulator", () => {
  let folder: string;
  const opened: IamLocal[] = [];
  const lines: string[] = [];
  const begin = async (options: StartOptions) => {
    const server = await start({ port: 0, log: (line) => lines.push(line), ...options });
    opened.push(server);
    return server;
  };
  const end = () => Promise.all(opened.splice(0).map((server) => server.close()));

  before(() => (folder = mkdtempSync(join(tmpdir(), "iam-local-tls-"))));
  afterEach(async () => {
    await end();
    lines.length = 0;
  });
  after(() => rmSync(folder, { recursive: true }));

  it("is kept in the folder of the state, its key for its owner only, until it no longer serves", async () => {
    const data = join(folder, "state");
    const first = await begin({ data, tls: true });
    assert.equal(first.tls!.caFile, join(data, "tls", "ca.pem"));
    assert.equal(readFileSync(first.tls!.caFile, "utf8"), first.tls!.ca);
    assert.equal(statSync(join(data, "tls", "key.pem")).mode & 0o777, 0o600);
    await end();
    const second = await begin({ data, tls: true });
    assert.equal(second.tls!.ca, first.tls!.ca);
    await end();
    assert.deepEqual(lines, []);

    const named = await begin({ data, tls: true, allowedHosts: ["iam.amazonaws.com"] });
    assert.notEqual(named.tls!.ca, first.tls!.ca);
    assert.deepEqual(lines.splice(0), [
      `iam-local: the certificate is not for iam.amazonaws.com, so there is a new certificate, of a new authority, in ${data}/tls`,
    ]);
    await end();
    writeFileSync(join(data, "tls", "key.pem"), "no key");
    await begin({ data, tls: true });
    assert.match(
      lines[0]!,
      /^iam-local: certificate, key and authority cannot be read, so there is a new certificate, /,
    );
  });

  it("may be one's own, from files or as text", async () => {
    const made = await begin({ data: join(folder, "own"), tls: true });
    const [cert, key] = ["cert", "key"].map((name) => join(folder, "own", "tls", `${name}.pem`)) as [string, string];
    const fromFiles = await begin({ tlsCert: cert, tlsKey: key });
    assert.deepEqual(fromFiles.tls, { ca: undefined, caFile: undefined });
    assert.equal(await statusOf(`${fromFiles.endpoint}/_emulator/health`, made.tls!.ca), 200);
    const ca = made.tls!.ca;
    const given = await begin({ tls: { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8"), ca } });
    assert.equal(await statusOf(`${given.endpoint}/_emulator/health`, given.tls!.ca), 200);
  });

  it("has its authority written to a file that is named", async () => {
    const tlsCa = join(folder, "authority.pem");
    const { tls } = await begin({ tlsCa });
    assert.deepEqual(tls, { ca: readFileSync(tlsCa, "utf8"), caFile: tlsCa });
  });

  it("is refused where it cannot be right, and the folder is free again", async () => {
    const data = join(folder, "refused");
    const other = await begin({ data: join(folder, "other"), tls: true });
    const cert = readFileSync(other.tls!.caFile!, "utf8");
    const key = readFileSync(join(folder, "other", "tls", "key.pem"), "utf8");
    const missing = join(folder, "missing.pem");
    for (const [options, message] of [
      [{ tlsCert: missing }, "tlsCert and tlsKey go together"],
      [{ tlsCert: missing, tlsKey: missing }, `--tls-cert ${missing} cannot be read: there is no such file or folder`],
      [{ tls: { cert, key } }, "tls: certificate and key are not accepted: the key is that of another certificate"],
      [
        { tls: { cert, key }, tlsCa: missing },
        "tlsCa: the authority of your own certificate is not made here, and so not written",
      ],
      [{ tlsCa: folder }, "--tls-ca: the certificate cannot be written: what should be a file is a folder"],
    ] as const) {
      await assert.rejects(start({ port: 0, data, ...options }), { name: "InvalidOption", message });
    }
    await begin({ data });
  });
});

describe("a connection to an emulator with TLS", () => {
  const emu = emulator({ tls: true });
  const sockets: Socket[] = [];
  const raw = (speak: (socket: Socket) => void, endpoint = emu.server.endpoint) => {
    const { hostname, port } = new URL(endpoint);
    const socket = createConnection({ host: hostname, port: Number(port) }, () => speak(socket));
    sockets.push(socket.on("error", () => {}));
    return socket;
  };
  const byTls = (speak: (socket: Socket) => void, server = emu.server) => {
    const { hostname, port } = new URL(server.endpoint);
    const socket = connect({ host: hostname, port: Number(port), ca: server.tls!.ca }, () => speak(socket));
    sockets.push(socket.on("error", () => {}));
    return socket;
  };

  afterEach("leaves the others alone", async () => {
    const { endpoint, tls } = emu.server;
    assert.equal(await statusOf(`${endpoint}/_emulator/health`, tls!.ca), 200);
    assert.equal((await fetch(`${plain(endpoint)}/_emulator/health`)).status, 200);
  });
  after(() => sockets.forEach((socket) => socket.destroy()));

  it("has its requests answered in their order, by either scheme", async () => {
    const asked = Array.from({ length: 20 }, (_, i) => [
      signedBytes(emu.server.endpoint, "iam", { Action: "CreateUser", UserName: `p${i}` }),
      signedBytes(emu.server.endpoint, "iam", { Action: "DeleteUser", UserName: `p${i}` }),
    ]).flat();
    emu.server.clock.real();
    for (const by of [raw, byTls]) {
      const socket = by((connected) => connected.end(Buffer.concat(asked)));
      const chunks: Buffer[] = [];
      socket.on("data", (chunk: Buffer) => chunks.push(chunk));
      await closed(socket);
      assert.deepEqual(
        parseAnswers(Buffer.concat(chunks)).map(({ status }) => status),
        asked.map(() => 200),
      );
    }
  });

  for (const [state, sent] of STATES) {
    it(`may be broken off or left alone ${state}, and does not keep the emulator from closing`, async () => {
      const own = await start({ port: 0, log: () => {}, tls: true });
      const broken = byTls((socket) => socket.write(sent(own.endpoint), () => socket.destroy()), own);
      await closed(broken);
      const left = byTls((socket) => socket.write(sent(own.endpoint)), own);
      await once(left, "secureConnect");
      assert.equal(await statusOf(`${own.endpoint}/_emulator/health`, own.tls!.ca), 200);
      await own.close();
    });
  }

  const HELLO = Buffer.from([0x16, 3, 1, 0, 200, 1, 0, 0]);
  for (const [what, sent] of [
    ["says nothing and closes", ""],
    ["begins a handshake that is none", Buffer.concat([HELLO, Buffer.alloc(300)])],
    ["closes in the middle of a handshake", HELLO],
  ] as const) {
    it(`is ended where the client ${what}`, async () => {
      const socket = raw((connected) => connected.end(sent));
      await closed(socket.resume());
    });
  }

  for (const [what, sent] of [
    ["says nothing", ""],
    ["never finishes its handshake", HELLO],
  ] as const) {
    it(`is ended by the emulator where the client ${what} and never closes`, async () => {
      const impatient = await start({ port: 0, log: () => {}, tls: true, requestTimeout: 50 });
      await closed(raw((connected) => connected.write(sent), impatient.endpoint).resume());
      await impatient.close();
    });
  }

  it("makes room for a new one where the process may open no more", async function () {
    if (process.platform === "win32") {
      console.warn("    SKIPPED: there is no limit of open files (ulimit) on this machine");
      this.skip();
    }
    const folder = mkdtempSync(join(tmpdir(), "iam-local-tls-"));
    const caFile = join(folder, "ca.pem");
    const args = ["start", "--port", "0", "--tls-ca", caFile];
    const limited = ["-c", 'ulimit -n 256 && exec "$0" "$@"', process.execPath, CLI, ...args];
    const { code, stderr } = await withProcess("/bin/sh", limited, {}, async ({ endpoint }) => {
      const ca = readFileSync(caFile, "utf8");
      const idle = Array.from({ length: 300 }, () => raw(() => {}, endpoint));
      await Promise.all(idle.map((socket) => once(socket, "connect")));
      const handshaking = Array.from({ length: 300 }, () => raw((socket) => socket.write(HELLO), endpoint));
      await Promise.all(handshaking.map((socket) => once(socket, "connect")));
      assert.equal(await statusOf(`${endpoint}/_emulator/health`, ca), 200);
      assert.equal(await statusOf(`${endpoint}/console/sign-in`, ca), 200);
    });
    rmSync(folder, { recursive: true });
    assert.deepEqual([code, stderr], [0, ""]);
  });
});

describe("clients of AWS that trust a file of authorities", () => {
  const folder = mkdtempSync(join(tmpdir(), "iam-local-tls-"));
  after(() => rmSync(folder, { recursive: true }));
  const environment = (caFile: string) => ({
    HOME: folder,
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_CA_BUNDLE: caFile,
    NODE_EXTRA_CA_CERTS: caFile,
  });
  const ROOT = "arn:aws:iam::000000000000:root";

  for (const [client, command, probe, args] of [
    [
      "the AWS CLI",
      "aws",
      ["--version"],
      ["sts", "get-caller-identity", "--query", "Arn", "--output", "text", "--endpoint-url"],
    ],
    [
      "boto3",
      "python3",
      ["-c", "import boto3"],
      ["-c", 'import boto3, sys; print(boto3.client("sts", endpoint_url=sys.argv[1]).get_caller_identity()["Arn"])'],
    ],
  ] as const) {
    it(`find the emulator by HTTPS: ${client}`, async function () {
      this.timeout(60_000);
      if (!works(command, ...probe)) return this.skip();
      const { child } = launch(
        process.execPath,
        [CLI, "start", "--port", "0", "--tls", "--json", "--data", join(folder, "state")],
        {},
      );
      const [line] = (await once(child.stdout, "data")) as [string];
      const { endpoint, tls } = JSON.parse(line) as { endpoint: string; tls: { caFile: string } };
      try {
        const ended = await run(command, [...args, endpoint], { env: environment(tls.caFile) });
        assert.deepEqual([ended.stdout.trim(), ended.code], [ROOT, 0], ended.stderr);
      } finally {
        child.kill();
        await exitOf(child);
      }
    });
  }
});
