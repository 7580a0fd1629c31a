import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { inspect } from "node:util";
import { openPostgresLog } from "../../data/postgres/log.ts";
import { runCli } from "../process.ts";
import { freePort } from "./free-port.ts";
import { postgres } from "./postgres.ts";

describe("A database that cannot be used", () => {
  const database = postgres();
  const PASSWORD = "s3cr%24et-pass";

  /** What opening says, which must not have the password in it, as deep as one looks. */
  const refusal = async (url: string): Promise<string> => {
    const error = await openPostgresLog(url, { id: "1", name: "here", product: "1" }).then(
      async (log) => {
        await log.close();
        throw new Error("it was opened");
      },
      (cause: unknown) => cause,
    );
    const shown = inspect(error, { depth: 10, showHidden: true });
    for (const secret of [PASSWORD, decodeURIComponent(PASSWORD), new URL(database.server.url).password])
      assert.ok(!shown.includes(secret), shown);
    return String(error);
  };
  const at = (port: number | string, path = "/postgres") => `postgres://postgres:${PASSWORD}@127.0.0.1:${port}${path}`;
  /** A server of another kind. */
  const refusalOf = async (server: Server): Promise<string> => {
    const sockets: Socket[] = [];
    server.on("connection", (socket: Socket) => {
      sockets.push(socket);
      socket.on("error", () => {});
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    try {
      return await refusal(at((server.address() as AddressInfo).port));
    } finally {
      sockets.forEach((socket) => socket.destroy());
      server.close();
    }
  };

  it("because nothing listens there", async () => {
    const port = await freePort();
    assert.equal(await refusal(at(port)), `StoreUnavailable: PostgreSQL: connect ECONNREFUSED 127.0.0.1:${port}`);
  });

  it("is told by the command line in one sentence, without its password", async () => {
    const port = await freePort();
    const { code, stdout, stderr } = await runCli(["start", "--port", "0", "--store", at(port)]);
    assert.deepEqual(
      [code, stdout, stderr],
      [
        1,
        "",
        `iam-local: the state in postgres://127.0.0.1:${port}/postgres cannot be opened: PostgreSQL: connect ECONNREFUSED 127.0.0.1:${port}.\n`,
      ],
    );
  });

  it("because there is none of this name, or the password is another one", async () => {
    assert.match(
      await refusal(at(database.server.port)),
      /^StoreFailed: PostgreSQL: password authentication failed for user "postgres"$/,
    );
    const none = Object.assign(new URL(database.server.url), { pathname: "/none" }).href;
    assert.equal(await refusal(none), 'StoreFailed: PostgreSQL: database "none" does not exist');
  });

  it("because the server has no TLS where the URL asks for it", async () => {
    assert.equal(
      await refusal(at(database.server.port, "/postgres?sslmode=verify-full")),
      "StoreUnavailable: PostgreSQL: The server does not support SSL connections",
    );
  });

  it("because the URL is broken", async () => {
    for (const [url, why] of [
      [`postgres://u:${PASSWORD}@127.0.0.1:99999999/d`, "Invalid URL"],
      [at(1, "/d?sslmode=verify-full&sslrootcert=/none.pem"), "ENOENT: no such file or directory, open '/none.pem'"],
    ] as const) {
      assert.equal(await refusal(url), `StoreFailed: the URL of the database cannot be used: ${why}`);
    }
  });

  it("because the server speaks something else, or says nothing", async function () {
    this.timeout(20_000);
    const others = {
      http: createHttpServer((_request, response) => response.end("hello")),
      "one that hangs up": createServer((socket) => socket.end()),
      ssh: createServer((socket) => socket.end("SSH-2.0-OpenSSH_9.2\r\n")),
      silent: createServer(() => {}),
      noisy: createServer((socket) => void socket.write(Buffer.alloc(100_000, "x"))),
    };
    const said = await Promise.all(Object.values(others).map(refusalOf));
    for (const text of said) assert.match(text, /^StoreUnavailable: PostgreSQL: \S/);
  });
});
